"""What a customer's visits make likely: the formulae of the quiet-customer model, numbers alone.

A closed-form MBG/NBD score (Batislam et al. 2007; Wagner & Hoppe 2008) with four fixed constants
and one number per shop, its usual number of days between two visits. The product and the
commands that work from files share this module.

Words used throughout: x = visit days - 1 are the repeats, `span` the days from the first to the
last visit, `gap` the days of silence since, `u` the shop's unit in days.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import ceil, cos, exp, expm1, floor, log, log1p, pi
from typing import NamedTuple

SHAPE = 0.8  # r: how alike the customers of one shop are
SCALE = 2.0  # alpha, in units of the shop
LEAVING = 0.6  # a: with b the odds of never coming again after a visit
STAYING = 1.5  # b
PRIOR_WEIGHT = 20  # the trade's default counts as many gaps in the shop's unit
QUIET, DORMANT, LOST = 0.50, 0.25, 0.10  # share left of the visits expected just after a visit
LEAST_QUIET, LEAST_LOST = 7, 60  # days
ASSUMED_CONTACT_GAP, LEAST_WARM, MOST_WARM = 14, 14, 60  # days
VALUE_WEIGHT = 2  # the shop's median order counts as two orders of the customer's own
HORIZON, AHEAD, YEAR = 28, 90, 365  # days
WARMTH = 1.3  # what contact of their own does to the odds of coming back, and to the rank
POINTS = 20  # of the quadrature over the unknown rate of leaving


class Outlook(NamedTuple):
    """What is likely for one customer; the chances lie in 0..1."""

    alive: float  # has not left for good; never shown
    back: float  # comes within the horizon
    back_ahead: float  # comes within AHEAD days
    visits: float  # expected within AHEAD days from now
    visits_after: float  # the same, as they were just after the last visit


def unit(histogram: Sequence[int], prior: float) -> float:
    """Return the shop's unit in days; histogram[n] tells how many gaps between visits were n days.

    `prior` is the trade's default in days; a young shop is nearly its trade.
    """
    count = sum(histogram)
    if not count:
        return prior
    typical = max(1.0, _middle(histogram, count))
    return exp((count * log(typical) + PRIOR_WEIGHT * log(prior)) / (count + PRIOR_WEIGHT))


def _middle(histogram: Sequence[int], count: int) -> float:
    """The median of what a histogram counts."""
    low, high, passed = (count - 1) // 2, count // 2, 0
    first: int | None = None
    for days, many in enumerate(histogram):
        passed += many
        if first is None and passed > low:
            first = days
        if first is not None and passed > high:
            return (first + days) / 2
    raise ValueError("the histogram holds fewer gaps than it counts")


def middle(counted: Mapping[int, int]) -> int:
    """The median of amounts above 0, each counted so many times; 0 where there is none."""
    known = sorted((cents, many) for cents, many in counted.items() if cents > 0)
    half, passed, low = sum(many for _cents, many in known) / 2, 0, 0
    for cents, many in known:
        passed += many
        if passed > half:
            return (low + cents + 1) // 2 if low else cents
        low = cents if passed == half else 0
    return 0


@lru_cache(maxsize=8192)
def k(th: float, x: int) -> float:
    """Return the silence, in multiples of 2u + span, that leaves the share `th` (0..1).

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


@lru_cache(maxsize=8192)
def _shares(x: int, th: float) -> tuple[float, float, float]:
    return k(th, x), k(DORMANT, x), k(LOST, x)


def silences(x: int, span: int, u: float, th: float = QUIET) -> tuple[int, int, int]:
    """Return the whole days of silence after which one is quiet, dormant and lost, in order.

    `th` is the shop's sensitivity: a larger share says quiet earlier.
    """
    scale = SCALE * u + span
    k_quiet, k_dormant, k_lost = _shares(x, th)
    habit = max(3 * u, 1.3 * span / x) if x else 3 * u
    quiet = max(LEAST_QUIET, min(scale * k_quiet, habit))
    dormant = max(quiet, scale * k_dormant)
    lost = max(LEAST_LOST, dormant, scale * k_lost)
    # 1.3 * 270 / 3 is 117.00000000000001: such crumbs must not cost a day
    return ceil(quiet - 1e-9), ceil(dormant - 1e-9), ceil(lost - 1e-9)


def alive(x: int, span: int, gap: int, u: float) -> float:
    """Return the probability that the customer has not left for good; never show it."""
    scale = SCALE * u + span
    lean = log(LEAVING / (STAYING + x)) + (SHAPE + x) * log1p(gap / scale)
    return 1.0 / (1.0 + exp(lean)) if lean < 700.0 else 0.0


def comes(x: int, span: int, gap: int, u: float, h: float) -> float:
    """Return the probability that one who has not left comes within `h` days."""
    return -expm1(-(SHAPE + x) * log1p(h / (SCALE * u + span + gap)))


def chance(x: int, span: int, gap: int, u: float, h: float = HORIZON) -> float:
    """Return the probability of a visit within `h` days."""
    return alive(x, span, gap, u) * comes(x, span, gap, u, h)


def expected(x: int, span: int, gap: int, u: float, h: float = AHEAD) -> float:
    """Return the number of visits to expect within `h` days; `h` up to about 90."""
    return alive(x, span, gap, u) * (SHAPE + x) / (SCALE * u + span + gap) * h


def outlook(x: int, span: int, gap: int, u: float, h: float = HORIZON) -> Outlook:
    """Everything that a line of the list tells, at once."""
    living, power, scale = alive(x, span, gap, u), SHAPE + x, SCALE * u + span
    past = scale + gap
    return Outlook(
        living,
        living * -expm1(-power * log1p(h / past)),
        living * -expm1(-power * log1p(AHEAD / past)),
        AHEAD * living * power / past,
        AHEAD * power / (scale * (1.0 + LEAVING / (STAYING + x))),
    )


def warmed(p: float, factor: float = WARMTH) -> float:
    """Return a chance whose odds contact has raised."""
    return factor * p / (1.0 + (factor - 1.0) * p)


def worth(cents_total: int, n: int, median_cents: int) -> int:
    """Return what one visit is worth, in cents: the own mean drawn toward the shop's median.

    `n` visits came to `cents_total`; a median of 0 is not known yet.
    """
    if not median_cents and n:
        return cents_total // n
    weight = n + VALUE_WEIGHT
    return (2 * (cents_total + VALUE_WEIGHT * median_cents) + weight) // (2 * weight)


def at_risk(worth_cents: float, seen: Outlook) -> float:
    """Return what the next 90 days bring less, should the customer not come again, in cents."""
    return worth_cents * seen.visits_after * (1.0 - seen.back_ahead)


def visits_ahead(x: int, span: int, gap: int, u: float, h: float = YEAR) -> float:
    """Return the visits to expect within `h` days, however long: an integral over the rates of
    leaving that this customer may have."""
    past = SCALE * u + span + gap
    power, rest = SHAPE + x, STAYING + x  # the exponent of (1 - p) is b + x + 1 - 1
    top = min(1.0, 40.0 / (rest + 1.0)) ** LEAVING  # beyond it lies nothing
    weight = total = 0.0
    for place, share in _gauss():
        # p = s^(1/a): the density's own pole at 0 is gone, what is left is smooth
        p = (top * place) ** (1.0 / LEAVING)
        dense = share * (1.0 - p) ** rest
        weight += dense
        total += dense * -expm1(-power * log1p(p * h / past)) / p
    return alive(x, span, gap, u) * total / weight


@lru_cache(maxsize=1)
def _gauss() -> list[tuple[float, float]]:
    """The places and weights of Gauss and Legendre on 0..1."""
    found = []
    for i in range(POINTS):
        z = cos(pi * (i + 0.75) / (POINTS + 0.5))
        slope = 1.0
        for _ in range(50):
            last, this = 0.0, 1.0
            for n in range(POINTS):
                last, this = this, ((2 * n + 1) * z * this - n * last) / (n + 1)
            slope = POINTS * (z * this - last) / (z * z - 1.0)
            step = this / slope
            z -= step
            if abs(step) < 1e-15:
                break
        found.append(((1.0 + z) / 2, 1.0 / ((1.0 - z * z) * slope * slope)))
    return found


def warm_days(first: int, last: int, days: int) -> int:
    """Return for how many days after the last contact a customer counts as keeping in touch.

    `first` and `last` are day numbers of contact, `days` how many days with contact there were.
    """
    usual: float = ASSUMED_CONTACT_GAP if days < 2 else (last - first) / (days - 1)
    return floor(min(MOST_WARM, max(LEAST_WARM, 2 * usual)))
