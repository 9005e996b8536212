"""The worker: a timetable that ticks, and one or two threads for each lane of jobs.

Every worker ticks, again and again; the unique key `task@minute` makes a tick happen once. So one
that was missed (machine off or asleep, clock moved, database away) is made up for at the next.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from apscheduler.triggers.cron import CronTrigger
from flask import Flask
from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, frugal, shop
from app.core.clock import now
from app.core.db import Model, ask, db, insert_once
from app.core.jobs import LANES, Task, lanes_due, run_one
from app.core.leases import give_back, heed_clock, release_expired, renew

log = logging.getLogger(__name__)

Timetable = Sequence[tuple[str, Task[...]]]
THREADS = {"arrivals": 1, "media": 1, "network": 2, "mail": 1, "long": 1}
LOOK = 0.2  # seconds between two looks for due jobs
RENEW = 2.0
BEAT = 15.0
SILENT = timedelta(minutes=2)
LOOKBACK = (timedelta(minutes=15), timedelta(hours=25), timedelta(days=8))


class Heartbeat(Model):
    worker: Mapped[str] = mapped_column(String(80), unique=True)
    seen_at: Mapped[datetime]


def beat(worker: str) -> None:
    """Say that this worker lives; forget those not seen for a day."""
    insert_once(Heartbeat, worker=worker, seen_at=now())
    db.session.execute(db.update(Heartbeat).where(Heartbeat.worker == worker).values(seen_at=now()))
    db.session.execute(db.delete(Heartbeat).where(Heartbeat.seen_at < now() - timedelta(days=1)))
    db.session.commit()


LAST_SEEN = select(func.max(Heartbeat.seen_at))


def last_seen() -> datetime | None:
    """When any worker last said that it lives."""
    seen: datetime | None = ask(LAST_SEEN).scalar()
    return seen


def is_silent() -> bool:
    return too_long_ago(last_seen())


def too_long_ago(seen: datetime | None) -> bool:
    """Whether a worker that was last seen then has stopped."""
    return seen is None or now() - seen > SILENT


def tick(timetable: Timetable) -> None:
    """Enqueue every entry's latest due minute, unless it has been enqueued before."""
    shop.refresh()  # the owner may have moved the shop's clock
    ticks = [(task, latest_due(cron, now())) for cron, task in timetable]
    for task, due in ticks:
        if due:
            task.later(key=f"{task.name}@{due:%Y-%m-%dT%H:%M}")
    db.session.commit()


def latest_due(cron: str, moment: datetime) -> datetime | None:
    """The last minute at or before `moment` at which a crontab line was due, in shop time."""
    trigger = CronTrigger.from_crontab(cron, timezone=clock.zone)
    end = clock.local(moment)
    for back in LOOKBACK:
        found, candidate = None, trigger.get_next_fire_time(None, end - back)
        while candidate and candidate <= end:
            found, candidate = candidate, trigger.get_next_fire_time(candidate, _after(candidate))
        if found:
            return found  # type: ignore[no-any-return]
    return None


def _after(moment: datetime) -> datetime:
    return moment + timedelta(seconds=1)


def run_due(worker: str = "once") -> int:
    """Run due jobs of all lanes until there is none; how many were run."""
    done = 0
    while ran := sum(run_one(lane, worker) for lane in lanes_due()):
        done += ran
    return done


class Worker:
    """Threads that run jobs until `stop()`."""

    def __init__(self, app: Flask, timetable: Timetable) -> None:
        self.app = app
        self.timetable = timetable
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{os.urandom(3).hex()}"
        self.stopping = threading.Event()
        self.bells = {lane: threading.Event() for lane in LANES}
        self.busy = 0
        self.threads: list[threading.Thread] = []

    def start(self) -> None:
        for lane, count in THREADS.items():
            for _ in range(count):
                self._thread(self._run_lane, lane)
        self._thread(self._look)
        self._thread(self._keep_leases)

    def stop(self) -> None:
        self.stopping.set()
        for bell in self.bells.values():
            bell.set()

    def _thread(self, target: Callable[..., None], *args: str) -> None:
        thread = threading.Thread(target=self._guarded, args=(target, *args), daemon=True)
        self.threads.append(thread)
        thread.start()

    def _guarded(self, target: Callable[..., None], *args: str) -> None:
        """A thread never dies of a passing fault (a locked or restarting database)."""
        while not self.stopping.is_set():
            try:
                target(*args)
            except Exception:
                log.exception("worker thread stumbled")
                self.stopping.wait(1)

    def _run_lane(self, lane: str) -> None:
        while not self.stopping.is_set():
            self.bells[lane].wait()
            self.bells[lane].clear()  # before looking: what comes from now on rings again
            while not self.stopping.is_set():
                with self.app.app_context():
                    self.busy += 1
                    try:
                        if not run_one(lane, self.name):
                            break
                    finally:
                        self.busy -= 1
        self.bells[lane].set()  # who shares this lane may have gone to wait meanwhile

    def _look(self) -> None:
        while not self.stopping.wait(LOOK):
            with self.app.app_context():
                for lane in lanes_due():
                    self.bells[lane].set()

    def _keep_leases(self) -> None:
        last_beat = -BEAT
        while not self.stopping.is_set():
            with self.app.app_context():
                if time.monotonic() - last_beat >= BEAT:
                    beat(self.name)
                    heed_clock()
                    tick(self.timetable)  # looked up each time, so that none is slept through
                    last_beat = time.monotonic()
                if self.busy:
                    renew(self.name)
                release_expired()
            self.stopping.wait(RENEW)


def serve(app: Flask, timetable: Timetable) -> None:
    """Run a worker until SIGINT or SIGTERM."""
    frugal.one_heap()
    worker = Worker(app, timetable)
    with app.app_context():
        release_expired()

    def end(_signal: int, _frame: Any) -> None:
        worker.stop()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    worker.start()
    worker.stopping.wait()
    _drain(worker)
    with app.app_context():
        give_back(worker.name)


def _drain(worker: Worker, seconds: float = 5.0) -> None:
    """Let every thread end; a job that does not is taken over when its lease ends."""
    end = time.monotonic() + seconds
    for thread in worker.threads:
        thread.join(max(0.0, end - time.monotonic()))
