"""Which visits remain when purchases and refunds are put side by side. Pure.

Days are day numbers (`date.toordinal`), amounts 分. Purchases of one day are one visit. A refund
counts against the day of the purchase that it names, else against its own day, else against the
newest earlier day that it can have come from; a day that is wholly given back is no visit.
"""

from collections.abc import Iterable

UNKNOWN = -(10**13)  # an amount that nobody wrote down
Taken = tuple[int, int, int]  # (day of the refund, 分 or UNKNOWN, day of its purchase or 0)


def net(
    bought: Iterable[tuple[int, int]], taken: Iterable[Taken] = (), typical: int = 0
) -> dict[int, int]:
    """Return {visit day: 分} in the order of days; `typical` stands for an unknown amount."""
    days: dict[int, int] = {}
    for day, cents in bought:
        days[day] = days.get(day, 0) + (typical if cents == UNKNOWN else cents)
    for on, cents, of in sorted(taken):
        found = _day_of(days, on, cents, of)
        if found is None:
            continue
        days[found] -= days[found] if cents == UNKNOWN else cents
        if days[found] <= 0:
            del days[found]
    return dict(sorted(days.items()))


def _day_of(days: dict[int, int], on: int, cents: int, of: int) -> int | None:
    """The day whose purchase a refund gives back; None where there is none left."""
    for day in (of, on):
        if day in days:
            return day
    return max((day for day in days if day <= on and days[day] >= cents), default=None)
