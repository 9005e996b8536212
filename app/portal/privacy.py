"""我的隐私卡: what is held of a member, why, since when, who looked, and what they may do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.campaigns.models import Coupon
from app.community.models import Topic
from app.core.clock import LONG_AGO_DAY, start_of, today
from app.core.db import db
from app.core.errors import N_
from app.core.formats import masked, veiled
from app.core.outbox import Letter
from app.customers import identities, people, timeline
from app.customers.models import OPENID, PHONE, Customer, Identity, Note
from app.inbox.models import Conversation
from app.portal import consents, profile
from app.portal.models import MemberAnswer, PhoneClaim
from app.reminders.models import FollowUp
from app.sales import ages
from app.staff.books import LABELS
from app.staff.models import AccessLine, Staff

SHOWN = 20  # lines of who looked
FOR_US = N_("记得你要什么；里面可能提到别人，所以不在自动给的资料里。想看请跟店里说，看过后给你")
NO_PHONE = timeline.kind("member.unphoned", N_("会员删掉了手机号"), group="card")
NO_CHILD = timeline.kind("member.unchilded", N_("会员删掉了孩子的生日"), group="card")


@dataclass(frozen=True)
class Held:
    """One kind of thing that is kept: a source sentence each, and the value where it is short."""

    what: str
    value: str
    why: str
    since: datetime | None = None


def _handle(one: Identity) -> Held:
    if one.kind == PHONE:
        return Held(N_("手机号"), masked(one.value), consents.WHY[consents.PHONE], one.created_at)
    if one.kind == OPENID:
        return Held(N_("微信里的编号"), "", N_("认出你；不是你的微信号"), one.created_at)
    shown = veiled(one.value) if one.kind in identities.WRITTEN else ""
    return Held(identities.KINDS[one.kind], shown, N_("用来联系你、认出你"), one.created_at)


def held(customer: Customer) -> list[Held]:
    """Everything that is kept of a member, in the order in which they would ask."""
    known = identities.of(customer)
    found = []
    if customer.name:
        found.append(
            Held(N_("称呼"), customer.name, N_("到店和消息里这样叫你"), customer.created_at)
        )
    found += [_handle(one) for one in known]
    for day in ages.of(customer):
        why = consents.WHY[consents.CHILD]
        found.append(Held(day.line.name, day.on.isoformat(), why, day.created_at))
    for key, answer in profile.answers_of(customer).items():
        question = profile.QUESTIONS[key]
        said_above = key == profile.BABY or answer.answer == customer.name
        if answer.answer and not said_above:
            found.append(Held(question.label, answer.answer, question.why, answer.at))
    return found + _dealings(customer)


def _dealings(customer: Customer) -> list[Held]:
    """What came of buying and talking."""
    found = []
    if customer.first_visit_on != LONG_AGO_DAY:
        since = start_of(customer.first_visit_on)
        found.append(Held(N_("消费"), "", N_("给你看，也是店里的账"), since))
    talk = select(db.func.min(Conversation.created_at))
    began = db.session.scalar(talk.where(Conversation.customer_id == customer.id))
    if began:
        found.append(Held(N_("你和店里的消息"), "", N_("回答你、办完你的事"), began))
    if first := _first(Topic, customer):
        found.append(Held(N_("主题"), "", N_("办完你的事，记得办过什么"), first))
    if first := _first(Coupon, customer):
        found.append(Held(N_("券"), "", N_("给你用，也知道用过没有"), first))
    noted = [day for model in (Note, FollowUp) if (day := _first(model, customer))]
    if customer.remark or noted:
        found.append(Held(N_("店员的备注和记录"), "", FOR_US, min(noted, default=None)))
    return found


def _first(model: Any, customer: Customer) -> datetime | None:
    mine = select(model.created_at).where(model.customer_id == customer.id)
    return db.session.scalar(mine.order_by(model.id).limit(1))


def looks(customer: Customer) -> list[tuple[datetime, str, str]]:
    """(when, who, what) of the colleagues who looked last, from the book that nobody can change."""
    mine = (
        select(AccessLine.at, Staff.display, AccessLine.what)
        .outerjoin(Staff, Staff.id == AccessLine.by_id)
        .where(AccessLine.about == f"customer:{customer.id}")
        .order_by(AccessLine.id.desc())
        .limit(SHOWN)
    )
    return [(at, who or "", LABELS.get(what, what)) for at, who, what in db.session.execute(mine)]


def messages_this_month(customer: Customer) -> tuple[int, int]:
    """How many messages reached them since the month began, and how many of these to sell."""
    begin = start_of(today().replace(day=1))
    total = selling = 0
    for one in identities.of(customer):
        if one.kind == OPENID:
            for body in db.session.scalars(_sent_to(one.account, one.value, begin)):
                total += 1
                selling += body.get("purpose") == consents.MARKETING
    return total, selling


def _sent_to(account: str, openid: str, begin: datetime) -> Any:
    mine = (Letter.channel == "wechat", Letter.account == account, Letter.to == openid)
    return select(Letter.body).where(*mine, Letter.state == "sent", Letter.created_at >= begin)


def forget_phone(customer: Customer) -> None:
    """They no longer want a number to be kept."""
    for one in identities.of(customer):
        if one.kind == PHONE:
            identities.detach(one, by=None)
    if customer.contact_phone:
        people.edit(customer, version=customer.version, by=None, contact_phone="")
    _drop(PhoneClaim, PhoneClaim.customer_id == customer.id)
    consents.put(customer, consents.PHONE, False)
    timeline.record(NO_PHONE, customer)


def forget_child(customer: Customer) -> None:
    """They no longer want a child's day to be kept."""
    for one in ages.of(customer):
        ages.forget(one, by=None)
    _drop(
        MemberAnswer,
        (MemberAnswer.customer_id == customer.id) & (MemberAnswer.question == profile.BABY),
    )
    consents.put(customer, consents.CHILD, False)
    timeline.record(NO_CHILD, customer)


def _drop(model: Any, which: Any) -> None:
    db.session.execute(db.delete(model).where(which).execution_options(synchronize_session=False))
