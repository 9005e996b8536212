"""The reminder policy, day by day over a history: on each day only what was known before it.

Pure: a history in, reminders out. It answers what the policy would have done, for a file as for
the shop's own past.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.customers import ledger, odds
from app.customers.ledger import Taken
from app.reminders import policy

WEEK = 7
MOVED = 0.01  # days by which the unit has to move before dates are made again


@dataclass
class Past:
    """One customer, as far as the days have come. Days are day numbers, amounts 分."""

    name: str
    lines: list[tuple[int, int]] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    visits: list[int] = field(default_factory=list)
    cents: int = 0
    quiet_on: int = 0
    dormant_on: int = 0
    heard: list[int] = field(default_factory=list)  # days with contact of their own
    spoke: int = 0  # last day with contact either way
    stopped: bool = False  # 勿扰
    reminded: int = 0  # day of the last reminder
    keys: set[int] = field(default_factory=set)  # silences that had theirs
    open: "Reminder | None" = None


@dataclass
class Reminder:
    on: int
    customer: Past
    lapse: int  # last visit day of the silence
    at_risk: float
    spent: int  # 分 so far
    known_days: int  # since the first visit
    visits: int
    closed_on: int = 0  # 0: still open
    reason: str = ""


@dataclass
class History:
    """What happened, by day: purchases, refunds, contacts, 勿扰."""

    bought: dict[int, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))
    taken: dict[int, list[tuple[str, Taken]]] = field(default_factory=lambda: defaultdict(list))
    spoke: dict[int, list[tuple[str, bool]]] = field(default_factory=lambda: defaultdict(list))
    stops: dict[int, list[tuple[str, bool]]] = field(default_factory=lambda: defaultdict(list))

    def days(self) -> list[int]:
        return sorted({*self.bought, *self.taken, *self.spoke, *self.stops})


class Replay:
    """A shop that lives through its history again."""

    def __init__(self, history: History, prior: float, th: float = odds.QUIET) -> None:
        self.history, self.prior, self.th = history, prior, th
        self.pasts: dict[str, Past] = {}
        self.gaps = [0] * 20_000
        self.amounts: Counter[int] = Counter()
        self.unit, self.typical = prior, 0
        self.due: dict[int, set[str]] = defaultdict(set)  # who goes quiet on a day
        self.open: dict[str, Reminder] = {}
        self._days = iter(history.days())
        self._next = next(self._days, None)

    def run(self, first: int, last: int, cap: int) -> Iterator[Reminder]:
        """All reminders of the days first..last, at most `cap` a day, as they are raised."""
        for day in range(first, last + 1):
            self.learn(day, measure=(day - first) % WEEK == 0)
            self._expire(day)
            for past in self._best(day, cap):
                yield self._remind(past, day)

    def learn(self, day: int, *, measure: bool) -> None:
        """Take in what happened before `day`; measure the shop's unit anew when it is time."""
        touched: set[str] = set()
        while self._next is not None and self._next < day:
            touched |= self._take_in(self._next)
            self._next = next(self._days, None)
        for name in touched:
            self._visited(self.pasts[name])
        if measure:
            self.typical = odds.middle(self.amounts)
            unit = odds.unit(self.gaps, self.prior)
            if abs(unit - self.unit) > MOVED:
                self.unit = unit
                self._date_all()

    def _take_in(self, day: int) -> set[str]:
        """What happened on one day; the customers whose visits it moved."""
        history = self.history
        for name, cents in history.bought.get(day, ()):
            self._past(name).lines.append((day, cents))
            self.amounts[cents] += 1
        for name, back in history.taken.get(day, ()):
            self._past(name).taken.append(back)
        for name, inbound in history.spoke.get(day, ()):
            past = self._past(name)
            past.spoke = day
            if inbound and (not past.heard or past.heard[-1] < day):
                past.heard.append(day)
        for name, stopped in history.stops.get(day, ()):
            self._past(name).stopped = stopped
        moved = (history.bought.get(day, ()), history.taken.get(day, ()))
        return {name for lines in moved for name, _what in lines}

    def _past(self, name: str) -> Past:
        found = self.pasts.get(name)
        if found is None:
            found = self.pasts[name] = Past(name)
        return found

    def _visited(self, past: Past) -> None:
        self._count(past.visits, -1)
        days = ledger.net(past.lines, past.taken, self.typical)
        past.visits, past.cents = list(days), sum(days.values())
        self._count(past.visits, 1)
        self._date(past)
        if past.open:
            self._settle(past, past.open)

    def _count(self, visits: list[int], step: int) -> None:
        for day, later in zip(visits, visits[1:], strict=False):
            self.gaps[min(later - day, len(self.gaps) - 1)] += step

    def _date(self, past: Past) -> None:
        self.due[past.quiet_on].discard(past.name)
        past.quiet_on = past.dormant_on = 0
        if past.visits:
            first, last = past.visits[0], past.visits[-1]
            found = odds.silences(len(past.visits) - 1, last - first, self.unit, self.th)
            past.quiet_on, past.dormant_on = last + found[0], last + found[1]
            self.due[past.quiet_on].add(past.name)

    def _date_all(self) -> None:
        for past in self.pasts.values():
            self._date(past)

    def _settle(self, past: Past, one: Reminder) -> None:
        """A purchase after the silence ends its reminder; so does a silence that never was."""
        back = next((day for day in past.visits if day > one.lapse), 0)
        if back:
            self._close(one, back, "returned")
        elif one.lapse not in past.visits:
            self._close(one, max(one.on, past.taken[-1][0] if past.taken else one.on), "ended")

    def _expire(self, day: int) -> None:
        for one in list(self.open.values()):
            if one.customer.stopped:
                self._close(one, day, "away")
            elif day - one.on >= policy.EXPIRES or one.customer.dormant_on <= day:
                self._close(one, day, "expired")

    def _close(self, one: Reminder, day: int, reason: str) -> None:
        one.closed_on, one.reason = day, reason
        one.customer.open = None
        del self.open[one.customer.name]

    def _best(self, day: int, cap: int) -> list[Past]:
        fits = [past for past in self._quiet(day) if self._remindable(past, day)]
        ranked = sorted(fits, key=lambda past: (-self._rank(past, day), -past.quiet_on, past.name))
        kept = policy.kept_places(cap, day)
        return policy.choose(ranked, cap, kept, lambda past: len(past.visits) == 1)

    def _quiet(self, day: int) -> Iterable[Past]:
        for quiet_on in range(day - policy.WINDOW, day + 1):
            for name in self.due.get(quiet_on, ()):
                yield self.pasts[name]

    @staticmethod
    def _remindable(past: Past, day: int) -> bool:
        return not (
            past.open
            or past.stopped
            or past.dormant_on <= day
            or past.visits[-1] in past.keys
            or (past.reminded and day - past.reminded <= policy.COOL_DOWN)
            or (past.spoke and day - past.spoke <= policy.TALKED)
        )

    def _rank(self, past: Past, day: int) -> float:
        return policy.rank(self.at_risk(past, day), self._is_warm(past, day))

    def at_risk(self, past: Past, day: int) -> float:
        """分 that the next 90 days bring less without this customer."""
        first, last = past.visits[0], past.visits[-1]
        seen = odds.outlook(len(past.visits) - 1, last - first, day - last, self.unit)
        return odds.at_risk(odds.worth(past.cents, len(past.visits), self.typical), seen)

    @staticmethod
    def _is_warm(past: Past, day: int) -> bool:
        if not past.heard or past.heard[-1] <= past.visits[-1]:
            return False
        kept = odds.warm_days(past.heard[0], past.heard[-1], len(past.heard))
        return day - past.heard[-1] <= kept

    def _remind(self, past: Past, day: int) -> Reminder:
        one = Reminder(
            day, past, past.visits[-1], self.at_risk(past, day), past.cents,
            day - past.visits[0], len(past.visits),
        )  # fmt: skip
        past.open, past.reminded = one, day
        past.keys.add(one.lapse)
        self.open[past.name] = one
        return one
