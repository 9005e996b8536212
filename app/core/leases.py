"""Leases: the jobs of a living worker stay its own, those of a dead one go back to the queue.

A job at which workers die again and again, without getting anywhere, is failed and seen: it would
take every worker with it, for ever.
"""

import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import case, or_

from app.core import abandoned
from app.core.clock import now
from app.core.db import db
from app.core.jobs import LANES, LEASE, QUEUED, Job, at_work, held

log = logging.getLogger(__name__)

CRASHES = 5  # a job that only stood in the way of deaths is hardly ever met by so many
AHEAD = timedelta(minutes=1)  # what lies further in the future was written by a wrong clock
POISON = "the worker died at this job again and again: the job itself ends the program"


def renew(worker: str) -> None:
    """Keep the leases of the jobs that a living worker is at.

    A job that it could not settle (the database was away) is not among them: it is given back.
    """
    mine = [job_id for job_id, _attempt in list(held)]
    db.session.execute(
        db.update(Job)
        .where(Job.worker == worker, Job.state == "running", Job.id.in_(mine))
        .values(leased_until=now() + LEASE)
    )
    db.session.commit()


def release_expired() -> int:
    """Give the jobs of dead workers back to the queue; how many there were.

    One at which workers died again and again is failed, for a person to look at.
    """
    last = Job.crashes + 1 >= CRASHES
    released = db.session.execute(
        db.update(Job)
        .where(Job.state == "running")
        .where(or_(Job.leased_until < now(), Job.leased_until > now() + LEASE + AHEAD))
        .values(
            crashes=Job.crashes + 1,
            run_at=_no_later(),
            state=case((last, "failed"), else_="queued"),
            error=case((last, POISON), else_=Job.error),
            finished_at=case((last, now()), else_=Job.finished_at),
        )
        .returning(Job.id, Job.state)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.commit()
    for job_id, state in released:
        log.warning("job %s was left by its worker and is %s", job_id, state)
    if any(state == "failed" for _job_id, state in released):
        abandoned.settle.later()
        db.session.commit()
    return len(released)


def _no_later() -> Any:
    """Due now, and at its old place: behind those that came after it, it would stand in the way of
    all of its line that are before it, and every look for work would go through them."""
    return case((Job.run_at > now(), now()), else_=Job.run_at)


def heed_clock() -> None:
    """What was enqueued while the clock was ahead comes due: it would wait for as long as that."""
    late = now() + AHEAD
    db.session.execute(
        db.update(Job)
        .where(Job.state == QUEUED, Job.lane.in_(LANES), Job.run_at > late, Job.created_at > late)
        .values(run_at=now())
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def give_back(worker: str) -> None:
    """A worker that ends in good order leaves its jobs to others, and none of them is suspected."""
    db.session.execute(
        db.update(Job)
        .where(Job.worker == worker, Job.state == "running")
        .values(state="queued", run_at=_no_later(), attempt=Job.attempt + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def got_on() -> None:
    """Part of the present job's work is done for good: what ended its worker was not this job."""
    job_id, crashes = at_work.get()
    if crashes:
        at_work.set((job_id, 0))
        db.session.execute(db.update(Job).where(Job.id == job_id).values(crashes=0))
        db.session.commit()
