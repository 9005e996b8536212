"""The summary columns of a customer: kept with each moment, and recomputed from moments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_

from app.core.clock import FAR_OFF_DAY, LONG_AGO, LONG_AGO_DAY, day_of, now, today
from app.core.db import db
from app.customers import dating, rhythm, shop_rhythm
from app.customers.models import Customer, Moment

# What a moment reads and changes of its customer.
KEPT = (
    "last_activity_at", "waiting_since", "last_inbound_at",
    "inbound_days", "first_inbound_on", "last_inbound_on",
    "visits", "priced_visits", "spent_cents", "first_visit_on", "last_visit_on",
    "quiet_on", "dormant_on", "lost_on", "warm_until", "at_risk_cents",
)  # fmt: skip
stirring: set[str] = set()  # kinds without an effect that move 最近来往: timeline.kind()


@dataclass(frozen=True)
class Visits:
    """Distinct business days with a positive sum of purchases, oldest first."""

    days: list[date]
    purchases: int
    cents: int
    priced: int = 0  # of the days, those with a known amount

    @property
    def gaps(self) -> list[int]:
        return [(b - a).days for a, b in zip(self.days, self.days[1:], strict=False)]


def visits_of(lines: Iterable[tuple[date, int]]) -> Visits:
    """Merge (day, cents) of purchases into visits; a day whose sum is not positive is none.

    A purchase of unknown amount (0 分) still is a visit.
    """
    sums: dict[date, int] = {}
    refunded: set[date] = set()
    count = total = 0
    for day, cents in lines:
        sums[day] = sums.get(day, 0) + cents
        count += cents >= 0
        total += cents
        if cents < 0:
            refunded.add(day)
    days = sorted(d for d, cents in sums.items() if cents > 0 or (not cents and d not in refunded))
    return Visits(days, count, total, sum(sums[day] > 0 for day in days))


def visited(customer: Customer) -> None:
    """A purchase came, went or moved: read the customer's few purchase moments again."""
    put_visits(customer, visits_by(customer))
    if customer.visits:
        shop_rhythm.first_purchase()
    put_dates(customer)


def visits_by(customer: Customer) -> Visits:
    """The customer's visits, from their purchase moments."""
    lines = db.session.execute(
        db.select(Moment.on, Moment.cents).where(
            Moment.customer_id == customer.id, Moment.effect == "visit", ~Moment.voided
        )
    )
    return visits_of((day, cents) for day, cents in lines)


def put_visits(customer: Customer, visits: Visits) -> None:
    customer.visits, customer.purchases = len(visits.days), visits.purchases
    customer.priced_visits = visits.priced
    customer.spent_cents = visits.cents
    customer.first_visit_on = visits.days[0] if visits.days else LONG_AGO_DAY
    customer.last_visit_on = visits.days[-1] if visits.days else LONG_AGO_DAY
    customer.usual_gap = rhythm.median(visits.gaps) if visits.gaps else 0


def put_owed(customer: Customer, cents: int, since: date | None, due: date | None) -> None:
    """What the customer owes in all, since when, and when the first of it is due."""
    customer.owed_cents = cents
    customer.owed_since = since or FAR_OFF_DAY
    customer.owed_due_on = due or FAR_OFF_DAY


def heard(customer: Any, at: datetime) -> None:
    """The customer did something by themselves: a message, a menu click, a scan."""
    day, pace = day_of(at), shop_rhythm.current()  # asked before anything is changed
    if day < customer.last_inbound_on:
        _reread_inbound(customer)
    elif day > customer.last_inbound_on:
        customer.inbound_days += 1
        customer.last_inbound_on = day
        if customer.first_inbound_on == LONG_AGO_DAY:
            customer.first_inbound_on = day
    customer.last_inbound_at = max(customer.last_inbound_at, at)
    dating.put(customer, dating.dates_of(customer, pace, today()))


def _reread_inbound(customer: Any) -> None:
    own = (Moment.customer_id == customer.id, Moment.effect == "in", ~Moment.voided)
    days = db.session.scalars(db.select(Moment.on).where(*own).distinct()).all()
    last = db.session.scalar(db.select(db.func.max(Moment.at)).where(*own))
    put_inbound(customer, sorted(days), last)


def put_inbound(customer: Any, days: list[date], last: datetime | None) -> None:
    customer.inbound_days = len(days)
    customer.first_inbound_on = days[0] if days else LONG_AGO_DAY
    customer.last_inbound_on = days[-1] if days else LONG_AGO_DAY
    customer.last_inbound_at = last or LONG_AGO


def put_dates(customer: Customer) -> None:
    """The dates and the value at risk, from the summary and the shop's pace."""
    dating.put(customer, dating.dates_of(customer, shop_rhythm.current(), today()))


def met() -> ColumnElement[bool]:
    """The moments that move 最近来往."""
    return or_(Moment.effect != "", Moment.kind.in_(sorted(stirring)))


def recompute(customer: Customer) -> None:
    """The whole summary from the customer's moments: after a void, a back-dating, a repair."""
    visited(customer)
    _reread_inbound(customer)
    own = (Moment.customer_id == customer.id, ~Moment.voided)
    out = db.session.scalar(db.select(db.func.max(Moment.at)).where(*own, Moment.effect == "out"))
    customer.last_outbound_at = out or LONG_AGO
    latest = db.session.scalar(db.select(db.func.max(Moment.at)).where(*own, met()))
    customer.last_activity_at = min(latest or LONG_AGO, now())
    put_dates(customer)
