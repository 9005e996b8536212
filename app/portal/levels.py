"""Levels that the shop names: by points, or by what was spent in twelve months."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from app.core.clock import now
from app.core.db import ask, db
from app.core.errors import N_, Refused
from app.core.settings import setting
from app.customers.models import Customer
from app.portal import points
from app.portal.models import MemberLevel
from app.sales.models import Order

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
    by = BY()
    value = _spent(customer) if by == SPENT else _earned(customer)
    reached = [one for one in steps if one.least <= value]
    ahead = [one for one in steps if one.least > value]
    return Standing(reached[-1] if reached else None, ahead[0] if ahead else None, value, by)


def _earned(customer: Customer) -> int:
    account = points.account_of(customer)
    return account.earned if account else 0


def _spent(customer: Customer) -> int:
    net = func.coalesce(func.sum(Order.cents - Order.refunded_cents), 0)
    lately = (Order.customer_id == customer.id, Order.at >= now() - YEAR)
    cents = int(ask(select(net).where(*lately, Order.voided_at.is_(None))).scalar())
    return max(0, cents) // 100
