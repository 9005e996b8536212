"""What whoever holds a complaint does first: says sorry, makes good with a coupon, calls back.

A step is done when its row is there, found by the topic's key; so none is done twice, and none has
to be ticked off. Sorry is said by the topic's own composer, when a person sends it.
"""

from dataclasses import dataclass

from sqlalchemy import select

from app.campaigns import coupons
from app.campaigns.models import Coupon, CouponBatch
from app.community import moving, tracing
from app.community.models import Topic
from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.reminders import followups, workdays
from app.reminders.models import FollowUp
from app.staff.models import Staff


@dataclass(frozen=True)
class Played:
    """The steps of one topic; None where one is still to be taken."""

    coupon: Coupon | None
    callback: FollowUp | None


def of(topic: Topic) -> Played:
    return Played(coupons.of_key(_key(topic)), _callback_of(topic))


def make_good(topic: Topic, batch: CouponBatch, *, by: Staff) -> Coupon:
    """A coupon for the customer, one for each complaint whoever clicks how often."""
    _begin(topic, by)
    known = coupons.of_key(_key(topic))
    if known:
        return known
    coupon = coupons.grant(batch, topic.customer, by=by, key=_key(topic))
    tracing.write(topic, "made_good", by=by, to=batch.name)
    return coupon


def call_back(topic: Topic, *, what: str, by: Staff) -> FollowUp:
    """Tomorrow, or on the next day on which the shop works, whoever asked rings the customer."""
    _begin(topic, by)
    known = _callback_of(topic)
    if known:
        return known
    due_at = workdays.next_morning(now())
    one = followups.plan(topic.customer, what=what, due_at=due_at, staff=by, by=by)
    one.key = _key(topic)
    tracing.write(topic, "calls_back", by=by)
    return one


def _begin(topic: Topic, by: Staff) -> None:
    """Two at once take turns at the topic: the second finds what the first has done."""
    moving.take_turn(topic)
    if not topic.is_open:
        raise Refused(N_("这个主题已经解决了，这一步不用做了；还没办完就先重开"))
    moving.admit(topic, by)


def _key(topic: Topic) -> str:
    return f"topic:{topic.id}"


def _callback_of(topic: Topic) -> FollowUp | None:
    return db.session.scalar(select(FollowUp).where(FollowUp.key == _key(topic)))
