"""Who an openid is: found by openid, else a new unnamed customer in the public pool."""

from datetime import datetime

from sqlalchemy import select

from app.core.db import db, insert_once
from app.customers import identities, people, timeline
from app.customers.models import OPENID
from app.wechat import accounts
from app.wechat.kinds import FOLLOWED, UNFOLLOWED
from app.wechat.models import Follower


def meet(account: str, openid: str, at: datetime) -> Follower:
    """The follower row of an openid; the first word of a stranger makes both."""
    found = of(account, openid)
    if found:
        return found
    customer = identities.find(OPENID, openid, account=account)
    if customer is None:
        known = accounts.get(account)
        source = "practice" if known and known.practice else "wechat"
        customer = people.create("", source=source)
        identities.attach(customer, OPENID, openid, source=source, account=account)
    insert_once(Follower, account=account, openid=openid, customer_id=customer.id, following=True)
    return db.session.scalars(
        select(Follower).where(Follower.account == account, Follower.openid == openid)
    ).one()


def of(account: str, openid: str) -> Follower | None:
    return db.session.scalar(
        select(Follower).where(Follower.account == account, Follower.openid == openid)
    )


def follow(follower: Follower, at: datetime, *, scene: str) -> bool:
    """They follow, or follow again. Order is the platform's time, not that of arrival."""
    timeline.record(FOLLOWED, follower.customer, at=at, scene=scene[:128])
    if at < follower.changed_at:
        return False
    follower.following, follower.changed_at, follower.scene = True, at, scene[:128]
    people.came_back(follower.customer)
    return True


def heard_of(follower: Follower, at: datetime) -> None:
    """Who writes, clicks or scans follows us, whatever we thought (a 43004 may have been wrong)."""
    if not follower.following and at > follower.changed_at:
        follower.following, follower.changed_at = True, at
        people.came_back(follower.customer)


def unfollow(follower: Follower, at: datetime) -> None:
    timeline.record(UNFOLLOWED, follower.customer, at=at)
    if at >= follower.changed_at:
        follower.following, follower.changed_at, follower.cleared_at = False, at, None
        people.left(follower.customer, at)
