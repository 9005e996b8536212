"""Who unfollows takes along what WeChat told us of them, the night after: the platform asks for it.

Raw pushes, by which code they came, and what the platform let us send go. Their messages stay, as
every word between a shop and its customer, and so does the number by which WeChat knows them: by it
they are known again, and by it nobody writes to them. Names and portraits of WeChat are not kept.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select, text

from app.core.batches import batched
from app.core.clock import now
from app.core.db import db, looking
from app.core.errors import N_
from app.core.jobs import job
from app.core.settings import setting
from app.wechat.models import UNCLEARED, Allowance, Arrival, Follower

STEP = 5000  # pushes looked at in one statement: they are kept in the order of their numbers

AFTER = setting(
    "wechat.forget_days",
    0,
    label=N_("客户取消关注几天后，删掉微信给的资料"),
    hint=N_(
        "0 是当天夜里，微信要求 24 小时内；删的是微信发来的原始记录、从哪个二维码来的，聊天记录还在"
    ),
    least=0,
    most=30,
    group="wechat",
)


@job()
def clear() -> None:
    """Each night. Doing it twice does no harm; who has come back meanwhile is left alone."""
    until = now() - timedelta(days=AFTER())
    with looking():
        due = list(db.session.scalars(_due(Follower.id, until).order_by(Follower.id)))
        last = db.session.scalar(select(func.max(Arrival.id))) or 0
    if not due:
        return
    for low in batched(range(0, last + 1, STEP)):
        _forget_pushes(low, until)
    for follower_id in batched(due):
        _forget(follower_id, until)


def _due(what: Any, until: datetime) -> Any:
    return select(what).where(text(UNCLEARED), Follower.changed_at <= until)


def _forget_pushes(low: int, until: datetime) -> None:
    """What has been dealt with, of one range; a follower is found by their own index."""
    theirs = exists().where(
        Follower.account == Arrival.account, Follower.openid == Arrival.openid,
        ~Follower.following, Follower.cleared_at.is_(None), Follower.changed_at <= until,
    )  # fmt: skip
    db.session.execute(
        db.delete(Arrival)
        .where(Arrival.id > low, Arrival.id <= low + STEP, Arrival.done_at.is_not(None), theirs)
        .execution_options(synchronize_session=False)
    )


def _forget(follower_id: int, until: datetime) -> None:
    still = _due(Follower, until).where(Follower.id == follower_id)
    follower = db.session.scalar(still.with_for_update())
    if follower is None:
        return
    db.session.execute(db.delete(Allowance).where(Allowance.follower_id == follower.id))
    follower.scene, follower.cleared_at = "", now()
