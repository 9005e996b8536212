"""How good it was last quarter on the shop's own history: worked out weekly, and kept.

A large shop is judged on a sample of its customers: the figures are shares, and a sample of
twenty thousand tells them to the percent.
"""

from collections import Counter
from dataclasses import asdict
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import func, select

from app.core.clock import day_of, now, today
from app.core.db import db
from app.core.jobs import job
from app.customers import odds, shop_rhythm, silences, summary
from app.customers.models import Customer, Moment
from app.customers.shop_rhythm import CONTACT
from app.reminders import judging, picking
from app.reminders.judging import FIXED, STAYED, Fixed
from app.reminders.models import QUIET, FollowUp
from app.reminders.replay import History, Replay
from app.sales import gathering

MOST = 20_000  # customers that are looked at
QUARTER = 90
Lines = list[tuple[int, int]]


@job()
def judge() -> None:
    """Judge the quarter that ended 90 days ago, whose outcome is known, and keep the result."""
    bought, heard, share = _histories()
    gathering.keep(picking.JUDGED, _figures(bought, heard, share))


def _histories() -> tuple[dict[int, Lines], dict[int, list[int]], float]:
    """Purchases and contact days of some customers, and which share of all they are."""
    top = db.session.scalar(select(func.max(Customer.id))) or 0
    step = max(1, -(-top // MOST))
    bought: dict[int, Lines] = {}
    heard: dict[int, list[int]] = {}
    for start in range(0, top, step * 1000):
        ids = list(range(start + 1, min(top, start + step * 1000) + 1, step))
        for effect, of, rows in _days(ids):
            if effect == "visit":
                bought[of] = _visits(rows)
            else:
                heard[of] = sorted({day.toordinal() for day, _cents in rows})
    return bought, heard, 1 / step


def _visits(rows: list[tuple[date, int]]) -> Lines:
    sums: Counter[date] = Counter()
    for day, cents in rows:
        sums[day] += cents
    return [(day.toordinal(), sums[day]) for day in summary.visits_of(rows).days]


def _days(ids: list[int]) -> Any:
    rows = silences.read(
        select(Moment.effect, Moment.customer_id, Moment.on, Moment.cents)
        .where(Moment.customer_id.in_(ids), Moment.effect.in_(("visit", "in")), ~Moment.voided)
        .order_by(Moment.effect, Moment.customer_id, Moment.on)
    )
    for (effect, of), lines in groupby(rows, key=itemgetter(0, 1)):
        yield effect, of, [(day, cents) for _effect, _of, day, cents in lines]


def _figures(bought: dict[int, Lines], heard: dict[int, list[int]], share: float) -> dict[str, Any]:
    pace, day = shop_rhythm.current(), today().toordinal()
    last, first = day - STAYED - 1, day - STAYED - QUARTER
    visits = {str(one): [on for on, _cents in lines] for one, lines in bought.items() if lines}
    found: dict[str, Any] = {
        "from": first, "to": last, "customers": len(visits), "share": share, "basis": pace.basis,
        "bands": [], "states": {}, "rules": {}, "warm": [0, 0, 0, 0],
    }  # fmt: skip
    if pace.basis == CONTACT or not visits:
        return found
    found["rules"] = _rules(bought, heard, visits, first, last, share, pace)
    then = day - odds.HORIZON
    unit = pace.unit
    seen = judging.look(visits.values(), then, unit)
    found["bands"] = [[b.top, b.count, b.said, b.came] for b in judging.bands(seen)]
    found["warm"] = _warm(visits, heard, then, pace)
    return found


def _rules(
    bought: dict[int, Lines], heard: dict[int, list[int]], visits: dict[str, list[int]],
    first: int, last: int, share: float, pace: shop_rhythm.Pace,
) -> dict[str, Any]:  # fmt: skip
    """Ours and the fixed rules: whom each calls, and what as many reminders reach."""
    history, prior = History(), pace.unit
    for one, lines in bought.items():
        for day, cents in lines:
            history.bought[day].append((str(one), cents))
    for one, days in heard.items():
        for day in days:
            history.spoke[day].append((str(one), True))
    cap = max(1, round(picking.PER_DAY() * share))

    def ours(x: int, span: int) -> int:
        return odds.silences(x, span, pace.unit, pace.share)[0]

    raised = list(Replay(history, prior, pace.share).run(first, last, cap))
    rows = {"ours": _row(visits, first, last, ours, raised)}
    for fixed in FIXED:
        rule = Fixed(history, prior, days=fixed, a_day=judging.a_day(raised))
        theirs = list(rule.run(first, last, cap))
        rows[str(fixed)] = _row(visits, first, last, lambda _x, _span, n=fixed: n, theirs)
    return rows


def _row(visits: dict[str, list[int]], first: int, last: int, rule: Any, raised: Any) -> Any:
    called = judging.called(visits.values(), first, last, rule)
    reached = judging.reached(raised, visits)
    return {**asdict(called), "reminders": reached.count, "value": reached.value}


def _warm(
    visits: dict[str, list[int]], heard: dict[int, list[int]], day: int, pace: shop_rhythm.Pace
) -> list[int]:
    """[warm, of them back, cold, of them back] of those who were quiet on a day."""
    cells = [0, 0, 0, 0]
    for one, days in visits.items():
        known = [on for on in days if on <= day]
        if not known:
            continue
        x, span = len(known) - 1, known[-1] - known[0]
        if day - known[-1] < odds.silences(x, span, pace.unit, pace.share)[0]:
            continue
        spoke = [on for on in heard.get(int(one), ()) if on <= day]
        warm = bool(spoke) and spoke[-1] > known[-1]
        warm = warm and day - spoke[-1] <= odds.warm_days(spoke[0], spoke[-1], len(spoke))
        at = 0 if warm else 2
        cells[at] += 1
        cells[at + 1] += any(day < on <= day + odds.HORIZON for on in days)
    return cells


def effect() -> dict[str, list[int]]:
    """[silences, of them back within 28 days] with a reminder and, by the hash, without one; of
    the last half year, and only of those whose 28 days are over."""
    since, until = now() - timedelta(days=180), now() - timedelta(days=odds.HORIZON)
    back = (Moment.customer_id == FollowUp.customer_id) & (Moment.effect == "visit")
    rows = db.session.execute(
        select(FollowUp.outcome, FollowUp.created_at, func.min(Moment.on))
        .outerjoin(Moment, back & ~Moment.voided & (Moment.at >= FollowUp.created_at))
        .where(FollowUp.kind == QUIET, FollowUp.created_at.between(since, until))
        .group_by(FollowUp.id, FollowUp.outcome, FollowUp.created_at)
        .limit(MOST)
    )
    found = {"reminded": [0, 0], "held": [0, 0]}
    for outcome, raised_at, on in rows:
        side = found["held" if outcome == picking.HELD else "reminded"]
        side[0] += 1
        side[1] += on is not None and (on - day_of(raised_at)).days <= odds.HORIZON
    return found
