"""How often the callback turned requests away: counted in memory, written down now and then.

A stranger may knock a thousand times a second; the database hears of it once in five seconds.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from app.core import together
from app.core.clock import now
from app.core.db import db, insert_once
from app.wechat.models import Tally

log = logging.getLogger(__name__)

PAUSE = 5.0  # seconds between two writes of one process
GREETED = "greeted"  # the platform has asked whether the address is ours, and it was

_counts: Counter[tuple[str, str]] = Counter()
_turn = threading.Lock()
_written = [float("-inf")]


def note(account: str, why: str) -> None:
    """Count one; write all down when the last time is long enough ago."""
    with _turn:
        _counts[account, why] += 1
        if time.monotonic() - _written[0] < PAUSE:
            return
        _written[0] = time.monotonic()
        counted = dict(_counts)
        _counts.clear()
    try:
        together.commit(_write, counted)
    except (TimeoutError, SQLAlchemyError) as error:
        log.warning("counts not written: %s", type(error).__name__)
        with _turn:
            _counts.update(counted)


def _write(counts: Sequence[dict[tuple[str, str], int]]) -> Sequence[None]:
    for (account, why), count in sorted(sum(map(Counter, counts), Counter()).items()):
        insert_once(Tally, account=account, why=why, count=0, last_at=now())
        db.session.execute(
            db.update(Tally)
            .where(Tally.account == account, Tally.why == why)
            .values(count=Tally.count + count, last_at=now())
            .execution_options(synchronize_session=False)
        )
    return [None] * len(counts)


def of(account: str) -> dict[str, Tally]:
    """What was counted of an account and of strangers, by reason."""
    rows = db.session.scalars(
        db.select(Tally)
        .where(Tally.account.in_(("", account)))
        .order_by(Tally.id)
        .execution_options(populate_existing=True)
    )
    return {row.why: row for row in rows}
