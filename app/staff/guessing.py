"""Somebody tries passwords at one account from many places: it is slowed down, and the owner hears.

The throttle holds each account to a few tries, from wherever they come. Here a whole wave of them
becomes a line in the book, and a condition for a day.
"""

from datetime import timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.conditions import ILL, WELL, Condition
from app.core.db import ask, db
from app.core.errors import N_
from app.staff import accounts, audit
from app.staff.models import AuditLine, Staff
from app.staff.throttle import TooManyTries

WAVE = 30  # tries at one account within the throttle's window: no forgetful colleague does that
LASTS = timedelta(hours=24)
GUESSED = "signin.guessed"

QUIET = N_("最近一天没有")
WARNING = N_(
    "最近一天有人连续乱试 %(names)s 的密码，多出来的都挡住了。请确认密码够长、别处没用过，"
    "并打开两步验证；本人这时登录可能要等 15 分钟，已经登录的设备不受影响"
)


def heed(known: str, no: TooManyTries, *, address: str) -> None:
    """An account refuses one more try: at the thirtieth it is written down, once in a wave."""
    if no.tries != WAVE:
        return
    person = accounts.by_name(known)
    if person is not None:
        audit.log(None, GUESSED, f"staff:{person.id}", address=address, tries=no.tries)


def conditions() -> list[Condition]:
    names = {f"staff:{one.id}": one.display for one in db.session.scalars(select(Staff))}
    lately = select(AuditLine.about).where(
        AuditLine.about.in_(list(names)), AuditLine.what == GUESSED, AuditLine.at > now() - LASTS
    )
    guessed = sorted({names[row.about] for row in ask(lately)})
    label = N_("有人乱试密码")
    if not guessed:
        return [Condition("guessing", label, WELL, QUIET)]
    return [Condition("guessing", label, ILL, WARNING, {"names": "、".join(guessed)[:100]})]
