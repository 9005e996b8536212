"""The shop's own unit of time: the median days between two visits, measured again every week."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter

from app.core.clock import FAR_OFF_DAY, now
from app.core.db import db, insert_once, reading
from app.core.errors import N_
from app.core.jobs import Task, job
from app.core.settings import setting
from app.customers import rhythm
from app.customers.models import Customer, Moment, Rhythm

VISIT, CONTACT = "visit", "contact"
CHUNK = 20_000  # customers read at once

# Handed over in wiring.py: the job that moves every customer's dates to a new unit.
movers: list[Task[[]]] = []

# Days between two visits that are usual in a trade, until the shop's own history says better.
TRADES = {
    "": 30, "breakfast": 7, "food": 14, "care": 30, "baby": 35, "clothes": 60, "home": 120,
}  # fmt: skip
TRADE = setting(
    "customers.trade",
    "",
    label=N_("做哪一行"),
    hint=N_("自己的消费记录还少的时候，按行业估计老客多久来一次；记得多了，就按本店自己的"),
    choices=(
        ("", N_("其他（约 30 天）")),
        ("breakfast", N_("早餐、奶茶、便利店（约 7 天）")),
        ("food", N_("餐饮、生鲜、烘焙（约 14 天）")),
        ("care", N_("美发、美甲、宠物、洗车（约 30 天）")),
        ("baby", N_("母婴、美妆（约 35 天）")),
        ("clothes", N_("服装（约 60 天）")),
        ("home", N_("家居、数码（约 120 天）")),
    ),
    changed=lambda: _measure_again(),
    group="shop",
)


def current() -> tuple[str, float]:
    """(basis, unit in days) by which quiet customers are told at present."""
    row = _row()
    return (row.basis, row.unit_days) if row else (CONTACT, float(TRADES[TRADE()]))


def _row() -> Rhythm | None:
    return db.session.get(Rhythm, 1)


def first_purchase() -> None:
    """The shop's first purchase ends the rhythm of contacts and clears the dates it gave."""
    row = _row()
    if row and row.basis == VISIT:
        return
    _put(VISIT, float(TRADES[TRADE()]), 0)
    db.session.execute(
        db.update(Customer)
        .where(Customer.visits == 0, Customer.quiet_on < FAR_OFF_DAY)
        .values(quiet_on=FAR_OFF_DAY, dormant_on=FAR_OFF_DAY, lost_on=FAR_OFF_DAY)
    )


def _put(basis: str, unit: float, gaps: int) -> None:
    values = {"basis": basis, "unit_days": unit, "gaps": gaps, "computed_at": now()}
    insert_once(Rhythm, id=1, **values)
    row = db.session.get_one(Rhythm, 1)
    row.basis, row.unit_days, row.gaps, row.computed_at = basis, unit, gaps, now()
    db.session.flush()


@job()
def measure() -> None:
    """Measure the unit from all gaps; where it moved, move every customer's dates with it.

    A shop whose only purchases were slips, since voided, goes back to the rhythm of contacts.
    """
    was, before = current()
    bought = db.session.scalar(db.select(Customer.id).where(Customer.visits > 0).limit(1))
    basis = VISIT if bought else CONTACT
    gaps = list(_all_gaps(basis))
    unit = rhythm.unit(gaps, float(TRADES[TRADE()]))
    _put(basis, unit, len(gaps))
    db.session.commit()
    if basis != was or abs(unit - before) > 0.01:
        for mover in movers:
            mover.later()


def _all_gaps(basis: str) -> Iterator[int]:
    effect, last = ("visit" if basis == VISIT else "in"), 0
    top = db.session.scalar(db.select(db.func.max(Customer.id))) or 0
    while last < top:
        with reading():
            db.session.commit()
            rows = db.session.execute(
                db.select(Moment.customer_id, Moment.on)
                .where(Moment.customer_id > last, Moment.customer_id <= last + CHUNK)
                .where(Moment.effect == effect, ~Moment.voided)
                .group_by(Moment.customer_id, Moment.on)
                .having((db.func.sum(Moment.cents) > 0) | (db.func.min(Moment.cents) >= 0))
                .order_by(Moment.customer_id, Moment.on)
            ).all()
            db.session.commit()
        for _customer, days in groupby(rows, key=itemgetter(0)):
            yield from _gaps([day for _id, day in days])
        last += CHUNK


def _gaps(days: list[date]) -> list[int]:
    return [(b - a).days for a, b in zip(days, days[1:], strict=False)]


def _measure_again() -> None:
    measure.later()
