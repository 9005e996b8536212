"""What it costs to move everybody's dates when the shop's unit has moved: a program of its own.

Looks at SOME customers alone, or the bench would take too long. Prints JSON: `ratio`, processor
seconds of ours over those of one INSERT … SELECT and one indexed UPDATE of as many rows, in one
transaction; `p99` and `longest`, milliseconds of a write of ours; `rows`.
"""

import json
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy import func, select, text

from app.core.db import db
from app.customers import shop_rhythm, silences
from app.customers.models import Customer, Rhythm
from scripts.benching.beside import p99
from scripts.benching.held import watch
from wsgi import app

SOME = 100_000
COPY = """
CREATE TEMP TABLE moved AS
SELECT id, date(quiet_on, :days) AS quiet_on, date(dormant_on, :days) AS dormant_on,
       date(lost_on, :days) AS lost_on, at_risk_cents
FROM customer WHERE visits > 0 AND id <= :last
"""
UPDATE = """
UPDATE customer SET quiet_on = moved.quiet_on, dormant_on = moved.dormant_on,
       lost_on = moved.lost_on, at_risk_cents = moved.at_risk_cents + 1
FROM moved WHERE moved.id = customer.id
"""


def figures() -> dict[str, float]:
    known = (Customer.id <= SOME, Customer.visits > 0)
    rows = db.session.scalar(select(func.count(Customer.id)).where(*known)) or 0
    db.session.commit()
    held, ours, raw = watch(), 0.0, 0.0
    own: list[float] = []
    for factor in (1.1, 1 / 1.1):  # there, and back again
        raw += _worked(partial(_raw, f"{10 * factor - 10:+.0f} days"))
        _another_unit(factor)
        before = len(held)
        print("now dates", flush=True)
        ours += _worked(lambda: silences.give_dates(Customer.id <= SOME))
        print("now", flush=True)
        own += held[before:]
    return {"ratio": ours / raw, "p99": p99(own), "longest": max(own), "rows": rows}


def _another_unit(factor: float) -> None:
    if shop_rhythm.current().basis != shop_rhythm.VISIT:
        raise RuntimeError("this shop has no purchases")
    db.session.get_one(Rhythm, 1).unit_days *= factor
    db.session.commit()


def _raw(days: str) -> None:
    db.session.execute(text(COPY), {"days": days, "last": SOME})
    db.session.execute(text(UPDATE))
    db.session.execute(text("DROP TABLE moved"))
    db.session.commit()


def _worked(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    with app.app_context():
        print(json.dumps(figures()))
