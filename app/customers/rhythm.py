"""How often a customer comes, and from which day on the silence means something.

A closed-form MBG/NBD score (Batislam et al. 2007; Wagner & Hoppe 2008) with four fixed constants
and one number per shop, its usual number of days between two visits. Pure: dates and numbers in,
dates and numbers out.

Words used throughout: `first` and `last` are the first and the last visit day, `days` the number
of distinct visit days, x = days - 1 the repeats, `u` the shop's unit in days (see `unit`).
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import ceil, exp, expm1, floor, log, log1p
from typing import Literal

SHAPE = 0.8  # r: how alike the customers of one shop are
SCALE = 2.0  # alpha, in units of the shop
LEAVING = 0.6  # a: with b the odds of never coming again after a visit
STAYING = 1.5  # b
PRIOR_WEIGHT = 20  # the trade's default counts as many gaps in the shop's unit
QUIET, DORMANT, LOST = 0.50, 0.25, 0.10  # share left of the visits expected just after a visit
LEAST_QUIET, LEAST_LOST = 7, 60  # days
ASSUMED_CONTACT_GAP, LEAST_WARM, MOST_WARM = 14, 14, 60  # days
VALUE_WEIGHT = 2  # the shop's median order counts as two orders of the customer's own
HORIZON = 28  # days
BELOW_TEN = "below 10"  # under ten percent a number would only pretend to be exact

State = Literal["lead", "new", "active", "quiet_warm", "lost", "dormant", "quiet"]
Sentence = tuple[Literal["often", "twice", "once"], dict[str, int | str]]


@dataclass(frozen=True, slots=True)
class Horizon:
    """The days from which a customer who stays away counts as quiet, dormant and lost."""

    quiet_on: date
    dormant_on: date
    lost_on: date


def unit(gaps: Sequence[int], prior: float) -> float:
    """Return the shop's unit in days, from all gaps between consecutive visits of its customers.

    `prior` is the trade's default in days; a young shop is nearly its trade.
    """
    if not gaps:
        return prior
    typical = max(1.0, statistics.median(gaps))
    count = len(gaps)
    return exp((count * log(typical) + PRIOR_WEIGHT * log(prior)) / (count + PRIOR_WEIGHT))


def median(gaps: Sequence[int]) -> int:
    """Return the usual gap in whole days, half a day going up; `gaps` holds at least one."""
    return _whole(statistics.median(gaps))


@lru_cache(maxsize=4096)
def k(th: float, x: int) -> float:
    """Return the silence, in multiples of 2u + (last - first), that leaves the share `th` (0..1).

    Solves rho * (1 + c * rho^(r+x)) = (1+c) / th for k = rho - 1.
    """
    c = LEAVING / (STAYING + x)
    power = SHAPE + x
    target = log1p(c) - log(th)
    y = 0.0  # ln rho: the left side is convex and growing in it, so Newton cannot miss
    for _ in range(60):
        exponent = log(c) + power * y
        # ln(1 + e^exponent), written so that faithful customers do not overflow it
        wall = max(exponent, 0.0) + log1p(exp(-abs(exponent)))
        step = (y + wall - target) / (1.0 + power * exp(exponent - wall))
        y -= step
        if abs(step) < 1e-13:
            break
    return expm1(y)


def horizon(first: date, last: date, days: int, u: float) -> Horizon:
    """Return the three days; each is at least the one before it, and none passes 9999-12-31."""
    x = max(days, 1) - 1
    span = (last - first).days if x else 0
    scale = SCALE * u + span
    habit = max(3 * u, 1.3 * span / x) if x else 3 * u
    quiet = max(LEAST_QUIET, min(scale * k(QUIET, x), habit))
    dormant = max(quiet, scale * k(DORMANT, x))
    lost = max(LEAST_LOST, dormant, scale * k(LOST, x))
    return Horizon(*(_after(last, gap) for gap in (quiet, dormant, lost)))


def alive(first: date, last: date, days: int, today: date, u: float) -> float:
    """Return the probability (0..1) that the customer has not left for good; never show it."""
    x, scale, gap = _summary(first, last, days, today, u)
    lean = log(LEAVING / (STAYING + x)) + (SHAPE + x) * log1p(gap / scale)
    return 1.0 / (1.0 + exp(lean)) if lean < 0 else exp(-lean) / (1.0 + exp(-lean))


def chance(first: date, last: date, days: int, today: date, u: float, h: float = HORIZON) -> float:
    """Return the probability (0..1) of a visit within `h` days after `today`."""
    x, scale, gap = _summary(first, last, days, today, u)
    comes = -expm1(-(SHAPE + x) * log1p(h / (scale + gap)))
    return alive(first, last, days, today, u) * comes


def expected(
    first: date, last: date, days: int, today: date, u: float, h: float = HORIZON
) -> float:
    """Return the number of visits to expect within `h` days after `today`; `h` up to about 90."""
    x, scale, gap = _summary(first, last, days, today, u)
    return alive(first, last, days, today, u) * (SHAPE + x) / (scale + gap) * h


def warm_until(
    last_purchase: date | None, first_inbound: date, last_inbound: date, inbound_days: int
) -> date | None:
    """Return the last day on which the customer's own contact still counts as keeping in touch.

    `inbound_days` is the number of distinct days with contact from the customer. None when the
    customer was not heard of after the last purchase.
    """
    if last_purchase is not None and last_inbound <= last_purchase:
        return None
    usual: float = ASSUMED_CONTACT_GAP
    if inbound_days > 1:
        usual = (last_inbound - first_inbound).days / (inbound_days - 1)
    return _after(last_inbound, floor(min(MOST_WARM, max(LEAST_WARM, 2 * usual))))


def value(cents_total: int, n: int, median_cents: int) -> int:
    """Return what one visit is worth, in cents: the own mean drawn toward the shop's median."""
    weight = n + VALUE_WEIGHT
    return (2 * (cents_total + VALUE_WEIGHT * median_cents) + weight) // (2 * weight)


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


def sentence(visits: Sequence[date], today: date, u: float) -> Sentence | None:
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
    percent = 100 * chance(known[0], known[-1], len(known), today, u)
    shown: int | str = BELOW_TEN if percent < 10 else _whole(percent)
    return "often", {"usual": median(gaps), "gap": gap, "chance": shown}


def _summary(first: date, last: date, days: int, today: date, u: float) -> tuple[int, float, int]:
    x = max(days, 1) - 1
    span = (last - first).days if x else 0
    # a visit dated after today is a slip of the pen, not a silence of negative length
    return x, SCALE * u + span, max(0, (today - last).days)


def _after(day: date, gap: float) -> date:
    room = (date.max - day).days
    # 1.3 * 270 / 3 is 117.00000000000001: such crumbs must not cost a day
    return day + timedelta(days=ceil(min(float(room), gap) - 1e-9))


def _whole(number: float) -> int:
    return floor(number + 0.5)
