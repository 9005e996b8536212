"""What it costs to look at everybody's communities: run as a program of its own.

Prints JSON: `night`, processor seconds of the nightly look that finds nothing to change, over those
of each rule asked alone; `fill`, of a first filling over each rule asked alone and one plain,
indexed write of as many rows; `longest`, milliseconds of the longest write transaction; `one`,
processor milliseconds of one customer's look.
"""

import json
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import event, func, select

from app import create_app
from app.community import community, conditions, groups, joining, rules
from app.community.models import Group, Membership
from app.core.db import ask, db
from app.core.many import insert_all
from app.customers.models import Customer, Moment
from scripts.benching.shop import ROOT, Shop

ONES = 200
CHUNK = 5000


def measure(shop: Shop) -> dict[str, float]:
    """{"night": ratio, "fill": ratio, "longest": ms, "one": ms} of this shop."""
    command = [sys.executable, "-m", "scripts.benching.joining"]
    said = subprocess.run(command, cwd=ROOT, env=shop.environ, check=True, capture_output=True)
    return dict(json.loads(said.stdout))


def night() -> float:
    """Nothing has changed: the look alone."""
    _look()
    return _worked(_look) / _worked(_raw)


def fill() -> tuple[float, float]:
    """Everybody comes in anew, by (ratio, longest transaction in milliseconds)."""
    kept = _rows()
    _empty()
    held = _watch()
    filled = _worked(_look)
    longest = max(held, default=0.0)
    _empty()
    plain = _worked(lambda: _write(kept)) + _worked(_raw)
    return filled / plain, longest


def one() -> float:
    """The look at one customer, as after each act."""
    some = list(db.session.scalars(select(Customer).limit(ONES)))
    db.session.commit()
    joining.refresh(some[0])
    took = _worked(lambda: deque(map(joining.refresh, some), maxlen=0))
    db.session.commit()
    return 1000 * took / len(some)


def _look() -> None:
    for _reached in community.looking_at_everybody():
        db.session.commit()


def _raw() -> None:
    """Each rule by itself: who fits it."""
    for lines in rules.lines_of(joining.every()).values():
        for line in lines:
            plain = select(func.count(Customer.id)).where(conditions.fits(line))
            ask(plain, conditions.edges([line])).scalar()
    db.session.commit()


def _rows() -> list[dict[str, object]]:
    table = Membership.__table__
    columns = [c for c in table.c if c.name != "id"]
    rows = [dict(row) for row in ask(select(*columns)).mappings()]
    db.session.commit()
    return rows


def _empty() -> None:
    db.session.execute(db.delete(Membership))
    db.session.execute(db.delete(Moment).where(Moment.kind == joining.JOINED.name))
    db.session.execute(db.update(Group).values(members=0))
    db.session.commit()


def _write(rows: list[dict[str, object]]) -> None:
    """The memberships and their moments, as plain rows."""
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        insert_all(Membership, part)
        insert_all(Moment, [_told(one) for one in part])
        db.session.commit()


def _told(row: dict[str, object]) -> dict[str, object]:
    at = row["since"]
    assert isinstance(at, datetime)  # noqa: S101 - a column that is never empty
    return {
        "customer_id": row["customer_id"], "kind": joining.JOINED.name, "at": at, "on": at.date(),
        "effect": "", "cents": 0, "voided": False, "by_id": None, "subject": "",
        "details": {"group": "", "why": row["why"], "what": row["what"]},
    }  # fmt: skip


def _watch() -> list[float]:
    """Milliseconds of each transaction that holds the writer's lock, from now on."""
    held: list[float] = []
    began: list[float] = []

    @event.listens_for(db.engine, "begin")
    def _begin(connection: object) -> None:
        began[:] = [time.perf_counter()] if "writer" in connection.info else []  # type: ignore[attr-defined]

    @event.listens_for(db.engine, "commit")
    def _commit(_connection: object) -> None:
        if began:
            held.append(1000 * (time.perf_counter() - began.pop()))

    return held


def _worked(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    with create_app().app_context():
        groups.open_first()
        db.session.commit()
        quiet = statistics.median(night() for _pass in range(3))
        anew, longest = fill()
        told = {"night": quiet, "fill": anew, "longest": longest, "one": one()}
        print(json.dumps(told))
