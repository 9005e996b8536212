"""The summary columns of a customer: kept with each moment, and recomputed from moments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from app.core.batches import batched
from app.core.clock import FAR_OFF_DAY, LONG_AGO, LONG_AGO_DAY, day_of, now
from app.core.db import db
from app.core.jobs import job
from app.customers import rhythm, shop_rhythm
from app.customers.models import Customer, Moment

NO_KEY = {"key_share": True}  # a lock that lets others write rows which point at the customer


@dataclass(frozen=True)
class Visits:
    """Distinct business days with a positive sum of purchases, oldest first."""

    days: list[date]
    purchases: int
    cents: int

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
    return Visits(days, count, total)


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
    customer.spent_cents = visits.cents
    customer.first_visit_on = visits.days[0] if visits.days else LONG_AGO_DAY
    customer.last_visit_on = visits.days[-1] if visits.days else LONG_AGO_DAY
    customer.usual_gap = rhythm.median(visits.gaps) if visits.gaps else 0


def heard(customer: Customer, at: datetime) -> None:
    """The customer did something by themselves: a message, a menu click, a scan."""
    day = day_of(at)
    if day < customer.last_inbound_on:
        _reread_inbound(customer)
    elif day > customer.last_inbound_on:
        customer.inbound_days += 1
        customer.last_inbound_on = day
        if customer.first_inbound_on == LONG_AGO_DAY:
            customer.first_inbound_on = day
    customer.last_inbound_at = max(customer.last_inbound_at, at)
    put_dates(customer)


def _reread_inbound(customer: Customer) -> None:
    own = (Moment.customer_id == customer.id, Moment.effect == "in", ~Moment.voided)
    days = db.session.scalars(db.select(Moment.on).where(*own).distinct()).all()
    last = db.session.scalar(db.select(db.func.max(Moment.at)).where(*own))
    put_inbound(customer, sorted(days), last)


def put_inbound(customer: Customer, days: list[date], last: datetime | None) -> None:
    customer.inbound_days = len(days)
    customer.first_inbound_on = days[0] if days else LONG_AGO_DAY
    customer.last_inbound_on = days[-1] if days else LONG_AGO_DAY
    customer.last_inbound_at = last or LONG_AGO


def put_dates(customer: Customer) -> None:
    """quiet_on, dormant_on, lost_on and warm_until from the summary and the shop's unit."""
    found = dates_of(customer, *shop_rhythm.current())
    customer.quiet_on, customer.dormant_on, customer.lost_on, customer.warm_until = found


def dates_of(c: Customer, basis: str, unit: float) -> tuple[date, date, date, date]:
    """(quiet_on, dormant_on, lost_on, warm_until). Contact days count only in a shop without any
    purchase, and from two contact days."""
    warm = LONG_AGO_DAY
    if c.visits:
        horizon = rhythm.horizon(c.first_visit_on, c.last_visit_on, c.visits, unit)
        if c.inbound_days:
            warm = (
                rhythm.warm_until(
                    c.last_visit_on, c.first_inbound_on, c.last_inbound_on, c.inbound_days
                )
                or LONG_AGO_DAY
            )
        return horizon.quiet_on, horizon.dormant_on, horizon.lost_on, warm
    if basis == "contact" and c.inbound_days >= 2:
        horizon = rhythm.horizon(c.first_inbound_on, c.last_inbound_on, c.inbound_days, unit)
        return horizon.quiet_on, horizon.dormant_on, horizon.lost_on, warm
    return FAR_OFF_DAY, FAR_OFF_DAY, FAR_OFF_DAY, warm


def recompute(customer: Customer) -> None:
    """The whole summary from the customer's moments: after a void, a back-dating, a repair."""
    visited(customer)
    _reread_inbound(customer)
    own = (Moment.customer_id == customer.id, ~Moment.voided)
    out = db.session.scalar(db.select(db.func.max(Moment.at)).where(*own, Moment.effect == "out"))
    customer.last_outbound_at = out or LONG_AGO
    met = (Moment.effect != "") | (Moment.kind == "customer.created")
    latest = db.session.scalar(db.select(db.func.max(Moment.at)).where(*own, met))
    customer.last_activity_at = min(latest or LONG_AGO, now())
    put_dates(customer)


@job()
def move_dates() -> None:
    """The shop's unit has moved: give every customer the dates that follow from it."""
    last = 0
    while found := _next_ids(last):
        for customer_id in batched(found):
            # locked: a purchase of this moment must not be overwritten by the dates before it
            put_dates(db.session.get_one(Customer, customer_id, with_for_update=NO_KEY))
        db.session.commit()
        db.session.expunge_all()
        last = found[-1]


def _next_ids(last: int) -> list[int]:
    """The next 500 customers that have a rhythm of their own."""
    has_rhythm = (Customer.visits > 0) | (Customer.inbound_days > 1)
    statement = db.select(Customer.id).where(Customer.id > last, has_rhythm)
    return list(db.session.scalars(statement.order_by(Customer.id).limit(500)))
