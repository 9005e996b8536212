"""One customer, many handles. Automatic links only on the same identity or the same unionid."""

import re
import unicodedata

import phonenumbers
from sqlalchemy import bindparam, select

from app.core.db import ask, db, insert_once
from app.core.errors import N_, Refused
from app.core.forms import clean
from app.customers import finding, timeline
from app.customers.models import BY_PLATFORMS, EMAIL, OPENID, PHONE, UNIONID, Customer, Identity
from app.staff.models import Staff

ATTACHED = timeline.kind("identity.attached", N_("添加联系方式"), "what", group="card")
DETACHED = timeline.kind("identity.detached", N_("移除联系方式"), "what", group="card")

KINDS = {
    PHONE: N_("手机"), OPENID: N_("微信"), UNIONID: N_("微信 unionid"),
    "external_userid": N_("企业微信"), "wechat_id": N_("微信号"), EMAIL: N_("邮箱"),
    "douyin": N_("抖音"), "xiaohongshu": N_("小红书"), "weibo": N_("微博"), "zhihu": N_("知乎"),
    "taobao": N_("淘宝"),
}  # fmt: skip
WRITTEN = {kind: label for kind, label in KINDS.items() if kind not in BY_PLATFORMS}
NO_EMAIL = N_("“%(text)s”不是邮箱；请写成 name@example.com 这样")
NO_WECHAT_ID = N_("“%(text)s”不是微信号；微信号由字母、数字、下划线和减号组成，请核对")
NO_ACCOUNT = N_("“%(text)s”不像账号；请填一个没有空格、不超过 64 个字的账号")
SHAPES = {
    EMAIL: (re.compile(r"(?=.{5,128}$)[^@\s<>,;]{1,64}@[^@\s<>,;]+\.[^@\s<>,;.]{2,}"), NO_EMAIL),
    "wechat_id": (re.compile(r"[a-z0-9_-]{5,32}"), NO_WECHAT_ID),
}
_ACCOUNT = re.compile(r"\S{1,64}")
REGION = "CN"
PHONES = select(Identity.customer_id, Identity.id, Identity.value).where(
    Identity.customer_id.in_(bindparam("ids", expanding=True)), Identity.kind == PHONE
)


class TakenBy(Refused):
    """The identity belongs to another card, which the form then shows."""

    def __init__(self, other: Customer, field: str) -> None:
        super().__init__(
            N_("这个号码已经是%(name)s的：请打开那张卡片，或把号码填到「联系电话」"),
            field=field, name=other.name or "未命名",
        )  # fmt: skip
        self.other = other


def normal_phone(typed: str) -> str:
    """A phone in E.164. Refuses what no phone can be."""
    try:
        number = phonenumbers.parse(clean(typed), REGION)
        possible = phonenumbers.is_possible_number(number)
    except phonenumbers.NumberParseException:
        possible = False
    if not possible:
        raise Refused(N_("这个号码不像电话，请检查位数"), field="phone")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def normal(kind: str, typed: str) -> str:
    """What somebody wrote as an identity of a kind of WRITTEN, as it is kept and compared.

    Raises Refused with the reason that its reader understands.
    """
    if kind == PHONE:
        return normal_phone(typed)
    text = unicodedata.normalize("NFKC", clean(typed)).strip().casefold()
    shape, reason = SHAPES.get(kind, (_ACCOUNT, NO_ACCOUNT))
    if kind not in WRITTEN or not shape.fullmatch(text):
        raise Refused(reason, field="value", text=typed[:60])
    return text


def find(kind: str, value: str, *, account: str = "") -> Customer | None:
    """Whose identity this is."""
    return db.session.scalar(
        select(Customer)
        .join(Identity, Identity.customer_id == Customer.id)
        .where(Identity.kind == kind, Identity.account == account, Identity.value == value)
    )


def attach(
    customer: Customer, kind: str, value: str, *, source: str, account: str = "",
    by: Staff | None = None,
) -> bool:  # fmt: skip
    """Give a customer one more handle. True when it is new; refused when it is another's."""
    if kind not in KINDS or not value or len(value) > 128:
        raise Refused(N_("这个联系方式不完整，请检查后再填"))
    new = insert_once(
        Identity, customer_id=customer.id, kind=kind, account=account, value=value, source=source
    )
    if new is None:
        owner = find(kind, value, account=account)
        if owner is None or owner.id != customer.id:
            raise TakenBy(owner or customer, "phone" if kind == PHONE else kind)
        return False
    timeline.record(ATTACHED, customer, by=by, what=kind)
    if kind in WRITTEN and kind != PHONE:
        finding.index(customer)  # whoever gives phones has more to say, and does it then
    return True


def detach(identity: Identity, *, by: Staff | None) -> None:
    customer = identity.customer
    db.session.delete(identity)
    db.session.flush()
    timeline.record(DETACHED, customer, by=by, what=identity.kind)
    finding.index(customer)


def of(customer: Customer) -> list[Identity]:
    return list(
        db.session.scalars(
            select(Identity).where(Identity.customer_id == customer.id).order_by(Identity.id)
        )
    )


def phones_for(ids: list[int]) -> dict[int, str]:
    """The first phone of each customer in a list."""
    rows = ask(PHONES, {"ids": ids})
    found: dict[int, tuple[int, str]] = {}
    for customer_id, identity_id, value in rows:
        found[customer_id] = min(found.get(customer_id, (identity_id, value)), (identity_id, value))
    return {customer_id: value for customer_id, (_id, value) in found.items()}


def is_self(customer: Customer, staff: Staff) -> bool:
    """Whether the customer is the colleague: the WeChat that they have bound is this one's."""
    if not staff.wechat_openid:
        return False
    mine = find(OPENID, staff.wechat_openid, account=staff.wechat_account)
    return mine is not None and mine.id == customer.id
