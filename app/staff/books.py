"""Reading the two books: who, did what, on whom, from where, when. Keyset-paged, newest first.

The owner reads all of it; a manager reads of the team: the agents, and what was done by himself.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select

from app.core import paging
from app.core.clock import end_of, start_of
from app.core.db import db
from app.core.errors import N_
from app.core.paging import Arm, By
from app.staff import chain, roles
from app.staff.models import Line, Staff

NAMES = {"audit": N_("操作记录"), "access": N_("查看记录")}
DID = {
    "signin.": N_("登录和退出"), "staff.": N_("同事和权限"), "settings.": N_("设置"),
    "phone.": N_("查看完整号码"), "import.": N_("导入"), "export.": N_("导出"),
    "backup.": N_("备份和恢复"), "jobs.": N_("后台任务"), "order.": N_("消费和退款"),
    "link.": N_("用链接处理"), "feed.": N_("日历订阅"),
    "product.": N_("商品"), "payment.": N_("收款"),
    "stages.": N_("阶段关怀"), "member.": N_("会员"), "group.": N_("社群"),
}  # fmt: skip
LOOKED = {
    "card.": N_("打开客户资料"), "talk.": N_("打开对话"), "phone.": N_("查看完整号码"),
    "file.": N_("下载文件"),
}  # fmt: skip
KINDS = {"audit": DID, "access": LOOKED}
LABELS = {
    "signin.ok": N_("登录"), "signin.failed": N_("登录失败"), "signin.ended": N_("退出"),
    "signin.half": N_("密码对了，等验证码"), "signin.code_failed": N_("验证码不对"),
    "signin.guessed": N_("有人乱试密码"),
    "staff.invited": N_("邀请同事"), "staff.uninvited": N_("撤回邀请"),
    "staff.joined": N_("应邀加入"), "staff.reset": N_("生成改密码的链接"),
    "staff.returned": N_("恢复账号"), "staff.first_owner": N_("开张：第一位店主"),
    "staff.went_live": N_("开始正式使用"),
    "staff.code_on": N_("打开两步验证"), "staff.code_off": N_("关掉两步验证"),
    "staff.code_renewed": N_("换一批恢复码"), "staff.signed_out": N_("让设备退出"),
    "staff.added": N_("添加同事"), "staff.password": N_("改密码"), "staff.role": N_("改角色"),
    "staff.deactivated": N_("停用同事"), "staff.wechat_bound": N_("绑定自己的微信"),
    "settings.changed": N_("改设置"),
    "phone.revealed": N_("查看完整号码"), "phone.seen": N_("查看完整号码"),
    "card.seen": N_("打开客户资料"), "talk.seen": N_("打开对话"), "file.taken": N_("下载文件"),
    "import.uploaded": N_("上传导入文件"), "import.confirmed": N_("确认导入"),
    "import.done": N_("导入完成"), "import.downloaded": N_("下载退回的行"),
    "jobs.retried": N_("重试后台任务"), "letters.resent": N_("重发消息"),
    "book.pruned": N_("清理到期记录"),
    "feed.made": N_("生成日历地址"), "feed.revoked": N_("停掉日历地址"),
    "stages.added": N_("加阶段关怀"), "stages.changed": N_("改阶段关怀"),
    "stages.removed": N_("删阶段关怀"),
    "group.opened": N_("新社群"), "group.edited": N_("改社群"), "group.closed": N_("收起社群"),
    "customer.erased": N_("本人要求删除了资料"),
    "member.packed": N_("会员打包拿走资料"),
    "member.code": N_("给会员进入码"), "member.signed_out": N_("结束会员的登录"),
    "member.claim_accepted": N_("确认会员的号码"), "member.claim_refused": N_("会员的号码不是他的"),
    "payment.received": N_("收到欠款"), "payment.withdrawn": N_("撤销收款"),
    "export.debts": N_("下载欠款表"),
    "product.added": N_("新商品"), "product.changed": N_("改商品"),
    "product.removed": N_("下架商品"), "product.restored": N_("重新上架"),
    "order.edited": N_("改一笔消费"), "order.voided": N_("作废一笔消费"),
    "order.refunded": N_("退款"), "order.refund_withdrawn": N_("撤销退款"),
    "link.done": N_("用链接完成"), "link.move": N_("用链接改到明天"),
    "link.note": N_("用链接记一笔"),
}  # fmt: skip
ABOUT = {
    "customer": N_("客户 %(id)s"), "staff": N_("同事 %(id)s"), "import": N_("导入 %(id)s"),
    "setting": N_("设置 %(id)s"), "job": N_("任务 %(id)s"), "letter": N_("消息 %(id)s"),
    "book": N_("记录 %(id)s"), "link": N_("链接 %(id)s"), "order": N_("消费 %(id)s"),
    "product": N_("商品 %(id)s"), "group": N_("社群 %(id)s"),
}  # fmt: skip
PAGE = 50


@dataclass(frozen=True)
class Asked:
    """What the reader narrows the book to."""

    who: int | None = None
    kind: str = ""
    about: str = ""
    address: str = ""
    since: date | None = None
    until: date | None = None


def order_of(name: str) -> By:
    return By(chain.BOOKS[name].id)


def page(name: str, reader: Staff, asked: Asked, after: paging.Key | None) -> paging.Page:
    model = chain.BOOKS[name]
    where = _range(model, asked)
    if asked.who is not None:
        where.append(model.by_id == asked.who)
    elif asked.about:
        where.append(model.about == asked.about)
    arm = Arm(tuple(where), tuple(_fits(model, reader, asked)))
    return paging.fetch(_columns(model), [arm], order_of(name), after=after, most=PAGE)


def _columns(model: type[Line]) -> list[Any]:
    return [model.id, model.at, model.by_id, model.what, model.about, model.details, model.address]


def _fits(model: type[Line], reader: Staff, asked: Asked) -> list[Any]:
    fits: list[Any] = [model.what != chain.STRUCK]
    if asked.kind:
        fits.append(model.what.startswith(asked.kind, autoescape=True))
    if asked.about:
        fits.append(model.about == asked.about)
    if asked.address:
        fits.append(model.address == asked.address)
    if not reader.may("books.all"):
        fits.append(or_(model.by_id == reader.id, model.by_id.in_(_agents())))
    return fits


def _agents() -> Any:
    return select(Staff.id).where(Staff.role == roles.AGENT)


def team(reader: Staff, everybody: list[Staff]) -> list[Staff]:
    """Whose lines this colleague may read."""
    if reader.may("books.all"):
        return everybody
    return [one for one in everybody if one.id == reader.id or one.role == roles.AGENT]


def _range(model: type[Line], asked: Asked) -> list[Any]:
    """Days as a range of line numbers: lines are numbered as time goes by, so no index of times
    is kept for them."""
    found = []
    if asked.since:
        found.append(model.id > _last_before(model, start_of(asked.since)))
    if asked.until:
        found.append(model.id <= _last_before(model, end_of(asked.until)))
    return found


def _last_before(model: type[Line], moment: datetime) -> int:
    """The number of the last line written before a moment, found by halving."""
    ends = db.session.execute(select(db.func.min(model.id), db.func.max(model.id))).one()
    if ends[0] is None:
        return 0
    low, high = ends[0] - 1, ends[1]
    while low < high:
        middle = (low + high + 1) // 2
        at = db.session.scalar(
            select(model.at).where(model.id >= middle).order_by(model.id).limit(1)
        )
        if at is not None and at < moment:
            low = middle
        else:
            high = middle - 1
    return int(low)
