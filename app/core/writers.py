"""The queue of those who want to write to one SQLite file, over all threads and processes.

Among ourselves nobody waits long. A program that does not know of our queue (somebody's shell, a
virus scanner) may hold the file's own lock for longer: then nobody waits more than some seconds,
and whoever comes while others wait already is turned away soon, so that the web server keeps
threads for pages that only read, and for telling the platform to come again.
"""

import fcntl
import os
import threading
import time

PATIENCE = 5.0  # seconds
CROWD = 4  # waiting threads of one process; those who come then …
LONG = 1.0  # … wait no longer than until the first of these has waited for so many seconds

_thread_lock = threading.Lock()


class Busy(TimeoutError):
    """Nobody can write at the moment."""


class WritersLock:
    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self.waiting: list[float] = []  # since when, the first one first

    def take(self) -> float:
        """Wait for our turn; the seconds of patience that are left."""
        began = time.monotonic()
        patience = self._patience(began)
        self.waiting.append(began)
        try:
            if not _thread_lock.acquire(timeout=patience):
                raise Busy("nobody was let in")
        finally:
            self.waiting.remove(began)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX)
            return self._left(began)
        except BaseException:
            self.give_back()
            raise

    def _patience(self, began: float) -> float:
        """How many seconds whoever comes now may wait."""
        waiting = self.waiting[:CROWD]
        if len(waiting) < CROWD:
            return PATIENCE
        left = LONG - (began - waiting[0])
        if left <= 0:
            raise Busy("others are waiting already")
        return left

    def _left(self, began: float) -> float:
        left = PATIENCE - (time.monotonic() - began)
        if left <= 0:
            raise Busy("another program was not let in for long")
        return left

    def give_back(self) -> None:
        fcntl.flock(self.file, fcntl.LOCK_UN)
        _thread_lock.release()
