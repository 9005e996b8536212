"""How many of everything fall to each customer of the demo shop: pure, and exact in sum."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol


class Amounts(Protocol):
    """What a plan says of amounts."""

    @property
    def customers(self) -> int: ...

    @property
    def seed(self) -> int: ...


def weight(weights: Sequence[int], seed: int, index: int) -> int:
    return weights[(index + seed) % len(weights)]


def share(weights: Sequence[int], plan: Amounts, index: int, total: int) -> int:
    """How many of `total` fall to this customer; over all customers they add up exactly."""
    whole = _running(weights, plan.seed, plan.customers)
    if not whole:
        return total if index == 0 else 0
    before = _running(weights, plan.seed, index) * total // whole
    return _running(weights, plan.seed, index + 1) * total // whole - before


def _running(weights: Sequence[int], seed: int, count: int) -> int:
    """The sum of the weights of the first `count` customers."""
    sums = _sums(tuple(weights), seed % len(weights))
    rounds, rest = divmod(count, len(weights))
    return rounds * sums[-1] + sums[rest]


@lru_cache(maxsize=64)
def _sums(weights: tuple[int, ...], shift: int) -> tuple[int, ...]:
    turned, sums = weights[shift:] + weights[:shift], [0]
    for one in turned:
        sums.append(sums[-1] + one)
    return tuple(sums)
