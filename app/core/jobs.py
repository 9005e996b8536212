"""Work that is done later: rows of one table, claimed by workers, in the caller's transaction.

A job runs at least once. Its work and its «done» are one transaction, fenced by the attempt
number, so a worker that lost its lease cannot finish what another has taken over.
"""

import logging
import traceback
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Generic, ParamSpec

from sqlalchemy import (
    JSON,
    ColumnElement,
    Index,
    String,
    Text,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app.core.clock import now
from app.core.db import Model, ask, db, insert_once, reading
from app.core.many import insert_all
from app.core.seams import crash_point

P = ParamSpec("P")
log = logging.getLogger(__name__)

LANES = ("arrivals", "media", "network", "mail", "long")
LEASE = timedelta(seconds=8)
WAITS = [2, 10, 60, 300, 1800, 7200]  # seconds before try 2, 3, 4, …
ERROR_SIZE = 2000


class Job(Model):
    name: Mapped[str] = mapped_column(String(80))
    args: Mapped[list[object]] = mapped_column(JSON)
    lane: Mapped[str] = mapped_column(String(16))
    line: Mapped[str | None] = mapped_column(String(200))  # jobs of one line run one by one
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    state: Mapped[str] = mapped_column(String(16), default="queued")
    run_at: Mapped[datetime] = mapped_column(default=now)
    attempt: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    crashes: Mapped[int] = mapped_column(default=0)  # times that its worker died at it
    worker: Mapped[str | None] = mapped_column(String(80))
    leased_until: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_job_due", "lane", "run_at", "id", sqlite_where=text("state = 'queued'"),
              postgresql_where=text("state = 'queued'")),
        Index("ix_job_line", "line", "id", sqlite_where=text("state IN ('queued', 'running')"),
              postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_job_state", "state", "id"),
    )  # fmt: skip


class Later(Exception):
    """A job asks to be run again at a moment; this is no failure."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


class LostLease(Exception):
    """Another worker has taken this job over: what was done here is rolled back."""


@dataclass
class Task(Generic[P]):
    """A function that can be called now, or later by a worker."""

    run: Callable[P, object]
    name: str
    lane: str
    tries: int

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> object:
        return self.run(*args, **kwargs)

    def later(
        self,
        *args: object,
        key: str | None = None,
        line: str | None = None,
        at: datetime | None = None,
    ) -> int | None:
        """Enqueue in the caller's transaction. With `key` only the first call counts."""
        return insert_once(Job, **self._row(args, key=key, line=line, at=at))

    def each_later(self, lines: Sequence[tuple[str, tuple[object, ...]]]) -> None:
        """Enqueue many in one go: (line, arguments) of each."""
        insert_all(Job, [self._row(args, line=line) for line, args in lines])

    def _row(
        self,
        args: tuple[object, ...],
        *,
        key: str | None = None,
        line: str | None = None,
        at: datetime | None = None,
    ) -> dict[str, object]:
        return {
            "name": self.name, "args": list(args), "lane": self.lane, "line": line, "key": key,
            "state": "queued", "run_at": at or now(), "attempt": 0, "tries": 0, "crashes": 0,
        }  # fmt: skip


tasks: dict[str, Task[...]] = {}
held: set[tuple[int, int]] = set()  # (job, attempt) that threads of this process are at
at_work: ContextVar[tuple[int, int]] = ContextVar("at_work", default=(0, 0))  # (job, crashes)


def job(*, lane: str = "long", tries: int = 5) -> Callable[[Callable[P, object]], Task[P]]:
    """Mark a function as a job. Its name is `module.function`, its arguments are JSON."""

    def mark(function: Callable[P, object]) -> Task[P]:
        name = f"{function.__module__.rsplit('.', 1)[-1]}.{function.__name__}"
        if name in tasks or lane not in LANES:
            raise ValueError(f"job {name} in lane {lane}")
        tasks[name] = task = Task(function, name, lane, tries)
        return task

    return mark


def lanes_due() -> list[str]:
    """The lanes that have work now. Reads only, so asking often costs almost nothing."""
    with reading():
        found = list(ask(_lanes_due(), {"moment": now()}).scalars())
        db.session.commit()
    return found


# The states stand in the statements as they stand in the partial indexes: SQLite takes such an
# index only where it reads the same words, and a parameter hides them.
QUEUED: ColumnElement[str] = literal_column("'queued'")
RUNNING: ColumnElement[str] = literal_column("'running'")


def _due(lane: Any) -> Any:
    moment = bindparam("moment", type_=Job.run_at.type)
    due = (Job.state == QUEUED, Job.lane == lane, Job.run_at <= moment)
    return select(Job.id).where(*due).limit(1)


@cache
def _lanes_due() -> Any:
    """All lanes in one question: each is a seek in the index of what is queued."""
    names: list[ColumnElement[str]] = [literal_column(f"'{lane}'") for lane in LANES]
    return union_all(*(select(name).where(_due(name).exists()) for name in names))


@cache
def _claim() -> Any:
    """Take the first due job of a lane that no earlier one of its line holds up."""
    earlier = aliased(Job)
    blocked = (
        select(earlier.id)
        .where(earlier.line == Job.line, earlier.id < Job.id)
        .where(earlier.state.in_((QUEUED, RUNNING)))
        .exists()
    )
    first = (
        _due(bindparam("of_lane"))
        .where(or_(Job.line.is_(None), ~blocked))
        .order_by(Job.run_at, Job.id)
    )
    first = first.with_for_update(skip_locked=True)  # SQLite has one writer and leaves this out
    return (
        db.update(Job)
        .where(Job.id == first.scalar_subquery(), Job.state == QUEUED)
        .values(
            state="running",
            attempt=Job.attempt + 1,
            worker=bindparam("by"),
            leased_until=bindparam("lease", type_=Job.run_at.type),
        )
        .returning(Job)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


def about() -> dict[str, Any]:
    """What every line of the log says of the job that it belongs to."""
    job_id, _crashes = at_work.get()
    return {"job": job_id} if job_id else {}


def claim(lane: str, worker: str) -> Job | None:
    """Take the next due job of a lane, or None. The caller's transaction is committed."""
    moment = now()
    values = {"of_lane": lane, "moment": moment, "by": worker, "lease": moment + LEASE}
    taken: Job | None = db.session.scalar(_claim(), values)
    db.session.commit()
    if taken:
        held.add((taken.id, taken.attempt))
        crash_point("job.claimed")
    return taken


def run(taken: Job) -> None:
    """Run a claimed job and settle it."""
    job_id, attempt = taken.id, taken.attempt
    mark = at_work.set((job_id, taken.crashes))
    try:
        _work_on(job_id, attempt, taken.tries + 1, taken.name, taken.args)
    except LostLease:
        db.session.rollback()
        log.warning("job %s lost its lease", job_id)
    finally:
        held.discard((job_id, attempt))
        at_work.reset(mark)


def _work_on(job_id: int, attempt: int, tries: int, name: str, args: list[object]) -> None:
    task = tasks.get(name)
    try:
        if task is None:
            raise LookupError(f"no job is called {name}")
        task.run(*args)
        crash_point("job.worked")
        _settle(job_id, attempt, state="done", finished_at=now(), error=None)
        crash_point("job.settled")
    except Later as wish:
        db.session.rollback()
        _settle(job_id, attempt, state="queued", run_at=wish.at)
    except LostLease:
        raise
    except Exception as error:  # the edge of the worker: every failure is kept and seen
        db.session.rollback()
        _failed(job_id, attempt, tries, task.tries if task else 1, error)


def _settle(job_id: int, attempt: int, **values: object) -> None:
    mine = db.session.scalar(
        db.update(Job)
        .where(Job.id == job_id, Job.attempt == attempt, Job.state == "running")
        .values(**values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    if mine is None:
        raise LostLease
    db.session.commit()


def _failed(job_id: int, attempt: int, tries: int, allowed: int, error: Exception) -> None:
    trace = "".join(traceback.format_exception(error, limit=-6))[-ERROR_SIZE:].replace("\0", "")
    final = tries >= allowed
    log.error("job %s failed, try %s of %s: %s", job_id, tries, allowed, type(error).__name__)
    wait = timedelta(seconds=WAITS[min(tries, len(WAITS)) - 1])
    _settle(
        job_id, attempt, tries=tries, error=trace,
        state="failed" if final else "queued", run_at=now() + wait,
        finished_at=now() if final else None,
    )  # fmt: skip


def run_one(lane: str, worker: str) -> bool:
    """Claim and run one job of a lane; False when there was none."""
    taken = claim(lane, worker)
    if taken is None:
        return False
    run(taken)
    return True


def retry(failed: Job) -> None:
    """A person asks for another round of tries."""
    failed.state, failed.run_at, failed.finished_at = "queued", now(), None
    failed.tries = failed.crashes = 0


@job()
def sweep() -> None:
    """Forget finished jobs: those without a key after an hour, keyed ones after 20 days."""
    plain, keyed = now() - timedelta(hours=1), now() - timedelta(days=20)
    db.session.execute(
        db.delete(Job).where(
            Job.state == "done",
            or_(
                and_(Job.key.is_(None), Job.finished_at < plain),
                and_(Job.key.is_not(None), Job.finished_at < keyed),
            ),
        )
    )
