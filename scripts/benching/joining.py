"""What it costs to look at everybody's communities: run as a program of its own.

Prints JSON: `night`, processor seconds of the nightly look that finds nothing to change, over those
of each rule asked alone; `fill`, of a first filling over each rule asked alone and one plain,
indexed write of as many rows; `p99` and `longest`, milliseconds of a write transaction of it; `one`,
processor milliseconds of one customer's look.
"""

import json
import statistics
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select

from app.community import community, conditions, groups, joining, rules
from app.community.models import Group, Membership
from app.core.db import ask, db
from app.core.many import insert_all
from app.customers.models import Customer, Moment
from scripts.benching.beside import p99
from scripts.benching.held import watch
from wsgi import app

ONES = 200
CHUNK = 5000


def night() -> float:
    """Nothing has changed: the look alone."""
    _look()
    print("now night", flush=True)
    looked = _worked(_look)
    print("now", flush=True)
    return looked / _worked(_raw)


def fill() -> dict[str, float]:
    """Everybody comes in anew."""
    kept = _rows()
    _empty()
    held = watch()
    print("now fill", flush=True)
    filled = _worked(_look)
    print("now", flush=True)
    told = {"p99": p99(held), "longest": max(held, default=0.0)}
    _empty()
    plain = _worked(lambda: _write(kept)) + _worked(_raw)
    return {"fill": filled / plain, **told}


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


def _worked(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    with app.app_context():
        groups.open_first()
        db.session.commit()
        quiet = statistics.median(night() for _pass in range(3))
        print(json.dumps({"night": quiet, **fill(), "one": one()}))
