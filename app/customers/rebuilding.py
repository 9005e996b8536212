"""The summary of every customer, computed again from their moments: found out where it differs,
and put right. The columns kept here are those that moments give; what is owed, waits or is due is
kept by the rooms that know it."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    distinct,
    func,
    literal,
    or_,
    select,
    update,
)

from app.core.clock import LONG_AGO, LONG_AGO_DAY, now, today
from app.core.db import ask, db
from app.core.leases import got_on
from app.customers import dating, rhythm, shop_rhythm, summary
from app.customers.models import Customer, Moment
from app.customers.silences import Writer, read

C, M = Customer, Moment
RANGE = 5000  # numbers of customers looked at together
EMPTY: dict[str, Any] = {
    "visits": 0, "purchases": 0, "priced_visits": 0, "spent_cents": 0,
    "first_visit_on": LONG_AGO_DAY, "last_visit_on": LONG_AGO_DAY,
    "inbound_days": 0, "first_inbound_on": LONG_AGO_DAY, "last_inbound_on": LONG_AGO_DAY,
    "last_inbound_at": LONG_AGO, "last_outbound_at": LONG_AGO, "last_activity_at": LONG_AGO,
}  # fmt: skip


def differing() -> Iterator[list[int]]:
    """The numbers of the customers whose summary is not what their moments say, range by range.
    Reads only, and holds no lock."""
    last = _last()
    for low in range(0, last, RANGE):
        mine = and_(C.id > low, C.id <= low + RANGE)
        theirs = and_(M.customer_id > low, M.customer_id <= low + RANGE)
        wrong = {row.id for row in read(_wrong(mine, theirs))}
        pairs = {row.id for row in read(_pairs(mine)) if row.usual_gap != _between(row)}
        often = M.customer_id.in_(select(C.id).where(mine, C.visits > 2))
        odd = _odd_gaps(read(_visit_days(mine, often)))
        yield sorted(wrong | pairs | odd)


def rebuild() -> Iterator[int]:
    """Put right what differs, in short writes; how many of each range were."""
    writer = Writer[int]()
    for wrong in differing():
        for part in writer.parts(wrong):
            _mend(part)
        got_on()
        yield len(wrong)
    db.session.expire_all()


def how_many() -> int:
    return int(read(select(func.count(C.id)))[0][0])


def ranges() -> int:
    """Into how many parts the work is cut."""
    return -(-_last() // RANGE)


def _last() -> int:
    return int(read(select(func.coalesce(func.max(C.id), 0)))[0][0])


def _mend(ids: list[int]) -> None:
    """What moments say now: whoever acts meanwhile waits."""
    ask(select(C.id).where(C.id.in_(ids)).order_by(C.id).with_for_update(key_share=True))
    mine, theirs = C.id.in_(ids), M.customer_id.in_(ids)
    gaps = {of: _gap(days) for of, days in _by_customer(ask(_visit_days(mine, theirs)))}
    pace, day = shop_rhythm.current(), today()
    rows = [_row(one, gaps.get(one.id, 0), pace, day) for one in ask(told(mine, theirs)).all()]
    ask(_put(), rows)


def _row(one: Any, gap: int, pace: shop_rhythm.Pace, day: date) -> dict[str, Any]:
    kept = SimpleNamespace(**one._asdict(), usual_gap=gap)
    dating.put(kept, dating.dates_of(kept, pace, day))
    return {f"new_{name}": value for name, value in vars(kept).items()}


def _put() -> Any:
    names = (*EMPTY, "usual_gap", *dating.Dates._fields)
    values = {name: bindparam(f"new_{name}", type_=getattr(C, name).type) for name in names}
    table: Any = C.__table__
    return update(table).where(C.id == bindparam("new_id")).values(values)


# What the moments say, as selects ---------------------------------------------------------------


def told(mine: ColumnElement[bool], theirs: ColumnElement[bool]) -> Any:
    """(id, every column of EMPTY) of the customers."""
    bought, talked = _bought(theirs), _talked(theirs)
    both = {**{c.name: c for c in bought.c}, **{c.name: c for c in talked.c}}
    columns = [func.coalesce(both[name], nothing).label(name) for name, nothing in EMPTY.items()]
    rows = select(C.id, *columns).outerjoin(bought, bought.c.of == C.id)
    return rows.outerjoin(talked, talked.c.of == C.id).where(mine)


def _wrong(mine: ColumnElement[bool], theirs: ColumnElement[bool]) -> Any:
    found = told(mine, theirs).subquery()
    kept = [getattr(C, name) != found.c[name] for name in EMPTY]
    alone = and_(found.c.visits < 2, C.usual_gap != 0)
    return select(C.id).join(found, found.c.id == C.id).where(or_(*kept, alone))


def _purchase_days(theirs: ColumnElement[bool]) -> Any:
    """One row for each customer and day with a purchase that counts."""
    return (
        select(
            M.customer_id.label("of"),
            M.on,
            func.sum(M.cents).label("cents"),
            func.count().filter(M.cents >= 0).label("purchases"),
            func.count().filter(M.cents < 0).label("refunds"),
        )
        .where(theirs, M.effect == "visit", ~M.voided)
        .group_by(M.customer_id, M.on)
        .subquery()
    )


def _is_visit(days: Any) -> ColumnElement[bool]:
    """A purchase of unknown amount is a visit; what was given back in full is none."""
    return or_(days.c.cents > 0, and_(days.c.cents == 0, days.c.refunds == 0))


def _bought(theirs: ColumnElement[bool]) -> Any:
    days = _purchase_days(theirs)
    visit = _is_visit(days)
    return (
        select(
            days.c.of,
            func.count().filter(visit).label("visits"),
            func.sum(days.c.purchases).label("purchases"),
            func.count().filter(days.c.cents > 0).label("priced_visits"),
            func.sum(days.c.cents).label("spent_cents"),
            func.min(days.c.on).filter(visit).label("first_visit_on"),
            func.max(days.c.on).filter(visit).label("last_visit_on"),
        )
        .group_by(days.c.of)
        .subquery()
    )


def _talked(theirs: ColumnElement[bool]) -> Any:
    heard, said = M.effect == "in", M.effect == "out"
    present = literal(now(), M.at.type)
    met = func.max(M.at).filter(summary.met())
    return (
        select(
            M.customer_id.label("of"),
            func.count(distinct(M.on)).filter(heard).label("inbound_days"),
            func.min(M.on).filter(heard).label("first_inbound_on"),
            func.max(M.on).filter(heard).label("last_inbound_on"),
            func.max(M.at).filter(heard).label("last_inbound_at"),
            func.max(M.at).filter(said).label("last_outbound_at"),
            case((met > present, present), else_=met).label("last_activity_at"),
        )
        .where(theirs, ~M.voided)
        .group_by(M.customer_id)
        .subquery()
    )


# The usual gap is a median, which the databases do not compute alike ----------------------------


def _pairs(mine: ColumnElement[bool]) -> Any:
    """Who came twice: the two days are kept, so nothing is to be counted."""
    kept = select(C.id, C.usual_gap, C.first_visit_on, C.last_visit_on)
    return kept.where(mine, C.visits == 2)


def _between(row: Any) -> int:
    return int((row.last_visit_on - row.first_visit_on).days)


def _visit_days(mine: ColumnElement[bool], theirs: ColumnElement[bool]) -> Any:
    days = _purchase_days(theirs)
    rows = select(C.id, C.usual_gap, days.c.on).join(days, days.c.of == C.id)
    return rows.where(mine, _is_visit(days)).order_by(C.id, days.c.on)


def _by_customer(rows: Any) -> Iterator[tuple[int, list[Any]]]:
    for of, days in groupby(rows, attrgetter("id")):
        yield of, list(days)


def _gap(days: list[Any]) -> int:
    gaps = [(b.on - a.on).days for a, b in zip(days, days[1:], strict=False)]
    return rhythm.median(gaps) if gaps else 0


def _odd_gaps(rows: Any) -> set[int]:
    return {of for of, days in _by_customer(rows) if days[0].usual_gap != _gap(days)}
