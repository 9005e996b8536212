"""Is everything well, as operators' tools ask it."""

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core import alarms, schema, worker
from app.core.clock import now
from app.core.db import db
from app.core.jobs import LANES, Job
from app.core.outbox import Letter

JOB_STATES = ("queued", "running", "failed")
LETTER_STATES = ("queued", "sending", "failed", "unknown")  # the sent ones only grow
MOST_COUNTED = 10_000


def faults() -> list[str]:
    """The parts that are not ready, one line each; none when all is well."""
    try:
        found = [line for line in (_schema(), _worker()) if line]
        db.session.rollback()
    except SQLAlchemyError as error:
        db.session.rollback()
        return [f"database: {type(error).__name__}"]
    return found


def _schema() -> str:
    at = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    return "" if at == schema.head() else f"schema: at {at}, needs {schema.head()}"


def _worker() -> str:
    return "worker: no heartbeat" if worker.is_silent() else ""


def metrics() -> bytes:
    """The process's own counters, then the queues as the database tells them."""
    fresh = CollectorRegistry()
    _jobs(fresh)
    _letters(fresh)
    seen = worker.last_seen()
    age = Gauge("shuke_worker_heartbeat_age_seconds", "Age of the newest heartbeat", registry=fresh)
    raised = Gauge("shuke_alarms", "Alarms that are raised now", registry=fresh)
    raised.set(len(alarms.standing()))
    age.set((now() - seen).total_seconds() if seen else float("inf"))
    return generate_latest(REGISTRY) + generate_latest(fresh)


def _jobs(fresh: CollectorRegistry) -> None:
    length = Gauge("shuke_jobs", "Jobs that wait, run or failed", ["lane", "state"], registry=fresh)
    oldest = Gauge("shuke_jobs_oldest_due_seconds", "Age of the oldest due job", ["lane"],
                   registry=fresh)  # fmt: skip
    counted = db.session.execute(
        db.select(Job.lane, Job.state, db.func.count())
        .where(Job.state.in_(JOB_STATES))
        .group_by(Job.lane, Job.state)
    )
    found = {(lane, state): n for lane, state, n in counted}
    for lane in LANES:
        for state in JOB_STATES:
            length.labels(lane, state).set(found.get((lane, state), 0))
        first = db.session.scalar(
            db.select(db.func.min(Job.run_at)).where(Job.state == "queued", Job.lane == lane)
        )
        oldest.labels(lane).set(max(0.0, (now() - first).total_seconds()) if first else 0)


def _letters(fresh: CollectorRegistry) -> None:
    letters = Gauge("shuke_letters", f"Letters by state, up to {MOST_COUNTED}", ["state"],
                    registry=fresh)  # fmt: skip
    for state in LETTER_STATES:
        some = db.select(Letter.id).where(Letter.state == state).limit(MOST_COUNTED).subquery()
        letters.labels(state).set(
            db.session.scalar(db.select(db.func.count()).select_from(some)) or 0
        )
