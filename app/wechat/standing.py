"""How we stand with the platform: the token of each account, and its clock against ours."""

from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import select

from app.core.clock import local, now
from app.core.conditions import ILL, WELL, Condition
from app.core.db import db
from app.core.errors import N_
from app.wechat import accounts
from app.wechat.models import AccessToken, Arrival

SOME = 5  # newest pushes whose stamps are compared with our clock
APART = timedelta(minutes=2)


def conditions() -> list[Condition]:
    real = [one.app_id for one in accounts.known.values() if not one.practice]
    return [_token(app_id) for app_id in real] + ([_clock()] if real else [])


def _token(app_id: str) -> Condition:
    row = db.session.scalar(select(AccessToken).where(AccessToken.account == app_id))
    name, label = f"token.{app_id}", N_("公众号的凭证")
    if row and row.fault:
        return Condition(name, label, ILL, row.fault)
    if row and row.good_until > now():
        until = local(row.good_until).strftime("%H:%M")
        return Condition(name, label, WELL, N_("有效，到 %(until)s 自动换新"), {"until": until})
    return Condition(name, label, WELL, N_("下次发消息时自动换新"))


def _clock() -> Condition:
    """The stamp of a push is made when it is sent; several, because one may have been underway."""
    newest = select(Arrival.stamp, Arrival.created_at).order_by(Arrival.id.desc()).limit(SOME)
    apart = [
        abs((row.created_at - datetime.fromtimestamp(row.stamp, UTC)).total_seconds())
        for row in db.session.execute(newest)
        if 0 < row.stamp < 2**33
    ]
    label = N_("和微信的时钟比")
    if not apart:
        return Condition("clock.wechat", label, WELL, N_("还没有收到过消息"))
    middle = timedelta(seconds=median(apart))
    if middle > APART:
        says = N_("差了约 %(minutes)s 分钟，微信会拒收。请打开这台机器的自动对时（NTP）")
        minutes = int(middle.total_seconds() // 60)
        return Condition("clock.wechat", label, ILL, says, {"minutes": minutes})
    return Condition("clock.wechat", label, WELL, N_("准"))
