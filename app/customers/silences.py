"""The days on which customers become quiet or lost: marked as they come, moved when the shop's
pace moves. No job ever passes over everybody on a usual night."""

import time
from collections.abc import Iterator, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import bindparam, select

from app.core.batches import PAUSE
from app.core.clock import LONG_AGO_DAY, today
from app.core.db import ask, db, looking, put_row
from app.core.jobs import job
from app.core.leases import got_on
from app.core.settings import SettingRow
from app.customers import dating, shop_rhythm
from app.customers.models import Customer
from app.customers.shop_rhythm import Pace

C = Customer
T = TypeVar("T")
READ = 16_000  # customers read at once, without any lock
FEWEST, MOST = 20, 2000  # customers written in one transaction
AIM = 0.02  # seconds of one such transaction: the slowest of a hundred still end within 0.05
GROWTH = 1.25  # of one part over the last: a dear one after a cheap one must not be far too long
NO_KEY = {"key_share": True}  # a lock that lets others write rows which point at the customer
MARKED = "customers.marked_through"  # the last day whose new silences are marked

SUMMARY = (
    C.visits, C.priced_visits, C.spent_cents, C.first_visit_on, C.last_visit_on, C.inbound_days,
    C.first_inbound_on, C.last_inbound_on,
)  # fmt: skip
MOVED = ("quiet_on", "dormant_on", "lost_on", "at_risk_cents")  # warmth goes by no pace
COLUMNS = (C.id, *SUMMARY, *(getattr(C, name) for name in MOVED))
# What the dates follow from: who acted since it was read has had theirs recomputed already.
SAME = (C.visits, C.spent_cents, C.last_visit_on, C.inbound_days)
PUT = (
    db.update(C)
    .where(C.id == bindparam("of"), *(c == bindparam(f"was_{c.key}") for c in SAME))
    .values({name: bindparam(f"new_{name}") for name in MOVED})
    .execution_options(synchronize_session=False)
)


@job()
def move_dates() -> None:
    """The shop's pace has moved: give every customer the dates that follow from it."""
    give_dates()


def give_dates(*among: Any) -> None:
    """The dates of the shop's pace at present, for everybody who has a rhythm."""
    has_rhythm = (C.visits > 0) | (C.inbound_days > 1)
    _write_through(select(*COLUMNS).where(has_rhythm, *among))


@job()
def move_values() -> None:
    """Only the usual amount has moved: the values of who is quiet follow."""
    _write_through(select(*COLUMNS).where(C.at_risk_cents.is_not(None)))


@job()
def mark() -> None:
    """Value whoever became quiet since the last time, and let go of whoever counts as lost."""
    day, since = today(), _marked_through()
    if day <= since:
        return
    known = C.at_risk_cents.is_not(None)
    new_lost, new_quiet = (
        (C.lost_on > since, C.lost_on <= day),
        (C.quiet_on > since, C.quiet_on <= day),
    )
    _write_through(select(*COLUMNS).where(*new_lost, known), C.lost_on)
    _write_through(select(*COLUMNS).where(*new_quiet, C.lost_on > day), C.quiet_on)
    put_row(SettingRow, {"name": MARKED}, value=day.isoformat())
    db.session.commit()


def _marked_through() -> date:
    row = db.session.scalar(select(SettingRow.value).where(SettingRow.name == MARKED))
    return date.fromisoformat(str(row)) if row else LONG_AGO_DAY


def _write_through(wanted: Any, by: Any = None) -> None:
    """Give the wanted customers what follows for them, in short writes, along one index.

    Each of many is written beside those who become quiet on the same days: they stand side by side
    in every index of dates, so a short write touches few of its pages.
    """
    day, writer = today(), Writer[dict[str, Any]]()
    order = (C.id,) if by is None else (by, C.id)
    after: Any = (0,) if by is None else (LONG_AGO_DAY, 0)
    while rows := read(wanted.where(db.tuple_(*order) > after).order_by(*order).limit(READ)):
        with looking():  # or the lock would be held while thousands of dates are worked out
            pace = shop_rhythm.current()
        changed = sorted(_changed(rows, pace, day), key=itemgetter("new_quiet_on"))
        for part in writer.parts(changed):
            _write(part)
        got_on()
        after = tuple(getattr(rows[-1], column.key) for column in order)
    db.session.expire_all()


def read(statement: Any) -> Sequence[Any]:
    """Rows, read without holding the writer's lock."""
    with looking():
        return db.session.execute(statement).all()


def _changed(rows: Sequence[Any], pace: Pace, day: date) -> Iterator[dict[str, Any]]:
    for row in rows:
        new = dating.dates_of(row, pace, day)
        if (new.quiet_on, new.dormant_on, new.lost_on, new.at_risk_cents) != row[-len(MOVED) :]:
            yield {
                "of": row.id, "was_visits": row.visits, "was_spent_cents": row.spent_cents,
                "was_last_visit_on": row.last_visit_on, "was_inbound_days": row.inbound_days,
                "new_quiet_on": new.quiet_on, "new_dormant_on": new.dormant_on,
                "new_lost_on": new.lost_on, "new_at_risk_cents": new.at_risk_cents,
            }  # fmt: skip


def _write(part: list[dict[str, Any]]) -> None:
    """Whoever acted meanwhile is looked at again, alone."""
    done = ask(PUT, part).rowcount
    if done != len(part):
        for one in part:
            customer = db.session.get(C, one["of"], with_for_update=NO_KEY, populate_existing=True)
            if customer:
                dating.put(customer, dating.dates_of(customer, shop_rhythm.current(), today()))


class Writer(Generic[T]):
    """Cuts work into parts that take about `aim` seconds each, and commits after each of them.

    Work of different cost wants a writer each: the size is learned from the part before.
    """

    def __init__(self, aim: float = AIM) -> None:
        self.size, self.aim = 100, aim

    def parts(self, work: list[T]) -> Iterator[list[T]]:
        at = 0
        while at < len(work):
            part = work[at : at + self.size]
            began = time.monotonic()
            yield part
            db.session.commit()
            took = max(1e-4, time.monotonic() - began)
            at += len(part)
            if len(part) == self.size:
                wanted = int(self.size * min(GROWTH, self.aim / took))
                self.size = min(MOST, max(FEWEST, wanted))
            if at < len(work):
                time.sleep(PAUSE)
