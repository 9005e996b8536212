"""Long work in short write transactions: commit after 40 ms, so that nobody waits longer."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from app.core.db import db
from app.core.leases import got_on

T = TypeVar("T")
LONGEST = 0.04  # seconds of one write transaction
PAUSE = 0.002  # seconds after it: the lock is not handed over, and who waits must wake up first


def batched(items: Iterable[T], done: Callable[[T], None] | None = None) -> Iterator[T]:
    """Yield the items; between two of them commit when the transaction has lasted long enough.

    `done(item)` is called just before such a commit, to write down how far the work has come.
    """
    began = time.monotonic()
    for item in items:
        yield item
        if time.monotonic() - began >= LONGEST:
            if done:
                done(item)
            db.session.commit()
            got_on()
            time.sleep(PAUSE)
            began = time.monotonic()
