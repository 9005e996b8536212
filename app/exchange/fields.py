"""What a column can mean, and how shops call it: a header becomes a guess. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import N_


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    synonyms: str  # separated by blanks, folded as `folded` folds a header


_ALL = (
    Field(
        "name",
        N_("称呼"),
        "姓名 名字 客户 客户姓名 客户名称 客户名 会员姓名 会员名 会员 顾客 顾客姓名 "
        "称呼 联系人 昵称 收货人 收件人 name fullname customer customername client "
        "contact contactname nickname",
    ),
    Field(
        "phone",
        N_("手机"),
        "手机 手机号 手机号码 电话 电话号码 联系手机 客户手机 客户手机号 客户电话 "
        "会员手机 会员手机号 会员电话 顾客手机 顾客电话 收货电话 手机电话 phone "
        "phonenumber mobile mobilephone cell cellphone tel telephone customerphone",
    ),
    Field(
        "contact_phone",
        N_("联系电话"),
        "联系电话 联系方式 备用电话 备用手机 其他电话 第二电话 第二手机 手机2 电话2 "
        "手机号2 座机 固定电话 固话 家庭电话 contactphone otherphone secondphone "
        "phone2 mobile2 landline homephone",
    ),
    Field(
        "email",
        N_("邮箱"),
        "邮箱 电子邮箱 电子邮件 邮件 邮箱地址 email mail emailaddress",
    ),
    Field(
        "wechat_id",
        N_("微信号"),
        "微信号 微信号码 微信账号 微信帐号 微信id 客户微信号 会员微信号 wechatid wechatno "
        "weixinhao wxid",
    ),
    Field("douyin", N_("抖音"), "抖音 抖音号 抖音账号 抖音id douyin douyinid tiktok"),
    Field("xiaohongshu", N_("小红书"), "小红书 小红书号 小红书账号 小红书id xiaohongshu xhs redid"),
    Field(
        "remark",
        N_("备注"),
        "备注 客户备注 说明 备注信息 附注 remark remarks note notes memo comment comments",
    ),
    Field(
        "tags",
        N_("标签"),
        "标签 客户标签 会员标签 标记 客户分类 客户类型 会员等级 等级 tag tags label labels "
        "category level",
    ),
    Field(
        "origin",
        N_("来源"),
        "来源 客户来源 来源渠道 渠道 获客渠道 客户渠道 从哪里来 怎么知道我们的 origin source "
        "channel leadsource",
    ),
    Field(
        "owner",
        N_("负责人"),
        "负责人 归属 归属人 所属员工 所属导购 导购 跟进人 店员 销售 销售员 业务员 "
        "专属顾问 顾问 owner staff salesperson agent assignee",
    ),
    Field(
        "do_not_disturb",
        N_("勿扰"),
        "勿扰 免打扰 请勿打扰 不要打扰 拒绝打扰 donotdisturb dnd optout unsubscribed",
    ),
    Field(
        "date",
        N_("日期"),
        "日期 消费日期 购买日期 下单日期 交易日期 订单日期 成交日期 到店日期 "
        "销售日期 时间 消费时间 购买时间 下单时间 交易时间 订单时间 成交时间 "
        "到店时间 付款时间 支付时间 date day orderdate purchasedate saledate "
        "transactiondate ordertime time paidat orderedat",
    ),
    Field(
        "amount",
        N_("金额"),
        "金额 消费金额 购买金额 交易金额 订单金额 成交金额 实付金额 实收金额 实付 "
        "实收 付款金额 支付金额 销售额 销售金额 价格 总价 总额 合计 amount total "
        "price sum paid orderamount orderprice totalprice",
    ),
    Field(
        "owed",
        N_("还欠多少"),
        "还欠 欠款 欠款金额 欠款额 赊账 赊账金额 赊欠 未付 未付金额 未付款 未收 未收金额 "
        "应收款 待收 尾款 owed debt unpaid outstanding amountowed",
    ),
    Field(
        "refunded",
        N_("退款"),
        "退款 退款金额 退款额 已退款 已退 已退金额 已退款金额 退货金额 退货 refund refunded "
        "refundamount refundedamount amountrefunded",
    ),
    Field(
        "kind",
        N_("消费还是退款"),
        "交易类型 业务类型 单据类型 订单类型 消费类型 类型 收退类型 收银类型 kind type "
        "ordertype transactiontype",
    ),
    Field(
        "text",
        N_("内容"),
        "内容 消费内容 购买内容 商品 商品名称 商品名 产品 产品名称 品名 项目 "
        "消费项目 服务项目 服务 购买商品 货品 明细 消费明细 订单内容 text item items "
        "product products productname goods service description what",
    ),
    Field(
        "order_no",
        N_("单号"),
        "单号 订单号 订单编号 小票号 流水号 交易号 交易单号 收据号 orderno "
        "ordernumber orderid receipt receiptno transactionid invoice invoiceno",
    ),
)

FIELDS: dict[str, Field] = {field.name: field for field in _ALL}
CUSTOMER = (
    "name",
    "phone",
    "contact_phone",
    "email",
    "wechat_id",
    "douyin",
    "xiaohongshu",
    "remark",
    "tags",
    "origin",
    "owner",
    "do_not_disturb",
)
PURCHASE = ("date", "amount", "owed", "refunded", "kind", "text", "order_no")
ACCOUNTS = ("email", "wechat_id", "douyin", "xiaohongshu")  # kinds of identities, as columns
WHO = ("name", "phone", *ACCOUNTS)  # one of these tells whose row it is

# What the only telephone of a table is often called. Beside another it is the second one.
ONLY = ("联系电话", "联系方式", "contactphone")
# The day of a table of refunds alone.
REFUND_DAYS = ("退款日期", "退款时间", "退货日期", "退货时间", "refunddate", "refundedat")

_ASIDE = re.compile(r"[(\[【<{].{0,40}?[)\]】>}]")  # «手机（必填）», «金额[元]»


def folded(header: str) -> str:
    """A header as its synonyms are written: half width, lower case, letters and digits only."""
    plain = unicodedata.normalize("NFKC", header).casefold()
    return "".join(c for c in _ASIDE.sub("", plain) if c.isalnum())


SYNONYMS: dict[str, str] = {
    word: field.name
    for field in _ALL
    for word in (field.name.replace("_", ""), *field.synonyms.split())
}


def guess(header: Sequence[str]) -> dict[str, int]:
    """The place of each field that the header names. The first of two columns counts; a second
    phone is the other number, unless it is the only one."""
    found: dict[str, int] = {}
    for place, title in enumerate(header):
        field = SYNONYMS.get(folded(title))
        if field == "phone" and "phone" in found:
            field = "contact_phone"
        if field and field not in found:
            found[field] = place
    kept = found.get("contact_phone")
    if kept is not None and "phone" not in found and folded(header[kept]) in ONLY:
        found["phone"] = found.pop("contact_phone")
    if "date" not in found:
        days = (place for place, title in enumerate(header) if folded(title) in REFUND_DAYS)
        found.update(("date", place) for place in [*days][:1])
    if "date" not in found and found.keys() & {*WHO}:
        found.pop("kind", None)  # the customer's, then
    return found


def named(typed: str) -> str | None:
    """The field that somebody means: its name, its label, or a synonym."""
    return typed if typed in FIELDS else SYNONYMS.get(folded(typed))
