"""What the clock does to topics: who is told that one is late, and which end by silence.

A moment stands on each topic (`alarm_at`, `ends_at`), so a minute with nothing to do asks an index
and finds nothing.
"""

from sqlalchemy import select

from app.community import moving, talking, terms, tracing
from app.community.models import SOLVED, WAITING, Topic
from app.core.batches import batched
from app.core.clock import FAR_OFF, now
from app.core.db import db
from app.core.errors import N_
from app.core.jobs import job
from app.customers import timeline
from app.customers.models import Customer

LATE = timeline.kind("topic.late", N_("主题超时，已提醒店长"), "topic", "text", group="talk")
AT_ONCE = 500
UP = terms.UNANSWERED_UP | terms.LATE_UP


@job()
def watch() -> None:
    """Each minute: the customer's turn is over, somebody is late, a silence has lasted."""
    _hear_the_inbox()
    _raise_alarms()
    _end_silent()


def _hear_the_inbox() -> None:
    """Who answers in WeChat rather than on their page has answered, too."""
    spoken = (
        select(Topic)
        .join(Customer, Customer.id == Topic.customer_id)
        .where(Topic.state == WAITING, Customer.last_inbound_at > Topic.last_at)
        .limit(AT_ONCE)
    )
    for topic in batched(db.session.scalars(spoken).all()):
        moving.take_turn(topic)
        if topic.state == WAITING:
            tracing.write(topic, "returned")
            talking.returns(topic)


def _raise_alarms() -> None:
    due = select(Topic).where(Topic.alarm_at <= now()).order_by(Topic.alarm_at).limit(AT_ONCE)
    for topic in batched(db.session.scalars(due).all()):
        moving.take_turn(topic)
        bits = terms.due_alarms(topic) & ~topic.alarm
        topic.alarm |= bits
        topic.alarm_at = terms.next_alarm(topic)
        if bits & UP:
            tracing.write(topic, "late_up")
            timeline.record(LATE, topic.customer, subject=topic, topic=topic.kind, text=topic.title)
        elif bits:
            tracing.write(topic, "late")


def _end_silent() -> None:
    """Who was asked and never answered, and who never said how it was."""
    due = select(Topic).where(Topic.ends_at <= now()).order_by(Topic.ends_at).limit(AT_ONCE)
    for topic in batched(db.session.scalars(due).all()):
        moving.take_turn(topic)
        if topic.ends_at > now():
            continue
        if topic.state == WAITING:
            moving.settle(topic, by=None)
        elif topic.state == SOLVED:
            topic.closed_at, topic.ends_at = now(), FAR_OFF
            tracing.write(topic, "closed")
