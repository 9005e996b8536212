"""When a silence becomes a reminder, and which come first. Pure: shared by the morning's job and
by the replay of a history."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from app.customers import odds

T = TypeVar("T")

WINDOW = 30  # days: an older silence is a list for one deliberate campaign
COOL_DOWN = 30  # days between two reminders of one customer
TALKED = 3  # days after a message in which nobody needs a reminder
EXPIRES = 30  # days until a reminder that nobody acts on ends
ONE_IN = 5  # places of which one is kept for whoever came only once


def rank(at_risk: float, warm: bool, warmth: float = odds.WARMTH) -> float:
    """What the order of reminders goes by: value at risk, more for who still keeps in touch."""
    return at_risk * warmth if warm else at_risk


def kept_places(places: int, day: int) -> int:
    """How many of a day's places are kept for second purchases: one in five over the days."""
    return (day + 1) * places // ONE_IN - day * places // ONE_IN


def choose(ranked: Sequence[T], places: int, kept: int, is_new: Callable[[T], bool]) -> list[T]:
    """The first of `ranked` (best first) for so many places, `kept` of them for the new ones.

    A place that one side does not need goes to the other.
    """
    new = [one for one in ranked if is_new(one)]
    known = [one for one in ranked if not is_new(one)]
    for_new = min(len(new), max(kept, places - len(known)))
    chosen = new[:for_new] + known[: max(0, places - for_new)]
    order = {id(one): at for at, one in enumerate(ranked)}
    return sorted(chosen[: max(0, places)], key=lambda one: order[id(one)])
