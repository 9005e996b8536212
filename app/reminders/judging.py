"""How good the order and the reminders were: counted on what came afterwards. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.customers import odds
from app.reminders import policy
from app.reminders.replay import Past, Reminder, Replay

FIXED = (30, 60, 90)  # days of the rules that shops use
STAYED = 90  # days without a visit after a reminder: it was a real lapse
FEWEST_CELL = 50  # customers on either side before the shop's own odds replace the usual ones
BANDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Seen:
    """One customer on a day: the chance we gave, the silence, and whether they came."""

    chance: float
    gap: int
    came: bool


@dataclass(frozen=True)
class Band:
    """Customers of a like chance: how many, what we said, how many came."""

    top: float
    count: int
    said: float
    came: int


@dataclass(frozen=True)
class Reached:
    """What a list of reminders reached."""

    count: int
    came_soon: int  # within 28 days, by themselves
    stayed_away: int  # for more than 90 days
    value: int  # 分 per 90 days of those who stayed away
    in_time: int  # the same, less for every day that it was late


def look(
    visits: Iterable[Sequence[int]], day: int, unit: float, h: int = odds.HORIZON
) -> list[Seen]:
    """Every customer known on `day`, with the chance we gave and what came."""
    found = []
    for days in visits:
        known = [one for one in days if one <= day]
        if known:
            gap = day - known[-1]
            given = odds.chance(len(known) - 1, known[-1] - known[0], gap, unit, h)
            found.append(Seen(given, gap, any(day < one <= day + h for one in days)))
    return found


def auc(pairs: Iterable[tuple[float, bool]]) -> float:
    """How often one who came was placed above one who did not; ties count half."""
    below = total = 0.0
    all_came = all_stayed = 0
    groups: dict[float, list[int]] = {}
    for score, came in pairs:
        groups.setdefault(score, [0, 0])[came] += 1
    for _score, (stayed, here) in sorted(groups.items()):
        total += here * (below + stayed / 2)
        below += stayed
        all_came, all_stayed = all_came + here, all_stayed + stayed
    return total / (all_came * all_stayed) if all_came and all_stayed else 0.5


def ranking(seen: Sequence[Seen]) -> dict[str, float]:
    """The AUC of our chance, and of the rules «N days away means gone»."""
    found = {"ours": auc((one.chance, one.came) for one in seen)}
    for days in FIXED:
        found[str(days)] = auc((float(one.gap < days), one.came) for one in seen)
    found["recency"] = auc((-float(one.gap), one.came) for one in seen)
    return found


def bands(seen: Iterable[Seen]) -> list[Band]:
    """What we said beside what came, in bands of the chance."""
    found = {top: [0, 0.0, 0] for top in BANDS}
    for one in seen:
        band = found[next(top for top in BANDS if one.chance <= top)]
        band[0] += 1
        band[1] += one.chance
        band[2] += one.came
    return [
        Band(top, int(count), said / count, int(came))
        for top, (count, said, came) in found.items()
        if count
    ]


def reached(reminders: Iterable[Reminder], visits: Mapping[str, Sequence[int]]) -> Reached:
    """What these reminders reached, by what the customers did afterwards."""
    count = came_soon = stayed_away = 0
    value = in_time = 0.0
    for one in reminders:
        later = next((day for day in visits[one.customer.name] if day >= one.on), None)
        away = later - one.on if later else None
        count += 1
        came_soon += away is not None and away <= odds.HORIZON
        if away is None or away > STAYED:
            stayed_away += 1
            worth = max(0, one.spent) * odds.AHEAD / max(odds.AHEAD, one.known_days)
            value += worth
            in_time += worth * max(0.0, 1 - (one.on - one.lapse) / odds.YEAR)
    return Reached(count, came_soon, stayed_away, round(value), round(in_time))


class Fixed(Replay):
    """The rule that shops use: N days away, the newest silence first, as many a day as asked."""

    def __init__(self, *args: object, days: int, a_day: Counter[int], spend: bool = False) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.days, self.a_day, self.spend = days, a_day, spend

    def _date(self, past: Past) -> None:
        super()._date(past)
        if past.visits:
            self.due[past.quiet_on].discard(past.name)
            past.quiet_on = past.visits[-1] + self.days
            past.dormant_on = past.quiet_on + 10_000
            self.due[past.quiet_on].add(past.name)

    def _best(self, day: int, cap: int) -> list[Past]:
        fits = [past for past in self._quiet(day) if self._remindable(past, day)]
        if self.spend:
            fits.sort(key=lambda past: (-past.cents, past.name))
        else:
            fits.sort(key=lambda past: (-past.quiet_on, past.name))
        return fits[: self.a_day[day]]


def a_day(reminders: Iterable[Reminder]) -> Counter[int]:
    """How many reminders each day had: a fair comparison has as many."""
    return Counter(one.on for one in reminders)


def kept_promises(reminders: Sequence[Reminder], cap: int) -> list[str]:
    """What the policy promises and these reminders break; empty when it keeps its word."""
    broken = []
    if any(count > cap for count in a_day(reminders).values()):
        broken.append("cap")
    if len({(one.customer.name, one.lapse) for one in reminders}) < len(reminders):
        broken.append("double")
    last: dict[str, Reminder] = {}
    for one in reminders:
        before = last.get(one.customer.name)
        if before and one.on - before.on <= policy.COOL_DOWN:
            broken.append("cool-down")
        if before and (not before.closed_on or before.closed_on > one.on):
            broken.append("not closed")
        last[one.customer.name] = one
    return broken


@dataclass(frozen=True)
class Called:
    """How many silences a rule called quiet in some days, and what became of them."""

    count: int
    came_soon: int  # within 28 days after the call
    stayed_away: int  # for more than 90 days after it


def called(
    visits: Iterable[Sequence[int]], first: int, last: int, silence: Callable[[int, int], int]
) -> Called:
    """The silences that a rule calls on the days first..last. `silence(repeats, span)` is the
    rule: after how many days."""
    count = came_soon = stayed_away = 0
    for days in visits:
        for at, day in enumerate(days):
            on = day + silence(at, day - days[0])
            later = days[at + 1] if at + 1 < len(days) else None
            if first <= on <= last and (later is None or later > on):
                count += 1
                came_soon += later is not None and later - on <= odds.HORIZON
                stayed_away += later is None or later - on > STAYED
    return Called(count, came_soon, stayed_away)


def odds_ratio(cells: Sequence[int]) -> float | None:
    """How much more often the warm come back: (warm, of them back, cold, of them back); None
    while either side is small or all alike."""
    warm, warm_back, cold, cold_back = cells
    if min(warm, cold) < FEWEST_CELL:
        return None
    stay, back = warm - warm_back, cold - cold_back
    if not (warm_back and cold_back and stay and back):
        return None
    return (warm_back / stay) / (cold_back / back)
