"""The facts of the demo shop: pure, from (plan, index). Equal seed and day, equal facts.

Each customer is told by themselves, so that a million can be told in any order and in pieces.
The totals of purchases and messages are exact: each customer's share is the difference of two
rounded running sums over a repeating pattern of weights.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import TypeVar

from app.core.clock import day_of, start_of
from app.practice.demo import speech
from app.practice.demo.shares import share, weight
from app.practice.demo.told import Fact, Person, Plan
from app.practice.goods import GOODS

T = TypeVar("T")

YEARS = 730  # days of history
FEW = 300  # the customers whom one looks at; those after them wait and are due more rarely
NUMBERS = 10_000  # telephone numbers of 1380013xxxx
OWNER, MANAGER, AGENT = 0, 1, 2

ORDER_WEIGHTS = (0, 1, 12, 2, 6, 0, 3, 20, 1, 4, 8, 2, 16, 0, 5, 1, 10, 3, 2, 4)
TALK_WEIGHTS = (0, 3, 8, 0, 2, 5, 0, 12, 1, 0, 4, 2, 0, 6, 3, 0, 9, 2, 1, 0, 4, 7, 1)

CREATED, FOLLOWED, LEFT = "created", "followed", "left"
BOUGHT, HEARD, ANSWERED, NOTED, PLANNED = "bought", "heard", "answered", "noted", "planned"
RESOLVED, REFUNDED, PAID, BORN = "resolved", "refunded", "paid", "born"
SETTLED = timedelta(days=2)  # a talk that ended before is resolved
SHOWN = timedelta(days=3)  # what was said since still stands on the phone's screen


def people(plan: Plan) -> Iterator[Person]:
    return (person(plan, index) for index in range(plan.customers))


def person(plan: Plan, index: int) -> Person:
    """Everything about one customer, facts in order of time."""
    chance = Random(plan.seed * 1_000_003 + index)
    one = Person(index)
    wechat = weight(TALK_WEIGHTS, plan.seed, index) > 0
    _introduce(one, plan, chance.random, wechat=wechat)
    days = _visit_days(plan, index, chance.random)
    _buy(one, plan, days, chance.random)
    if wechat:
        _talk(one, plan, days, chance.random)
    _care(one, plan, days, chance.random)
    one.facts.sort(key=lambda fact: fact.at)
    _settle(one, plan)
    _begin(one, plan, chance.random)
    return one


def visit_days(plan: Plan, index: int) -> list[int]:
    """How many days ago each purchase was, oldest first; alone, for the shop's rhythm."""
    chance = Random(plan.seed * 1_000_003 + index)
    one = Person(index)
    _introduce(one, plan, chance.random, wechat=weight(TALK_WEIGHTS, plan.seed, index) > 0)
    return _visit_days(plan, index, chance.random)


# Who --------------------------------------------------------------------------------------------

Chance = Callable[[], float]


def _introduce(one: Person, plan: Plan, chance: Chance, *, wechat: bool) -> None:
    luck = chance()
    if not (wechat and luck < 0.08):
        one.name = _name(one.index, chance)
        one.owner = _pick((AGENT, AGENT, AGENT, MANAGER, None), chance)
        if luck > 0.7:
            one.remark = _pick(speech.REMARKS, chance)
        if luck > 0.2 or not wechat:
            _number(one, plan)
    if wechat:
        one.openid = f"oDemo{plan.seed % 10_000:04d}{one.index:019d}"


def _name(index: int, chance: Chance) -> str:
    luck = chance()
    if index % 31 == 7 and luck < 0.9:
        return speech.LONG_NAMES[index // 31 % len(speech.LONG_NAMES)]
    if luck < 0.15:
        return _pick(speech.CHILDREN, chance) + _pick(("妈妈", "妈", "爸爸", "奶奶"), chance)
    surname = _pick(speech.DOUBLE if luck > 0.985 else speech.SURNAMES, chance)
    return surname + _pick(speech.GIVEN, chance)


def _number(one: Person, plan: Plan) -> None:
    """Each number once as an identity; later customers have one that only reaches them."""
    number = f"1380013{(one.index * 7919 + plan.seed) % NUMBERS:04d}"
    if one.index < NUMBERS:
        one.phone = number
    else:
        one.contact_phone = number


def _pick(among: Sequence[T], chance: Chance) -> T:
    return among[int(chance() * len(among))]


# What they bought -------------------------------------------------------------------------------


def _visit_days(plan: Plan, index: int, chance: Chance) -> list[int]:
    count = share(ORDER_WEIGHTS, plan, index, plan.orders)
    gap = 12 + 40 * chance() * chance()
    day = _last_day(gap, chance())
    found: list[float] = []
    for _purchase in range(count):
        found.append(day)
        day += gap * (0.5 + chance())
    if found and found[-1] >= YEARS:
        found = [one * (YEARS - 1) / found[-1] for one in found]
    return [int(one) for one in reversed(found)]


def _last_day(gap: float, luck: float) -> float:
    """How many days ago they were last here: many lately, some just gone quiet, some long ago."""
    if luck < 0.50:
        return gap * luck * 1.9
    if luck < 0.66:
        return gap * (2.2 + (luck - 0.50) * 9)
    if luck < 0.82:
        return 110 + (luck - 0.66) * 1100
    return 300 + (luck - 0.82) * 1600


def _buy(one: Person, plan: Plan, days: list[int], chance: Chance) -> None:
    for day in days:
        goods = _basket(chance)
        cents = sum(GOODS[place].cents * count for place, count in goods)
        at = _moment(plan, day, chance)
        bought = Fact(at, BOUGHT, cents=cents, by=one.owner, goods=goods)
        one.facts.append(bought)
        one.facts += [fact for fact in _afterwards(bought, plan, chance) if fact.at <= plan.asof]


def _afterwards(bought: Fact, plan: Plan, chance: Chance) -> list[Fact]:
    """Now and then one piece comes back, or a regular pays later: on the day agreed, or late."""
    luck, (place, count) = chance(), bought.goods[0]
    later = bought.at + timedelta(days=1 + int(chance() * 6), minutes=int(chance() * 90))
    if luck < 0.02 and count > 1:
        back = GOODS[place].cents
        text = _pick(speech.REASONS, chance)
        return [Fact(later, REFUNDED, text, back, by=bought.by, of=bought)]
    lately = plan.asof - bought.at < timedelta(days=45)
    if luck > (0.93 if lately else 0.985) and bought.by is not None:
        bought.owed = bought.cents if chance() < 0.6 else bought.cents // 2
        bought.due = bought.at + timedelta(days=(7, 15, 30)[int(chance() * 3)])
        paid = bought.due + timedelta(days=int(chance() * 9) - 3)
        if chance() < 0.75 or plan.asof - bought.at > timedelta(days=90):
            return [Fact(paid, PAID, cents=bought.owed, by=bought.by, of=bought,
                         method=_pick(("wechat", "cash", "alipay"), chance))]  # fmt: skip
    return []


def _basket(chance: Chance) -> tuple[tuple[int, int], ...]:
    """One good, or two different ones."""
    place, count = int(chance() * len(GOODS)), 1 + int(chance() * 2.2)
    if chance() < 0.7:
        return ((place, count),)
    other = (place + 1 + int(chance() * (len(GOODS) - 1))) % len(GOODS)
    return ((place, count), (other, 1))


def _moment(plan: Plan, days_ago: int, chance: Chance) -> datetime:
    """A minute of the opening hours of a day, never in the future."""
    minutes = 570 + int(chance() * 660)
    at = _start(plan.asof, days_ago) + timedelta(minutes=minutes)
    return at if at <= plan.asof else plan.asof - timedelta(minutes=1 + minutes % 30)


@lru_cache(maxsize=2048)
def _start(asof: datetime, days_ago: int) -> datetime:
    return start_of(day_of(asof) - timedelta(days=days_ago))


# What was said ----------------------------------------------------------------------------------


def _talk(one: Person, plan: Plan, days: list[int], chance: Chance) -> None:
    """Short talks before some purchases and, of the warm ones, also lately."""
    left = share(TALK_WEIGHTS, plan, one.index, plan.messages)
    waits = left > 0 and (one.index % 25 == 3 if one.index < FEW else one.index % 500 == 3)
    if one.owner is None and left > waits:
        one.owner = MANAGER  # whoever answers somebody of the pool looks after them from then on
    by = one.owner
    if waits:
        left -= 1
        ago = 6 + int(chance() * chance() * 600)
        at = plan.asof - timedelta(minutes=ago)
        one.facts.append(Fact(at, HEARD, _pick(speech.WAITING, chance)))
    while left > 0:
        lines: tuple[str, ...] = _pick(speech.TALKS, chance)
        if left < 4:  # the shop has the last word, or somebody would seem to wait
            lines = lines[: left - left % 2] + lines[3:] * (left % 2)
        at = _moment(plan, _talk_day(days, chance), chance) - timedelta(minutes=40)
        for place, text in enumerate(lines):
            ours = place % 2 or place == len(lines) - 1
            kind, who = (ANSWERED, by) if ours else (HEARD, None)
            one.facts.append(Fact(at, kind, text, by=who))
            at += timedelta(minutes=1 + int(chance() * 6))
        left -= len(lines)


def _settle(one: Person, plan: Plan) -> None:
    """A talk that was answered days ago is resolved; a later one stays open."""
    said = [fact for fact in one.facts if fact.kind in (HEARD, ANSWERED)]
    one.lately = [fact for fact in said if plan.asof - fact.at < SHOWN]
    if said and said[-1].kind == ANSWERED and plan.asof - said[-1].at > SETTLED:
        one.facts.append(Fact(said[-1].at + timedelta(minutes=20), RESOLVED, by=said[-1].by))
        one.facts.sort(key=lambda fact: fact.at)


def _talk_day(days: list[int], chance: Chance) -> int:
    luck = chance()
    if days and luck < 0.8:
        return _pick(days, chance)
    return int(luck * chance() * 200) + 1


# How the shop looks after them ------------------------------------------------------------------


def _care(one: Person, plan: Plan, days: list[int], chance: Chance) -> None:
    luck = chance()
    by = one.owner if one.owner is not None else MANAGER
    for _note in range(int(luck * 3) if luck > 0.55 else 0):
        text, method, result = _pick(speech.NOTES, chance)
        day = _pick(days, chance) if days else int(chance() * 200) + 1
        at = _moment(plan, day, chance)
        one.facts.append(Fact(at, NOTED, text, by=by, method=method, result=result))
    if one.index % (9 if one.index < FEW else 25) == 4 and one.name:
        due_in = _pick((-5, -3, -2, -1, 0, 0, 0, 1, 2, 4, 7, 12, 20), chance)
        due = _start(plan.asof, -due_in) + timedelta(minutes=600 + 30 * int(chance() * 16))
        planned = _moment(plan, max(1, 7 - due_in), chance)
        one.facts.append(
            Fact(planned, PLANNED, _pick(speech.ERRANDS, chance), by=one.owner, due=due)
        )


def _begin(one: Person, plan: Plan, chance: Chance) -> None:
    """Before everything else the card is made, and who has WeChat follows."""
    first = one.facts[0].at if one.facts else _moment(plan, int(chance() * YEARS), chance)
    start = [Fact(first - timedelta(minutes=30), CREATED, by=None if not one.phone else one.owner)]
    if one.openid:
        scene = _pick(speech.SCENES, chance)
        start.append(Fact(first - timedelta(minutes=25), FOLLOWED, scene))
        if chance() < 0.03 and one.facts and one.facts[-1].kind != HEARD:
            gone = min(one.facts[-1].at + timedelta(days=2), plan.asof)
            one.facts.append(Fact(gone, LEFT))
    one.facts[:0] = start
    if one.name and chance() < 0.6:
        _child(one, plan, chance)


def _child(one: Person, plan: Plan, chance: Chance) -> None:
    """Whose birthday somebody wrote down, at once or when they were born."""
    born = _start(plan.asof, 5 + int(chance() * 800)) + timedelta(hours=12)
    told = max(born + timedelta(days=2), one.facts[0].at + timedelta(minutes=3))
    if told <= plan.asof:
        name = _pick(speech.CHILDREN, chance)
        one.facts.append(Fact(told, BORN, name, by=one.owner, due=born))
        one.facts.sort(key=lambda fact: fact.at)
