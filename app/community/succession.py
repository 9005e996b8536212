"""What becomes of the topics of a colleague who leaves: none is ever left with nobody."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.community import moving, terms, topics, tracing
from app.community.models import OFFERED, Handover, Topic
from app.core.clock import now
from app.core.db import db
from app.core.errors import N_
from app.staff.leaving import Estate
from app.staff.models import Staff


def _count(leaver: Staff, most: int) -> int:
    some = select(Topic.id).where(Topic.owner_id == leaver.id, topics.OPEN).limit(most)
    return len(db.session.scalars(some).all())


def _hand_on(leaver: Staff, to: Staff | None, by: Staff | None, most: int) -> list[int]:
    """To the heir, or to whoever answers for its community. What the leaver was asked to take
    goes back at once."""
    _return_offers(leaver)
    mine = select(Topic).where(Topic.owner_id == leaver.id, topics.OPEN)
    ordered = mine.order_by(Topic.due_at, Topic.id).limit(most).options(joinedload(Topic.group))
    return [_give(one, to, by) for one in db.session.scalars(ordered).all()]


def pass_on(leaver: Staff, most: int) -> int:
    """All that the account answers for, solved ones too, before its row goes; how many there
    were."""
    _return_offers(leaver)
    mine = select(Topic).where(Topic.owner_id == leaver.id).limit(most)
    return len([_give(one, None, None) for one in db.session.scalars(mine).all()])


def _give(topic: Topic, to: Staff | None, by: Staff | None) -> int:
    moving.take_turn(topic)
    heir = to or topics.answers_for(topic.group, by)
    moving.goes_to(topic, heir)
    topic.unseen = 1
    topic.alarm_at = terms.next_alarm(topic)
    tracing.write(topic, "inherited", to=heir.display)
    return heir.id


def _return_offers(leaver: Staff) -> None:
    asked = select(Handover).where(Handover.to_id == leaver.id, Handover.state == OFFERED)
    for handover in db.session.scalars(asked).all():
        moving.take_turn(handover.topic)
        handover.state, handover.answered_at = "back", now()
        handover.topic.unseen += 1
        tracing.write(handover.topic, "overdue", to=leaver.display)


TOPICS = Estate("topics", N_("没办完的主题"), _count, _hand_on)
