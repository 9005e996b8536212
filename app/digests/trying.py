"""A test reminder: one by each way, so that each shows whether it works."""

from datetime import timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.digests import delivering, reach
from app.digests.models import TEST, Delivery
from app.staff.models import Staff

PAUSE = timedelta(seconds=20)


def send(person: Staff) -> None:
    """One by each way that the colleague has named; none is tried in place of another."""
    ways = reach.of(person)
    if not ways:
        raise Refused(reach.NO_WAY)
    last = db.session.scalar(
        select(db.func.max(Delivery.created_at)).where(
            Delivery.staff_id == person.id, Delivery.kind == TEST
        )
    )
    if last and now() - last < PAUSE:
        raise Refused(N_("刚刚发过一条，请等它有了结果再发"))
    for way in ways:
        key = f"{TEST}:{person.id}:{now():%Y%m%d%H%M%S}:{way}"
        delivering.start(person, TEST, key, due_at=now(), ways=[way])
