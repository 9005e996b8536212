"""What is due now: at the hour of a follow-up its colleague is told, once for each moment.

Those of one colleague and one minute are one message. A follow-up that is moved is told of again at
its new hour; one that is due «some day» stands in the list of the morning alone.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.core.batches import batched
from app.core.clock import day_of, now
from app.core.db import db, looking
from app.core.jobs import job
from app.digests import delivering
from app.digests.models import DUE, DeliveryLine
from app.reminders import times
from app.reminders.models import OPEN, PLANNED, FollowUp
from app.staff.models import Staff

LATE = timedelta(hours=24)  # what a machine that was off has missed for longer is in the lists
MOST = 20_000
MOST_LINES = 50


@job()
def remind() -> None:
    """Each minute: tell of what has come due and has not been told of."""
    people: dict[int, Staff] = {}
    for staff_id, due_at, followups in batched(_groups(_untold())):
        if staff_id not in people:
            people[staff_id] = db.session.get_one(Staff, staff_id)
        _tell(people[staff_id], due_at, followups)
    db.session.commit()


def _untold() -> Sequence[Any]:
    """Open follow-ups whose hour has come; read without the writer's lock."""
    told = select(DeliveryLine.id).where(
        DeliveryLine.followup_id == FollowUp.id, DeliveryLine.once.is_not(None),
        DeliveryLine.due_at == FollowUp.due_at,
    )  # fmt: skip
    statement = (
        select(FollowUp.id, FollowUp.staff_id, FollowUp.due_at, FollowUp.customer_id)
        .join(Staff, Staff.id == FollowUp.staff_id)
        .where(FollowUp.state == OPEN, FollowUp.due_at <= now(), FollowUp.due_at > now() - LATE)
        .where(FollowUp.kind == PLANNED, Staff.is_active, Staff.remind_due, ~told.exists())
        .order_by(FollowUp.due_at, FollowUp.staff_id, FollowUp.id)
        .limit(MOST)
    )
    with looking():
        return db.session.execute(statement).all()


def _groups(rows: Sequence[Any]) -> Iterator[tuple[int, datetime, list[Any]]]:
    """Those of one colleague and minute, so many in one message."""
    found: dict[tuple[int, datetime], list[Any]] = {}
    for row in rows:
        if row.due_at == times.whole_day(day_of(row.due_at)):
            continue
        found.setdefault((row.staff_id, row.due_at.replace(second=0, microsecond=0)), []).append(
            row
        )
    for (staff_id, due_at), alike in found.items():
        for start in range(0, len(alike), MOST_LINES):
            yield staff_id, due_at, alike[start : start + MOST_LINES]


def _tell(person: Staff, due_at: datetime, followups: Sequence[Any]) -> None:
    """A line bears its follow-up and moment: whoever comes second at it finds it taken."""
    lines = [
        {"part": "due", "customer_id": row.customer_id, "followup_id": row.id,
         "once": f"{row.id}@{int(row.due_at.timestamp())}", "due_at": row.due_at}
        for row in followups
    ]  # fmt: skip
    known = select(DeliveryLine.once).where(DeliveryLine.once.in_([one["once"] for one in lines]))
    taken = set(db.session.scalars(known))
    lines = [one for one in lines if one["once"] not in taken]
    if not lines:
        return
    key = f"{DUE}:{person.id}:{lines[0]['once']}"
    delivering.start(
        person, DUE, key, due_at=due_at, on=day_of(due_at), lines=lines,
        facts={"due": len(lines)},
    )  # fmt: skip
