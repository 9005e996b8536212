"""Maximum likelihood for three published models, in pure Python: a check for who doubts the four
fixed constants. The product never needs it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from math import exp, inf, lgamma, log, log1p
from typing import TypeVar

Point = list[float]
R = TypeVar("R")
MOST = 20_000  # different customers that are looked at
FURTHEST = 25.0  # of a parameter's logarithm: beyond it lies nothing but rounding

Summed = tuple[int, float, float]  # repeats, time of the last, time known


def bgnbd(rows: Iterable[Summed]) -> tuple[dict[str, float], float]:
    """Fader, Hardie and Lee (2005)."""
    groups = _grouped(rows)

    def loss(logs: Point) -> float:
        r, alpha, a, b = map(exp, logs)
        total = 0.0
        for x, some in groups.items():
            once = lgamma(r + x) - lgamma(r) + r * log(alpha)
            once += lgamma(a + b) + lgamma(b + x) - lgamma(b) - lgamma(a + b + x)
            lean = log(a) - log(b + x - 1) if x else -inf
            for tx, t, many in some:
                total += many * (once + _either(r + x, alpha + t, alpha + tx, lean))
        return -total

    return _best(loss, ("r", "alpha", "a", "b"), [log(0.5), log(_scale(groups)), 0.0, 0.7])


def mbgnbd(rows: Iterable[Summed]) -> tuple[dict[str, float], float]:
    """Batislam, Denizel and Filiztekin (2007): one may leave after the first visit too."""
    groups = _grouped(rows)

    def loss(logs: Point) -> float:
        r, alpha, a, b = map(exp, logs)
        total = 0.0
        for x, some in groups.items():
            once = lgamma(r + x) - lgamma(r) + r * log(alpha)
            once += lgamma(a + b) + lgamma(b + x + 1) - lgamma(b) - lgamma(a + b + x + 1)
            for tx, t, many in some:
                total += many * (once + _either(r + x, alpha + t, alpha + tx, log(a / (b + x))))
        return -total

    return _best(loss, ("r", "alpha", "a", "b"), [log(0.8), log(_scale(groups)), -0.5, 0.4])


def gammagamma(rows: Iterable[tuple[int, float]]) -> tuple[dict[str, float], float]:
    """Fader and Hardie (2013): (purchases, their mean amount) of each customer."""
    found = Counter((x, mean) for x, mean in rows if x > 0 and mean > 0)
    known = _thinned([(x, mean, many) for (x, mean), many in found.items()])

    def loss(logs: Point) -> float:
        p, q, v = map(exp, logs)
        total = 0.0
        for x, mean, many in known:
            px = p * x
            one = lgamma(px + q) - lgamma(px) - lgamma(q) + q * log(v)
            total += many * (
                one + (px - 1) * log(mean) + px * log(x) - (px + q) * log(v + x * mean)
            )
        return -total

    return _best(loss, ("p", "q", "v"), [log(4.0), log(3.0), log(15.0)])


def _either(power: float, now: float, then: float, lean: float) -> float:
    """ln(now^-power + e^lean * then^-power): still with us, or gone after the last visit."""
    stays = -power * log(now)
    if lean == -inf:
        return stays
    gone = lean - power * log(then)
    high, low = max(stays, gone), min(stays, gone)
    return high + log1p(exp(low - high))


def _grouped(rows: Iterable[Summed]) -> dict[int, list[tuple[float, float, int]]]:
    """Alike customers are one; by repeats, on which half of the formula depends alone."""
    counted = Counter(rows)
    groups: dict[int, list[tuple[float, float, int]]] = defaultdict(list)
    for (x, tx, t), many in _thinned(sorted(counted.items())):
        groups[x].append((tx, t, many))
    return groups


def _thinned(rows: list[R]) -> list[R]:
    return rows[:: -(-len(rows) // MOST)] if rows else rows


def _scale(groups: dict[int, list[tuple[float, float, int]]]) -> float:
    """Where to begin: the mean time between two visits."""
    span = sum(tx * many for x, some in groups.items() if x for tx, _t, many in some)
    repeats = sum(x * many for x, some in groups.items() for _tx, _t, many in some)
    return max(0.1, 2 * span / repeats) if repeats else 1.0


def _best(
    loss: Callable[[Point], float], names: tuple[str, ...], start: Point
) -> tuple[dict[str, float], float]:
    """Nelder and Mead over the logarithms, begun again until a round finds nothing better."""
    here, value = start, inf
    for _round in range(8):
        found = nelder_mead(lambda at: loss(at) if _is_near(at) else inf, here)
        gained, here, value = value - loss(found), found, loss(found)
        if gained < 1e-7:
            break
    return {name: exp(at) for name, at in zip(names, here, strict=True)}, -value


def _is_near(at: Point) -> bool:
    return all(abs(one) < FURTHEST for one in at)


def nelder_mead(loss: Callable[[Point], float], start: Point, most: int = 1000) -> Point:
    """Return the point with the least loss that a simplex finds from `start`."""
    size = len(start)
    corners = [start] + [
        [at + (0.4 if n == i else 0.0) for n, at in enumerate(start)] for i in range(size)
    ]
    known = sorted((loss(at), at) for at in corners)
    for _step in range(most):
        if known[-1][0] - known[0][0] < 1e-9:
            break
        centre = [sum(at[n] for _v, at in known[:-1]) / size for n in range(size)]
        known = sorted(_moved(loss, known, centre))
    return known[0][1]


def _moved(
    loss: Callable[[Point], float], known: list[tuple[float, Point]], centre: Point
) -> list[tuple[float, Point]]:
    worst = known[-1][1]

    def at(step: float) -> tuple[float, Point]:
        point = [c + step * (w - c) for c, w in zip(centre, worst, strict=True)]
        return loss(point), point

    mirrored = at(-1.0)
    if mirrored[0] < known[0][0]:
        return [*known[:-1], min(at(-2.0), mirrored)]
    if mirrored[0] < known[-2][0]:
        return [*known[:-1], mirrored]
    nearer = at(-0.5) if mirrored[0] < known[-1][0] else at(0.5)
    if nearer[0] < min(mirrored[0], known[-1][0]):
        return [*known[:-1], nearer]
    best = known[0][1]
    drawn = [[(p + b) / 2 for p, b in zip(point, best, strict=True)] for _v, point in known[1:]]
    return [known[0], *((loss(point), point) for point in drawn)]
