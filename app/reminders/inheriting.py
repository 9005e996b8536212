"""What becomes of the open follow-ups of a colleague who leaves."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.errors import N_
from app.reminders import followups
from app.reminders.models import OPEN, FollowUp
from app.staff.leaving import NOBODY, Estate
from app.staff.models import Staff


def _count(leaver: Staff, most: int) -> int:
    some = select(FollowUp.id).where(FollowUp.staff_id == leaver.id, FollowUp.state == OPEN)
    return len(db.session.scalars(some.limit(most)).all())


def _hand_on(leaver: Staff, to: Staff | None, by: Staff | None, most: int) -> list[int]:
    """To the heir, or to whoever looks after the customer now."""
    mine = select(FollowUp).where(FollowUp.staff_id == leaver.id, FollowUp.state == OPEN)
    ordered = mine.order_by(FollowUp.due_at, FollowUp.id).limit(most)
    found = db.session.scalars(ordered.options(joinedload(FollowUp.customer))).all()
    return [_id(followups.hand_on(one, to or one.customer.owner)) for one in found]


def _id(staff: Staff | None) -> int:
    return staff.id if staff else NOBODY


FOLLOWUPS = Estate("followups", N_("没做完的跟进"), _count, _hand_on)
