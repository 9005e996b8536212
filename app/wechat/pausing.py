"""When the platform cannot be asked, nobody asks: one line in the table of tokens for all workers.

A letter that waits for the platform spends none of its tries, so an outage of hours loses none; it
goes out within a minute of the platform's return. What a pause is about stands on the status page.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, or_, select

from app.core.clock import LONG_AGO, now
from app.core.db import ask, db, insert_once
from app.core.errors import N_, DeliveryFailed, DeliveryUnknown
from app.wechat.faults import STALE_TOKEN
from app.wechat.models import AccessToken

CLOSED = N_("连不上微信：要发的消息都先等着，通了会自动发出")
PATIENCE = 5  # broken calls in a row until nobody calls any more
BREAK, MINUTE = timedelta(seconds=30), timedelta(seconds=60)
LONGEST = timedelta(hours=25)  # a pause that ends later was written by a wrong clock
USED_UP = "45009"  # the account's calls of a day
# Refusals that every other letter would get as well, however often we ask.
FOR_ALL = {str(code) for code in STALE_TOKEN} | {"40164", "45011"}
PLATFORMS_DAY = ZoneInfo("Asia/Shanghai")


def until(account: str) -> datetime | None:
    """The moment before which nobody asks, or None."""
    found: datetime | None = ask(
        select(AccessToken.paused_until).where(AccessToken.account == account)
    ).scalar()
    return found if found and now() < found < now() + LONGEST else None


def refused(account: str, failure: DeliveryFailed) -> datetime | None:
    """The platform said no, or could not be reached: until when all wait, if they must."""
    if failure.code == USED_UP:
        return _pause(account, _next_day(), failure.reason)
    if failure.code in FOR_ALL:
        return _pause(account, now() + MINUTE, failure.reason)
    if failure.code in ("", "-1"):
        return None if failure.permanent else broken(account)
    worked(account)  # it speaks with us: this is about one person
    return None


@contextmanager
def watched(account: str) -> Iterator[None]:
    """Around a call: note how the way to the platform is."""
    try:
        yield
    except DeliveryFailed as failure:
        failure.until = refused(account, failure)
        raise
    except DeliveryUnknown:
        broken(account)
        raise
    worked(account)


def broken(account: str) -> datetime | None:
    """A call that the platform did not answer."""
    insert_once(AccessToken, account=account)
    count = db.session.scalar(
        db.update(AccessToken)
        .where(AccessToken.account == account)
        .values(failures=AccessToken.failures + 1)
        .returning(AccessToken.failures)
        .execution_options(synchronize_session=False)
    )
    return _pause(account, now() + BREAK, CLOSED) if count and count >= PATIENCE else None


def worked(account: str) -> None:
    """The platform answered: whatever was wrong is over."""
    paused = AccessToken.paused_until > LONG_AGO
    db.session.execute(
        db.update(AccessToken)
        .where(AccessToken.account == account, or_(AccessToken.failures > 0, paused))
        .values(
            failures=0, paused_until=LONG_AGO, fault=case((paused, ""), else_=AccessToken.fault)
        )
        .execution_options(synchronize_session=False)
    )


def _pause(account: str, end: datetime, why: str) -> datetime:
    insert_once(AccessToken, account=account)
    db.session.execute(
        db.update(AccessToken)
        .where(AccessToken.account == account)
        .values(paused_until=end, fault=why)
        .execution_options(synchronize_session=False)
    )
    return end


def _next_day() -> datetime:
    """The platform counts calls by its own day."""
    here = now().astimezone(PLATFORMS_DAY)
    tomorrow = datetime.combine(here.date() + timedelta(days=1), time(0, 1), PLATFORMS_DAY)
    return tomorrow.astimezone(now().tzinfo)
