"""What the platform still lets us send to one follower."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.wechat.models import Allowance, Follower

# Trigger: how many messages, how long. The platform changes these; 45015 and 45047 are the truth.
RULES = {
    "message": (5, timedelta(hours=48)),
    "menu": (3, timedelta(minutes=1)),
    "follow": (3, timedelta(minutes=1)),
    "scan": (3, timedelta(minutes=1)),
}


def grant(follower: Follower, trigger: str, at: datetime) -> None:
    """A trigger sets its count and time anew; it does not add up."""
    count, lasting = RULES[trigger]
    row = db.session.scalar(
        select(Allowance).where(Allowance.follower_id == follower.id, Allowance.trigger == trigger)
    )
    if row is None:
        row = Allowance(follower_id=follower.id, trigger=trigger, until=at + lasting, left=count)
        db.session.add(row)
    elif at + lasting >= row.until:
        row.until, row.left = at + lasting, count
    db.session.flush()


def usable(follower: Follower) -> Allowance | None:
    """The allowance that ends first and still has something left."""
    return db.session.scalar(
        select(Allowance)
        .where(Allowance.follower_id == follower.id, Allowance.until > now(), Allowance.left > 0)
        .order_by(Allowance.until)
        .limit(1)
    )


def spent(follower: Follower) -> None:
    """One message has gone out."""
    row = usable(follower)
    if row:  # counted by the database: a new trigger may refill it at this moment
        db.session.execute(
            db.update(Allowance)
            .where(Allowance.id == row.id, Allowance.left > 0)
            .values(left=Allowance.left - 1)
        )


def used_up(follower: Follower) -> None:
    """The platform says that nothing is left, whatever we counted."""
    db.session.execute(
        db.update(Allowance).where(Allowance.follower_id == follower.id).values(left=0)
    )


def newest(follower: Follower) -> Allowance | None:
    """The allowance that lasts longest among those that still run, spent or not."""
    return db.session.scalar(
        select(Allowance)
        .where(Allowance.follower_id == follower.id, Allowance.until > now())
        .order_by(Allowance.until.desc())
        .limit(1)
    )
