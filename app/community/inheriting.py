"""What becomes of the communities of a colleague who leaves."""

from sqlalchemy import Select, delete, select

from app.community import groups
from app.community.models import Deputy, Group
from app.core.db import db
from app.core.errors import N_
from app.staff.leaving import NOBODY, Estate
from app.staff.models import Staff


def _count(leaver: Staff, most: int) -> int:
    return len(db.session.scalars(_owned(leaver).limit(most)).all())


def _hand_on(leaver: Staff, to: Staff | None, _by: Staff | None, most: int) -> list[int]:
    """To the heir, else to the shop's owner: no community is without somebody who answers."""
    db.session.execute(delete(Deputy).where(Deputy.staff_id == leaver.id))
    return [_give(group, to) for group in db.session.scalars(_owned(leaver).limit(most)).all()]


def _owned(leaver: Staff) -> Select[Group]:
    return select(Group).where(Group.owner_id == leaver.id).order_by(Group.id)


def _give(group: Group, to: Staff | None) -> int:
    group.owner = to
    db.session.flush()
    answers = groups.owner_of(group)
    return answers.id if answers else NOBODY


GROUPS = Estate("groups", N_("社群"), _count, _hand_on)
