"""What it costs to keep the summary of a customer, and what it saves: run as a program of its own.

Prints JSON: `event`, a customer's message recorded and committed, against the bare row put in
through the models; `quiet`, the list of quiet customers, against the same answer computed from all
purchases; `rebuild`, every summary computed again and compared, against one INSERT … SELECT of the
same columns into a table of its own.
"""

import json
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable

from sqlalchemy import column, table, text, true

from app.core import clock
from app.core.db import db, reading
from app.customers import listing, rebuilding, timeline
from app.customers.models import Customer, Moment
from app.inbox import receiving
from app.staff import accounts
from scripts.benching.shop import ROOT, Shop
from wsgi import app

PASSES, EACH = 5, 200
LIVE = """
WITH days AS (SELECT DISTINCT customer_id, date(at) AS day FROM purchase WHERE voided_at IS NULL),
own AS (SELECT customer_id, count(*) AS n, min(day) AS first, max(day) AS last FROM days GROUP BY 1)
SELECT own.customer_id FROM own JOIN customer ON customer.id = own.customer_id
WHERE customer.archived_at IS NULL
  AND julianday(:today) - julianday(last)
    >= max(7, 1.3 * (julianday(last) - julianday(first)) / max(n - 1, 1))
ORDER BY last DESC LIMIT 50
"""


def measure(shop: Shop) -> dict[str, float]:
    """{"event": ratio, "quiet": ratio, "rebuild": ratio} of this shop."""
    command = [sys.executable, "-m", "scripts.benching.upkeep"]
    said = subprocess.run(command, cwd=ROOT, env=shop.environ, check=True, capture_output=True)
    return dict(json.loads(said.stdout))


def event() -> float:
    """Seconds of recording with the summary's upkeep over those of the bare row, both durable."""
    people = list(db.session.scalars(db.select(Customer).where(Customer.id <= EACH)))
    db.session.commit()
    kept, bare = [], []
    for _pass in range(PASSES):
        bare.append(_took(lambda: deque(map(_bare, people), maxlen=0)))
        kept.append(_took(lambda: deque(map(_kept, people), maxlen=0)))
    return statistics.median(kept) / statistics.median(bare)


def _kept(customer: Customer) -> None:
    with timeline.hushed():  # who hears of it keeps nothing of the customer
        timeline.record(receiving.RECEIVED, customer, text="在吗", message=0)
    db.session.commit()


def _bare(customer: Customer) -> None:
    now = clock.now()
    db.session.add(
        Moment(
            customer_id=customer.id, kind=receiving.RECEIVED.name, at=now, on=clock.day_of(now),
            effect="", cents=0, details={"text": "在吗", "message": 0}, voided=False,
        )
    )  # fmt: skip
    db.session.commit()


def quiet() -> float:
    """Seconds of the kept list over those of the answer computed from all purchases."""
    owner = accounts.by_name("owner")
    if owner is None:
        raise RuntimeError("there is no owner")
    choice = listing.Choice(view="quiet")
    today = {"today": clock.today().isoformat()}
    with reading():
        listing.page(owner, choice)
        kept = [_took(lambda: listing.page(owner, choice)) for _pass in range(PASSES)]
        live = _took(lambda: db.session.execute(text(LIVE), today).all())
        db.session.rollback()
    return statistics.median(kept) / live


def rebuild() -> float:
    """Processor seconds of computing every summary again, over those of one raw statement. Raises
    where a kept summary is not what its moments say."""
    looked, raw = [], []
    for _pass in range(3):
        looked.append(_worked(_looked_through))
        raw.append(_worked(_raw))
    return statistics.median(looked) / statistics.median(raw)


def _looked_through() -> None:
    if any(rebuilding.differing()):
        raise RuntimeError("a summary differs from its moments")


def _raw() -> None:
    told = rebuilding.told(true(), true())
    names = [one.name for one in told.selected_columns]
    db.session.execute(text(f"CREATE TEMP TABLE raw_summary ({', '.join(names)})"))
    raw = table("raw_summary", *map(column, names))
    db.session.execute(raw.insert().from_select(names, told))
    db.session.rollback()


def _worked(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    with app.app_context():
        print(json.dumps({"event": event(), "quiet": quiet(), "rebuild": rebuild()}))
