"""Who unfollows takes along what WeChat told us of them, the night after: the platform asks for it.

Raw pushes, by which code they came, and what the platform let us send go. Their messages stay, as
every word between a shop and its customer, and so does the number by which WeChat knows them: by it
they are known again, and by it nobody writes to them. Names and portraits of WeChat are not kept.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, select, text

from app.core.clock import now
from app.core.db import ask, db, looking
from app.core.errors import N_
from app.core.jobs import job
from app.core.leases import got_on
from app.core.settings import setting
from app.customers.silences import Writer
from app.wechat.models import UNCLEARED, Allowance, Arrival, Follower

STEP = 5000  # pushes looked at in one statement: they are kept in the order of their numbers
AIM = 0.02  # seconds of a write

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
        due = list(ask(_due(Follower.id, until).order_by(Follower.id)).scalars())
        last = ask(select(func.max(Arrival.id))).scalar() or 0
    if not due:
        return
    pushes, people = Writer[int](AIM), Writer[int](AIM)
    for low in range(0, last + 1, STEP):
        for part in pushes.parts(_pushes(low, until)):
            _forget_pushes(part, until)
        got_on()
    for part in people.parts(due):
        _forget(part, until)
        got_on()
    db.session.expire_all()


def _due(what: Any, until: datetime) -> Any:
    return select(what).where(text(UNCLEARED), Follower.changed_at <= until)


def _theirs(until: datetime) -> Any:
    """What has been dealt with, of those who left; a follower is found by their own index."""
    left = exists().where(
        Follower.account == Arrival.account, Follower.openid == Arrival.openid,
        ~Follower.following, Follower.cleared_at.is_(None), Follower.changed_at <= until,
    )  # fmt: skip
    return and_(Arrival.done_at.is_not(None), left)


def _pushes(low: int, until: datetime) -> list[int]:
    """Of one range, looked for without the lock."""
    near = (Arrival.id > low, Arrival.id <= low + STEP)
    with looking():
        return list(ask(select(Arrival.id).where(*near, _theirs(until))).scalars())


def _forget_pushes(ids: list[int], until: datetime) -> None:
    ask(db.delete(Arrival).where(Arrival.id.in_(ids), _theirs(until)))


def _forget(ids: list[int], until: datetime) -> None:
    some = _due(Follower.id, until).where(Follower.id.in_(ids)).order_by(Follower.id)
    still = list(ask(some.with_for_update()).scalars())
    ask(db.delete(Allowance).where(Allowance.follower_id.in_(still)))
    ask(db.update(Follower).where(Follower.id.in_(still)).values(scene="", cleared_at=now()))
