"""How a customer's silence is dated, named and told: days in, days and words out.

The formulae are in `odds`; this module puts them on the calendar. Pure, like they are.

Words used throughout: `first` and `last` are the first and the last visit day, `days` the number
of distinct visit days, `u` the shop's unit in days (see `odds.unit`).
"""

import statistics
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from math import floor
from typing import Literal, NamedTuple

from app.customers import odds
from app.customers.odds import HORIZON, QUIET

BELOW_TEN = "below 10"  # under ten percent a number would only pretend to be exact

State = Literal["lead", "new", "active", "quiet_warm", "lost", "dormant", "quiet"]
Sentence = tuple[Literal["often", "twice", "once"], dict[str, int | str]]


class Horizon(NamedTuple):
    """The days from which a customer who stays away counts as quiet, dormant and lost."""

    quiet_on: date
    dormant_on: date
    lost_on: date


def unit(gaps: Sequence[int], prior: float) -> float:
    """Return the shop's unit in days, from all gaps between consecutive visits of its customers.

    `prior` is the trade's default in days; a young shop is nearly its trade.
    """
    counted = Counter(gaps)
    return odds.unit([counted[day] for day in range(max(counted, default=-1) + 1)], prior)


def median(gaps: Sequence[int]) -> int:
    """Return the usual gap in whole days, half a day going up; `gaps` holds at least one."""
    return _whole(statistics.median(gaps))


def horizon(first: date, last: date, days: int, u: float, th: float = QUIET) -> Horizon:
    """Return the three days; each is at least the one before it, and none passes 9999-12-31."""
    found = odds.silences(*_span(first, last, days), u, th)
    return Horizon(*(_after(last, gap) for gap in found))


def chance(first: date, last: date, days: int, today: date, u: float, h: float = HORIZON) -> float:
    """Return the probability (0..1) of a visit within `h` days after `today`."""
    return odds.chance(*_span(first, last, days), silence(last, today), u, h)


def silence(last: date, today: date) -> int:
    """Days since the last visit; one dated after today is a slip of the pen, no negative gap."""
    return max(0, (today - last).days)


def warm_until(
    last_purchase: date | None, first_inbound: date, last_inbound: date, inbound_days: int
) -> date | None:
    """Return the last day on which the customer's own contact still counts as keeping in touch.

    `inbound_days` is the number of distinct days with contact from the customer. None when the
    customer was not heard of after the last purchase.
    """
    if last_purchase is not None and last_inbound <= last_purchase:
        return None
    kept = odds.warm_days(first_inbound.toordinal(), last_inbound.toordinal(), inbound_days)
    return _after(last_inbound, kept)


def state(
    days: int,
    today: date,
    quiet_on: date | None,
    dormant_on: date | None,
    lost_on: date | None,
    warm_until: date | None,
) -> State:
    """Return the one state of a customer; who never bought has no such days and is a lead."""
    if not days or quiet_on is None:
        return "lead"
    if today < quiet_on:
        return "new" if days == 1 else "active"
    if warm_until is not None and today <= warm_until:
        return "quiet_warm"
    if lost_on is not None and today >= lost_on:
        return "lost"
    return "dormant" if dormant_on is not None and today >= dormant_on else "quiet"


def sentence(
    visits: Sequence[date], today: date, u: float, *, warm: bool = False
) -> Sentence | None:
    """Return which sentence explains the silence, and its numbers; the edge says it in words.

    - ("often", {"usual": days, "gap": days, "chance": percent or BELOW_TEN}), three visits or more
    - ("twice", {"between": days, "gap": days})
    - ("once", {"first": "YYYY-MM-DD", "gap": days, "shop": days})

    None when there was no visit up to `today`.
    """
    known = sorted({day for day in visits if day <= today})
    if not known:
        return None
    gaps = [(later - day).days for day, later in zip(known, known[1:], strict=False)]
    gap = (today - known[-1]).days
    if not gaps:
        return "once", {"first": known[0].isoformat(), "gap": gap, "shop": _whole(u)}
    if len(gaps) == 1:
        return "twice", {"between": gaps[0], "gap": gap}
    likely = chance(known[0], known[-1], len(known), today, u)
    likely = odds.warmed(likely) if warm else likely
    return "often", {"usual": median(gaps), "gap": gap, "chance": percent(likely)}


def percent(likely: float) -> int | str:
    """A chance as it is said: whole percent, and under ten no number at all."""
    return BELOW_TEN if likely < 0.1 else _whole(100 * likely)


def _span(first: date, last: date, days: int) -> tuple[int, int]:
    x = max(days, 1) - 1
    return x, (last - first).days if x else 0


def _after(day: date, gap: int) -> date:
    try:
        return day + timedelta(gap)
    except OverflowError:
        return date.max


def _whole(number: float) -> int:
    return floor(number + 0.5)
