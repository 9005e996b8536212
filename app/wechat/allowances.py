"""What the platform still lets us send to one follower.

The rules are rows: those that come with the product stand below, a shop's own stand in the table
and win. Whatever we count, the platform's 45015 and 45047 are the truth and correct us.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.db import ask, db
from app.core.errors import N_
from app.inbox import meter
from app.wechat.kinds import CHANNEL
from app.wechat.models import Allowance, AllowanceRule, Follower


@dataclass(frozen=True)
class Rule:
    """After one kind of trigger: so many messages, so long."""

    most: int
    lasting: timedelta


UNLIMITED = 9_999
TRIGGERS = {
    "message": N_("客户发来消息"), "menu": N_("客户点菜单"), "follow": N_("客户关注"),
    "scan": N_("客户扫码"), "payment": N_("客户付款"),
}  # fmt: skip
STANDARD = {
    "message": Rule(5, timedelta(hours=48)),
    "menu": Rule(3, timedelta(minutes=1)),
    "follow": Rule(3, timedelta(minutes=1)),
    "scan": Rule(3, timedelta(minutes=1)),
    "payment": Rule(UNLIMITED, timedelta(hours=48)),
}


def rules() -> dict[str, Rule]:
    """All rules as they hold: the product's, or the shop's own instead."""
    own = ask(select(AllowanceRule.trigger, AllowanceRule.most, AllowanceRule.seconds))
    return STANDARD | {one.trigger: Rule(one.most, timedelta(seconds=one.seconds)) for one in own}


def set_rule(trigger: str, most: int, minutes: int) -> None:
    """The platform has changed a rule. What has been granted stays as it was granted."""
    row = db.session.scalar(select(AllowanceRule).where(AllowanceRule.trigger == trigger))
    if row is None:
        row = AllowanceRule(trigger=trigger)
        db.session.add(row)
    row.most, row.seconds = most, minutes * 60
    db.session.flush()


def grant(follower: Follower, trigger: str, at: datetime) -> None:
    """A trigger sets its count and time anew; it does not add up."""
    _hold(follower)
    rule = rules()[trigger]
    row = db.session.scalar(
        select(Allowance)
        .where(Allowance.follower_id == follower.id, Allowance.trigger == trigger)
        .execution_options(populate_existing=True)
    )
    until = at + rule.lasting
    if row is None:
        db.session.add(
            Allowance(follower_id=follower.id, trigger=trigger, until=until, left=rule.most)
        )
    elif until >= row.until:
        row.until, row.left = until, rule.most
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
    _hold(follower)
    row = usable(follower)
    if row:  # counted by the database: a new trigger may refill it at this moment
        db.session.execute(
            db.update(Allowance)
            .where(Allowance.id == row.id, Allowance.left > 0)
            .values(left=Allowance.left - 1)
        )
    show(follower)


def used_up(follower: Follower) -> None:
    """The platform says that nothing is left (45047), whatever we counted."""
    _correct(follower, left=0)


def closed(follower: Follower) -> None:
    """The platform says that the time is over (45015), whatever we counted."""
    _correct(follower, left=0, until=now())


def _correct(follower: Follower, **values: object) -> None:
    _hold(follower)
    running = (Allowance.follower_id == follower.id, Allowance.until > now())
    db.session.execute(db.update(Allowance).where(*running).values(**values))
    show(follower)


def newest(follower: Follower) -> Allowance | None:
    """The allowance that lasts longest among those that still run, spent or not."""
    return db.session.scalar(
        select(Allowance)
        .where(Allowance.follower_id == follower.id, Allowance.until > now())
        .order_by(Allowance.until.desc())
        .limit(1)
    )


def show(follower: Follower) -> None:
    """Tell the inbox what is left; its conversation carries it."""
    known = select(Allowance.until, Allowance.left).where(Allowance.follower_id == follower.id)
    windows = [(until, left) for until, left in ask(known)]
    columns = meter.summed(windows, follows=follower.following, at=now())
    meter.put(CHANNEL, follower.account, follower.openid, columns)


def _hold(follower: Follower) -> None:
    """Two who count at one follower take turns, or the later one would show the earlier's sum."""
    held = select(Follower.id).where(Follower.id == follower.id)
    db.session.execute(held.with_for_update(key_share=True))
