"""What members tell of themselves: one small question at a time, and none twice in a month."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db, put_row
from app.core.errors import N_, Refused
from app.customers import people, timeline
from app.customers.models import Customer
from app.portal import consents
from app.portal.models import MemberAnswer
from app.sales import ages, stages
from app.sales.models import CareLine

TOLD = timeline.kind("member.told", N_("会员填了资料"), "question", group="card")
AGAIN = timedelta(days=30)  # after «not now»
NAME, BABY, SIZE, HOUR = "name", "baby", "size", "hour"


@dataclass(frozen=True)
class Question:
    """What is asked, and what for: nobody has to guess why we want to know."""

    asks: str
    why: str
    label: str


QUESTIONS = {
    NAME: Question(N_("怎么称呼你？"), N_("到店和消息里这样叫你"), N_("称呼")),
    BABY: Question(
        N_("宝宝哪天出生？"), N_("换段、换码的时候提醒你；还没出生就填预产期"), N_("宝宝生日")
    ),
    SIZE: Question(N_("常穿、常用哪个尺码？"), N_("到货和推荐时挑对的"), N_("尺码")),
    HOUR: Question(N_("什么时候联系你方便？"), N_("有事只在这个时候找你"), N_("方便的时间")),
}
LONGEST = 60


def answers_of(customer: Customer) -> dict[str, MemberAnswer]:
    mine = select(MemberAnswer).where(MemberAnswer.customer_id == customer.id)
    return {one.question: one for one in db.session.scalars(mine)}


def asked(customer: Customer) -> list[str]:
    """The questions that make sense here: a child's age where the shop follows ages."""
    return [key for key in QUESTIONS if key != BABY or line() is not None]


def next_of(customer: Customer, known: dict[str, MemberAnswer]) -> str:
    """What to ask now, "" for nothing."""
    for key in asked(customer):
        one = known.get(key)
        if (one is None and not (key == NAME and customer.name)) or (
            one is not None and not one.answer and one.at < now() - AGAIN
        ):
            if key == BABY and ages.of(customer):
                continue  # a colleague has written it down already
            return key
    return ""


def line() -> CareLine | None:
    """The first line that the shop counts from a child's birthday."""
    return next((one for one in stages.lines() if one.basis == stages.AGE), None)


def tell(customer: Customer, question: str, answer: str) -> None:
    if question not in QUESTIONS or question == BABY:
        raise Refused(N_("没有这个问题，请刷新页面再试"))
    if not answer:
        raise Refused(N_("还没有写；不想说就点「以后再说」"), field="answer")
    _keep(customer, question, answer)
    if question == NAME and customer.unnamed:
        people.edit(customer, version=customer.version, by=None, name=answer)


def tell_birthday(customer: Customer, on: date, *, agrees: bool) -> None:
    """A child's day is told by who may: a parent, who says so."""
    of = line()
    if of is None:
        raise Refused(N_("店里没有按月龄的关怀，不用填"))
    if not agrees:
        raise Refused(N_("孩子的资料要家长同意才能记，请勾上"), field="agrees")
    ages.put(customer, of, name="", on=on, by=None)
    consents.put(customer, consents.CHILD, True)
    _keep(customer, BABY, on.isoformat())


def not_now(customer: Customer, question: str) -> None:
    if question not in QUESTIONS:
        raise Refused(N_("没有这个问题，请刷新页面再试"))
    if question not in answers_of(customer):
        _put(customer, question, "")


def _keep(customer: Customer, question: str, answer: str) -> None:
    _put(customer, question, answer[:LONGEST])
    timeline.record(TOLD, customer, question=question)


def _put(customer: Customer, question: str, answer: str) -> None:
    by = {"customer_id": customer.id, "question": question}
    put_row(MemberAnswer, by, answer=answer, at=now())
