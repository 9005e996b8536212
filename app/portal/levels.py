"""Levels that the shop names: by points, or by what was spent in twelve months.

Where somebody stands is computed. What they had when it was last looked at stands on their account,
so that going up is told once, and going down is no news.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.core.clock import LONG_AGO, now
from app.core.db import ask, db
from app.core.errors import N_, Refused
from app.core.settings import setting
from app.customers import timeline
from app.customers.models import Customer
from app.portal.models import NO_LEVEL, UNKNOWN_LEVEL, MemberLevel, PointAccount
from app.sales.models import Order

RISEN = timeline.kind("member.risen", N_("会员等级升了"), "level", group="card")

POINTS, SPENT = "points", "spent"
BY = setting(
    "points.level_by",
    POINTS,
    label=N_("会员等级按什么算"),
    hint=N_("按积分：一共得过多少分，换券花掉的也算；按消费：最近 12 个月花了多少钱"),
    choices=((POINTS, N_("积分")), (SPENT, N_("最近 12 个月的消费"))),
    group="customers",
)
YEAR = timedelta(days=365)
MOST = 10
MOST_LEAST = 10**8


@dataclass(frozen=True)
class Standing:
    """Which level somebody has, and how far it is to the next."""

    level: MemberLevel | None
    next: MemberLevel | None
    value: int  # points, or whole yuan: what a level's `least` is said in
    by: str
    since: datetime | None = None  # when they were seen to have gone up to it

    @property
    def missing(self) -> int:
        return self.next.least - self.value if self.next else 0


def every() -> list[MemberLevel]:
    """The lowest first."""
    return list(db.session.scalars(select(MemberLevel).order_by(MemberLevel.least, MemberLevel.id)))


def put(level: MemberLevel | None, *, name: str, least: int, text: str) -> MemberLevel:
    """A new level, or another name and measure for one."""
    known = every()
    if level is None and len(known) >= MOST:
        raise Refused(N_("最多 %(n)s 个等级，请先去掉不用的"), field="name", n=MOST)
    if not 0 <= least <= MOST_LEAST:
        raise Refused(N_("门槛不对，请填不小于 0 的数"), field="least")
    for other in known:
        if other is not level and other.name == name:
            raise Refused(N_("已经有「%(name)s」了，请改用别的名字"), field="name", name=name)
        if other is not level and other.least == least:
            raise Refused(
                N_("「%(name)s」也是这个门槛，请改大一点或小一点"), field="least", name=other.name
            )
    level = level or MemberLevel()
    level.name, level.least, level.text = name, least, text
    db.session.add(level)
    db.session.flush()
    return level


def remove(level: MemberLevel) -> None:
    db.session.delete(level)


def of(customer: Customer) -> Standing | None:
    """Where a customer stands; None where the shop has no levels."""
    steps = every()
    if not steps:
        return None
    account = db.session.scalar(select(PointAccount).where(PointAccount.customer_id == customer.id))
    return _standing(customer, account, steps)


def _standing(
    customer: Customer, account: PointAccount | None, steps: list[MemberLevel]
) -> Standing:  # fmt: skip
    by, earned = BY(), account.earned if account else 0
    value = _spent(customer) if by == SPENT else earned
    reached = [one for one in steps if one.least <= value]
    ahead = [one for one in steps if one.least > value]
    level = reached[-1] if reached else None
    known = account and level and account.risen_at != LONG_AGO and account.level == level.least
    since = account.risen_at if account and known else None
    return Standing(level, ahead[0] if ahead else None, value, by, since)


def note(account: PointAccount, steps: list[MemberLevel]) -> None:
    """Whoever is above the level they had is told so in their story. Asked under the account's
    lock; looking again changes nothing. A level from before we looked is no news."""
    level = _standing(account.customer, account, steps).level
    least = level.least if level else NO_LEVEL
    if level and account.level != UNKNOWN_LEVEL and least > account.level:
        account.risen_at = now()
        timeline.record(RISEN, account.customer, level=level.name)
    account.level = least


def _spent(customer: Customer) -> int:
    net = func.coalesce(func.sum(Order.cents - Order.refunded_cents), 0)
    lately = (Order.customer_id == customer.id, Order.at >= now() - YEAR)
    cents = int(ask(select(net).where(*lately, Order.voided_at.is_(None))).scalar())
    return max(0, cents) // 100
