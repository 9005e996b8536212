"""A complaint that was solved is asked after: on the third day, and on the seventh.

Each solution is asked after once, by the key of topic, solution and day. What is opened again is
no solution: its revisits end.
"""

from datetime import timedelta

from sqlalchemy import select

from app.community import terms
from app.community.models import SOLVED, Topic
from app.core.clock import today
from app.core.db import db
from app.core.jobs import job
from app.customers.models import Moment
from app.reminders import followups, times
from app.reminders.models import OPEN, REVISIT, FollowUp

HEEDS = ("topic.solved", "topic.reopened")
DAYS = (3, 7)


@job()
def heed(moment_id: int) -> None:
    """Listens to the bell. It looks at how the topic stands now, so late or twice ends the same."""
    moment = db.session.get_one(Moment, moment_id)
    topic = db.session.get(Topic, int(moment.subject.partition(":")[2]))
    if topic is None or topic.kind != terms.COMPLAINT:
        return
    if topic.state == SOLVED:
        _plan(topic)
    else:
        _end(topic)


def _plan(topic: Topic) -> None:
    for days in DAYS:
        new = followups.plan_once(
            topic.customer, kind=REVISIT, key=f"{_key(topic)}:{topic.reopened}:{days}",
            what=topic.title, why={"days": days},
            due_at=times.whole_day(today() + timedelta(days=days)),
        )  # fmt: skip
        if new is not None and topic.owner.is_active:
            db.session.get_one(FollowUp, new).staff_id = topic.owner_id


def _end(topic: Topic) -> None:
    mine = select(FollowUp).where(FollowUp.customer_id == topic.customer_id)
    mine = mine.where(FollowUp.kind == REVISIT, FollowUp.state == OPEN)
    for one in db.session.scalars(mine.where(FollowUp.key.startswith(f"{_key(topic)}:"))).all():
        followups.close(one, outcome="reopened")


def _key(topic: Topic) -> str:
    return f"revisit:{topic.id}"
