"""From which days on a customer counts as quiet, dormant and lost, and what is at risk meanwhile.

Pure: a customer, or a row with the same columns, and the shop's pace in; dates out.
"""

from datetime import date
from typing import Any, NamedTuple

from app.core.clock import FAR_OFF_DAY, LONG_AGO_DAY
from app.customers import odds, rhythm
from app.customers.shop_rhythm import CONTACT, Pace


class Dates(NamedTuple):
    """The columns that follow from a customer's summary."""

    quiet_on: date = FAR_OFF_DAY
    dormant_on: date = FAR_OFF_DAY
    lost_on: date = FAR_OFF_DAY
    warm_until: date = LONG_AGO_DAY
    at_risk_cents: int | None = None  # None unless quiet and not yet lost


def dates_of(c: Any, pace: Pace, today: date) -> Dates:
    """What follows on a day. Contact days count only in a shop without any purchase, and from two
    contact days."""
    if c.visits:
        first, last, days = c.first_visit_on, c.last_visit_on, c.visits
        warm = _warm_until(c)
    elif pace.basis == CONTACT and c.inbound_days >= 2:
        first, last, days = c.first_inbound_on, c.last_inbound_on, c.inbound_days
        warm = LONG_AGO_DAY
    else:
        return Dates()
    found = rhythm.horizon(first, last, days, pace.unit, pace.share)
    risk = at_risk(c, pace, today) if found.quiet_on <= today < found.lost_on else None
    return Dates(found.quiet_on, found.dormant_on, found.lost_on, warm, risk)


def _warm_until(c: Any) -> date:
    if not c.inbound_days:
        return LONG_AGO_DAY
    args = (c.last_visit_on, c.first_inbound_on, c.last_inbound_on, c.inbound_days)
    return rhythm.warm_until(*args) or LONG_AGO_DAY


def at_risk(c: Any, pace: Pace, today: date) -> int:
    """分 that the next 90 days bring less, should the customer not come again."""
    if not c.visits:
        return 0
    span = (c.last_visit_on - c.first_visit_on).days
    seen = odds.outlook(c.visits - 1, span, rhythm.silence(c.last_visit_on, today), pace.unit)
    return round(odds.at_risk(worth(c, pace), seen))


def worth(c: Any, pace: Pace) -> int:
    """分 that one visit is worth."""
    return odds.worth(max(0, c.spent_cents), c.priced_visits, pace.typical)


def put(customer: Any, dates: Dates) -> None:
    for name, value in dates._asdict().items():
        setattr(customer, name, value)
