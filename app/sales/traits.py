"""What a customer's history suggests, each with a number of 0..100 and the three facts behind it.

Pure: facts in, traits out. A trait says what it goes by, from which day its newest fact is, and
how fast it fades; it suggests, and never acts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import exp2, sqrt

from app.core.errors import N_

HALF_A_YEAR, A_YEAR = 180, 365  # days after which a fact counts half
USUAL_SHARE = 4  # purchases of the shop that stand for the customer's own, while those are few
FEW_IN_COMMON = 20  # customers; two things bought together by fewer are drawn toward nothing
RANGE = (0.7, 1.3)  # an estimate is told as a range
Fact = tuple[str, dict[str, object]]


@dataclass(frozen=True)
class Trait:
    """One suggestion. `half_life` of 0: it fades with the silence itself, by its formula."""

    name: str
    score: int
    said: Fact
    facts: tuple[Fact, Fact, Fact]
    on: date | None
    half_life: int = 0


def faded(score: float, days: int, half_life: int) -> int:
    """A score after so many days without a new fact, 0..100."""
    return round(min(100.0, max(0.0, score)) * exp2(-max(0, days) / half_life))


def place(value: float, steps: Sequence[float]) -> int:
    """How many of a hundred stay below a value, by the shop's percentiles; ties count half."""
    if not steps:
        return 0
    below = sum(step < value for step in steps) + sum(step == value for step in steps) / 2
    return round(100 * below / len(steps))


def percentiles(values: Sequence[float]) -> list[float]:
    """A hundred steps of the values; all of them where there are fewer."""
    known = sorted(values)
    if len(known) <= 100:
        return known
    return [known[(2 * step + 1) * len(known) // 200] for step in range(100)]


def likeness(both: int, one: int, other: int) -> float:
    """How much two things are bought by the same customers: a cosine, drawn toward nothing."""
    return both / (sqrt(one * other) + FEW_IN_COMMON)


def potential(
    worth: int, visits: float, back_share: float, steps: Sequence[float], last: date
) -> Trait:
    """获利潜力: what twelve months may bring, refunds taken off."""
    year = worth * visits * (1.0 - back_share)
    low, high = (round(year * edge) for edge in RANGE)
    return Trait(
        "potential", place(year, steps),
        (N_("往后 12 个月约 %(low)s 到 %(high)s"), {"low": low, "high": high}),
        (
            (N_("每次来约 %(sum)s"), {"sum": worth}),
            (N_("预计再来 %(n)s 次"), {"n": f"{visits:.1f}"}),
            (N_("退款约占 %(n)s%%"), {"n": round(100 * back_share)}),
        ),
        last,
    )  # fmt: skip


def cross_sell(
    suggested: Sequence[tuple[str, str, float, int]], today: date, last: date
) -> Trait | None:
    """交叉购买: (what they have, what goes with it, how much, by how many), the best first."""
    if not suggested:
        return None
    has, goes, weight, both = suggested[0]
    others = "、".join(goes for _has, goes, _w, _b in suggested[1:5]) or "—"
    return Trait(
        "cross", faded(100 * min(1.0, 3 * weight), (today - last).days, HALF_A_YEAR),
        (N_("买过 %(has)s 的客户常也买 %(goes)s"), {"has": has, "goes": goes}),
        (
            (N_("%(n)s 位客户两样都买过"), {"n": both}),
            (N_("还可以提：%(others)s"), {"others": others}),
            (N_("最近一次来：%(day)s"), {"day": last}),
        ),
        last, HALF_A_YEAR,
    )  # fmt: skip


def value_add(
    category: str, own: int, bought: int, steps: Sequence[float], below: int, today: date,
    last: date,
) -> Trait | None:  # fmt: skip
    """增值购买: what they buy of a category lies among the cheaper of the shop."""
    if not steps or bought < 3 or place(own, steps) >= below:
        return None
    above = sum(step > own for step in steps) / len(steps)
    return Trait(
        "upgrade", faded(100 * above, (today - last).days, HALF_A_YEAR),
        (N_("%(category)s 还可升级"), {"category": category}),
        (
            (N_("平常买 %(sum)s 左右的"), {"sum": own}),
            (N_("本店一半在 %(sum)s 以上"), {"sum": round(steps[len(steps) // 2])}),
            (N_("这一类买过 %(n)s 次"), {"n": bought}),
        ),
        last, HALF_A_YEAR,
    )  # fmt: skip


def credit(
    orders: int, refunds: Sequence[date], usual: float, late_days: int, owed: int, today: date,
    *, many: int, late: int,
) -> Trait | None:  # fmt: skip
    """退货偏多, 欠款逾期: never a word about the person. A refund counts half after a year."""
    back = sum(exp2(-max(0, (today - day).days) / A_YEAR) for day in refunds)
    share = 100 * (back + USUAL_SHARE * usual) / (orders + USUAL_SHARE)
    if share < many and late_days < late:
        return None
    said = N_("退货偏多") if share >= many else N_("欠款逾期")
    return Trait(
        "credit", min(100, round(share) + max(0, late_days)), (said, {}),
        (
            (N_("消费 %(orders)s 笔，退过 %(back)s 笔"), {"orders": orders, "back": len(refunds)}),
            (N_("本店平常每百笔退 %(n)s 笔"), {"n": round(100 * usual)}),
            (N_("还欠 %(owed)s，逾期 %(days)s 天"), {"owed": owed, "days": max(0, late_days)}),
        ),
        max(refunds, default=today), A_YEAR,
    )  # fmt: skip
