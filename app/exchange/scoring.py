"""Every customer of a file: the state, the chances, the dates and the reason."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import chain, islice
from pathlib import Path
from statistics import median

from app.core.errors import N_, Refused
from app.customers import ledger, odds, rhythm
from app.customers.ledger import UNKNOWN
from app.customers.sentences import Teller
from app.exchange.histories import Book, Reader, cents_of, rows, typical_amount
from app.reminders.replay import History

COLUMNS = (
    "customer_id", "state", "gap_days", "p_return", "p_alive", "exp_visits_90", "value_per_visit",
    "value_at_risk", "quiet_on", "lost_on", "reason",
)  # fmt: skip
Summary = tuple[int, int, int, int, int]  # visits, first day, last day, 分, usual gap
NOBODY: Summary = (0, 0, 0, 0, 0)
ENOUGH, SPARSE = 50_000, 16  # customers that tell the shop's unit; of the others one in so many
MOST_DAYS = 40_000  # of a gap: more than a century
LAST_DAY = date.max.toordinal()


@dataclass(frozen=True)
class Shop:
    """What the whole file tells: the unit in days, the usual purchase, and by what it goes."""

    unit: float
    typical: int
    by_contact: bool = False


def summaries(book: Book, prior: float) -> tuple[Shop, dict[str, Summary]]:
    """The shop, and one summary for each customer; a shop without any purchase goes by contact."""
    typical, histogram = typical_amount(book), [0] * MOST_DAYS
    found = {one: _summed(flat, book, one, typical, histogram) for one, flat in book.bought.items()}
    by_contact = not any(summary[0] for summary in found.values())
    if by_contact:
        for one, days in book.heard.items():
            found[one] = _counted(sorted(set(days)), 0, histogram)
    return Shop(odds.unit(histogram, prior), typical, by_contact), found


def _summed(
    flat: list[int], book: Book, customer: str, typical: int, histogram: list[int]
) -> Summary:
    if len(flat) == 2 and customer not in book.taken:
        return 1, flat[0], flat[0], typical if flat[1] == UNKNOWN else flat[1], 0
    if customer in book.taken:
        days = ledger.net(zip(flat[::2], flat[1::2], strict=True), book.taken[customer], typical)
        return _counted(list(days), sum(days.values()), histogram)
    unknown = flat.count(UNKNOWN)
    total = sum(flat[1::2]) + unknown * (typical - UNKNOWN)
    return _counted(sorted(set(flat[::2])), total, histogram)


def _counted(days: list[int], cents: int, histogram: list[int]) -> Summary:
    if len(days) < 2:
        return (1, days[0], days[0], cents, 0) if days else NOBODY
    gaps = [later - day for day, later in zip(days, days[1:], strict=False)]
    for gap in gaps:
        histogram[min(gap, MOST_DAYS - 1)] += 1
    return len(days), days[0], days[-1], cents, int(median(gaps) + 0.5)


def from_sums(
    book: Book, path: Path, as_of: int, prior: float
) -> tuple[Shop, Iterable[tuple[str, Summary]]]:
    """The same from a file that is summed up already; it is read twice and never held.

    Of a customer who came after `as_of` too only the first visit is known to have been before.
    `book` holds the contacts: who is in these alone has a line as well.
    """
    histogram, bought = [0] * MOST_DAYS, False
    amounts: Counter[int] = Counter()
    for _one, (visits, _first, _last, cents, usual) in _sums(path, as_of, enough=ENOUGH):
        bought = bought or visits > 0
        if visits > 1:
            histogram[min(usual, MOST_DAYS - 1)] += visits - 1
        if visits and cents > 0:
            amounts[cents // visits] += visits
    if not bought:
        book.bought = {one: [] for one, _summary in _sums(path, as_of)} | book.bought
        shop, found = summaries(book, prior)
        return shop, found.items()
    shop = Shop(odds.unit(histogram, prior), odds.middle(amounts))
    return shop, _everybody(_sums(path, as_of), dict.fromkeys(book.bought))


def _everybody(
    sums: Iterator[tuple[str, Summary]], heard: dict[str, None]
) -> Iterator[tuple[str, Summary]]:
    """Whoever is summed up, then whoever only got in touch."""
    for one, summary in sums:
        heard.pop(one, None)
        yield one, summary
    for one in heard:
        yield one, NOBODY


def _sums(path: Path, as_of: int, enough: int = 0) -> Iterator[tuple[str, Summary]]:
    """The summaries of a file, in its order; after `enough` of them one in SPARSE will do."""
    read = Reader().day
    needed = ("customer_id", "n_days", "first_date", "last_date", "total_amount")
    with rows(path, *needed) as (lines, at):
        who, n, one, two, much = places = tuple(map(at, needed))
        widest = max(places)
        if enough:
            lines = chain(islice(lines, enough), islice(lines, 0, None, SPARSE))
        for row in lines:
            if len(row) > widest and row[who]:
                first = read(row[one])
                if first <= as_of:
                    known = (row[n], first, read(row[two]), row[much])
                    yield row[who], _sum_of(*known, as_of)


def _sum_of(n: str, first: int, last: int, much: str, as_of: int) -> Summary:
    visits = int(n) if n.isdigit() else 0
    if not visits or not first:
        return NOBODY
    if last > as_of:
        return 1, first, first, UNKNOWN, 0
    span = max(0, last - first)
    if visits > 1:
        visits = min(visits, span + 1)
    usual = max(1, round(span / (visits - 1))) if visits > 1 else 0
    return visits, first, first + span, cents_of(much), usual


class Scorer:
    """Makes the line of one customer after another."""

    def __init__(self, shop: Shop, book: Book, as_of: int, horizon: int) -> None:
        self.shop, self.book, self.as_of, self.horizon = shop, book, as_of, horizon
        today = date.fromordinal(as_of)
        self.tell = Teller(lambda day: _short(day, today))
        self.iso = cache(lambda day: date.fromordinal(min(day, LAST_DAY)).isoformat())

    def line(self, customer: str, summary: Summary) -> list[object]:
        visits, first, last, cents, usual = summary
        if not visits or (self.shop.by_contact and visits < 2):
            return self._lead(customer)
        x, gap, unit, typical = visits - 1, self.as_of - last, self.shop.unit, self.shop.typical
        seen = odds.outlook(x, last - first, gap, unit, self.horizon)
        quiet, dormant, lost = odds.silences(x, last - first, unit)
        if cents < 0:
            cents = typical * visits if cents == UNKNOWN else 0
        worth = 0 if self.shop.by_contact else odds.worth(cents, visits, typical)
        warm = customer in self.book.heard and self._is_warm(customer, last)
        back = odds.warmed(seen.back) if warm else seen.back
        state = self._state(visits, gap, quiet, dormant, lost, warm)
        return [
            customer, state, gap, f"{back:.6f}", f"{seen.alive:.6f}", f"{seen.visits:.4f}",
            f"{worth / 100:.2f}", f"{odds.at_risk(worth, seen) / 100:.2f}",
            self.iso(last + quiet), self.iso(last + lost),
            self._reason(customer, summary, gap, back, quiet if warm else None),
        ]  # fmt: skip

    def _lead(self, customer: str) -> list[object]:
        worth = f"{self.shop.typical / 100:.2f}"
        why = self.tell.why(None)
        return [customer, "lead", "", "0", "0", "0", worth, "0.00", "", "", why]

    def _is_warm(self, customer: str, last: int) -> bool:
        if self.shop.by_contact:
            return False
        days = self.book.heard[customer]
        newest = max(days)
        kept = odds.warm_days(min(days), newest, len(set(days)))
        return newest > last and self.as_of - newest <= kept

    def _state(self, visits: int, gap: int, quiet: int, dormant: int, lost: int, warm: bool) -> str:
        if self.shop.by_contact:
            return "lead"
        if gap < quiet:
            return "new" if visits == 1 else "active"
        if warm:
            return "quiet_warm"
        return "lost" if gap >= lost else "dormant" if gap >= dormant else "quiet"

    def _reason(
        self, customer: str, summary: Summary, gap: int, back: float, warm_from: int | None
    ) -> str:
        visits, first, _last, _cents, usual = summary
        if self.shop.by_contact:
            return self.tell.less(usual, gap)
        sentence: rhythm.Sentence
        if visits > 2:
            sentence = "often", {"usual": usual, "gap": gap, "chance": rhythm.percent(back)}
        elif visits == 2:
            sentence = "twice", {"between": usual, "gap": gap}
        else:
            shop = int(self.shop.unit + 0.5)
            sentence = "once", {"first": self.iso(first), "gap": gap, "shop": shop}
        said = self.tell.why(sentence, visits=visits, ahead=self.horizon)
        if warm_from is None or gap < warm_from:
            return said
        day, kind = self.book.touch[customer]
        return f"{said}；{self.tell.touch(self.as_of - day, kind)}"


def _short(day: date, today: date) -> str:
    return f"{day.month}月{day.day}日" if day.year == today.year else day.isoformat()


def check_horizon(horizon: int) -> int:
    if not 1 <= horizon <= 3650:
        raise Refused(N_("天数要在 1 到 3650 之间，请改成比如 28"))
    return horizon


def visit_days(book: Book) -> dict[str, list[int]]:
    """The visit days of every customer, refunds taken off."""
    typical = typical_amount(book)
    return {one: list(_net(book, one, flat, typical)) for one, flat in book.bought.items()}


def _net(book: Book, one: str, flat: list[int], typical: int) -> dict[int, int]:
    return ledger.net(zip(flat[::2], flat[1::2], strict=True), book.taken.get(one, ()), typical)


def unit_on(visits: Iterable[list[int]], day: int, prior: float) -> float:
    """The shop's unit as it was known on a day."""
    histogram = [0] * MOST_DAYS
    for days in visits:
        _counted([one for one in days if one <= day], 0, histogram)
    return odds.unit(histogram, prior)


def timed(book: Book, day: int, unit: float) -> list[tuple[int, float, float]]:
    """(repeats, time of the last visit, time known) of each customer, in units of `unit` days."""
    known = (days for days in visit_days(book).values() if days)
    return [(len(days) - 1, (days[-1] - days[0]) / unit, (day - days[0]) / unit) for days in known]


def repeated(book: Book) -> Iterator[tuple[int, float]]:
    """(repeats, their mean amount in 元) of each customer who came again."""
    typical = typical_amount(book)
    for one, flat in book.bought.items():
        cents = list(_net(book, one, flat, typical).values())[1:]
        if cents:
            yield len(cents), sum(cents) / len(cents) / 100


def history_of(book: Book) -> History:
    """The book by days, for a replay; without any purchase contacts stand for visits."""
    history = History()
    for one, flat in book.bought.items():
        for day, cents in zip(flat[::2], flat[1::2], strict=True):
            history.bought[day].append((one, cents))
    for one, lines in book.taken.items():
        for back in lines:
            history.taken[back[0]].append((one, back))
    if history.bought:
        _add_contacts(history, book)
    else:
        for one, days in book.heard.items():
            for day in days:
                history.bought[day].append((one, 0))
    return history


def _add_contacts(history: History, book: Book) -> None:
    for one, spoken in book.spoke.items():
        own = set(book.heard.get(one, ()))
        for day in sorted(set(spoken)):
            history.spoke[day].append((one, day in own))
    for one, stops in book.stops.items():
        for day, stopped in sorted(stops):
            history.stops[day].append((one, stopped))
