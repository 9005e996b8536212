"""What members agree to, each thing by itself, by which text and when; and what follows from it.

Messages obey: a letter says in its body what it is for ("purpose": "service", "marketing", or
"notice" of a community); an answer in a conversation says nothing, and is asked nothing here.
"""

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.outbox import Letter, Verdict
from app.customers import identities, timeline
from app.customers.models import OPENID, Customer
from app.portal.models import Consent

VERSION = "2026-11"  # of the notice; another text is another version
MEMBER, PHONE, CHILD = "member", "phone", "child"
SERVICE, MARKETING = "service", "marketing"
PURPOSES = {
    MEMBER: N_("会员资料"),
    PHONE: N_("手机号"),
    CHILD: N_("孩子的生日"),
    SERVICE: N_("服务通知"),
    MARKETING: N_("优惠和活动消息"),
}
WHY = {
    MEMBER: N_("认出你，记下你的消费、积分和主题，给你看"),
    PHONE: N_("到店报号能认出你，有急事能联系你"),
    CHILD: N_("家长填了才有：该换段、换码时提醒你"),
    SERVICE: N_("售后、欠款、预订这些和你有关的事，会告诉你"),
    MARKETING: N_("有新品和优惠时告诉你；不勾也能用会员的一切"),
}
SWITCHES = (SERVICE, MARKETING)
NOTICE = "notice"  # of a community: a few people by name; who said no to offers gets none
# Before anybody was asked: what serves them may be told, what sells may not.
BEFORE_ASKED = {SERVICE: True}

AGREED = timeline.kind("member.agreed", N_("会员同意"), "purpose", "version", group="card")
WITHDREW = timeline.kind("member.withdrew", N_("会员不同意"), "purpose", "version", group="card")

NO_MARKETING = N_("客户没有同意收优惠和活动消息，没有发")
NO_SERVICE = N_("客户在会员中心关掉了服务通知，没有发；可以直接打电话")


def put(customer: Customer, purpose: str, given: bool) -> None:
    """Write it down, with the text that was shown; the same answer again is no news."""
    if purpose not in PURPOSES:
        raise Refused(N_("没有这个选项，请刷新页面再试"))
    last = newest(customer, purpose)
    if last and last.given == given and last.version == VERSION:
        return
    if last is None and not given and purpose not in SWITCHES:
        return
    db.session.add(
        Consent(customer_id=customer.id, purpose=purpose, given=given, version=VERSION, at=now())
    )
    db.session.flush()
    what = AGREED if given else WITHDREW
    timeline.record(what, customer, purpose=purpose, version=VERSION)


def newest(customer: Customer, purpose: str) -> Consent | None:
    mine = select(Consent).where(Consent.customer_id == customer.id, Consent.purpose == purpose)
    return db.session.scalar(mine.order_by(Consent.id.desc()).limit(1))


def holds(customer: Customer, purpose: str) -> bool:
    """Whether this may be done with them now."""
    last = newest(customer, purpose)
    return last.given if last else BEFORE_ASKED.get(purpose, False)


def all_of(customer: Customer, *, most: int = 50) -> list[Consent]:
    """The evidence, newest first."""
    mine = select(Consent).where(Consent.customer_id == customer.id)
    return list(db.session.scalars(mine.order_by(Consent.id.desc()).limit(most)))


def guard(letter: Letter) -> Verdict | None:
    """The outbox asks before each letter, also of those that waited while somebody said no."""
    purpose = letter.body.get("purpose")
    if purpose not in (*SWITCHES, NOTICE):
        return None
    customer = identities.find(OPENID, letter.to, account=letter.account)
    why = refusal(customer, str(purpose)) if customer else ""
    return Verdict(why) if why else None


def refusal(customer: Customer, purpose: str) -> str:
    """Why a message for this purpose is not welcome, as a source sentence; "" when it is."""
    if purpose == NOTICE:
        return no_notices(customer)
    if holds(customer, purpose):
        return ""
    return NO_MARKETING if purpose == MARKETING else NO_SERVICE


def no_notices(customer: Customer) -> str:
    """Asked by the communities before they write: their last word about offers was no."""
    last = newest(customer, MARKETING)
    return NO_MARKETING if last and not last.given else ""
