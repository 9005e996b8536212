"""How the reminders are doing: for the status page, and for the alarm."""

from datetime import timedelta

from sqlalchemy import select

from app.core import pulses
from app.core.clock import now
from app.core.conditions import ILL, POOR, WELL, Condition
from app.core.db import ask
from app.core.errors import N_
from app.digests.models import FAILED, UNKNOWN, WAITING, Delivery

LATELY, TOO_LONG = timedelta(days=1), timedelta(hours=2)
MOST_COUNTED = 1000
STOPPED = N_("提醒服务超过 10 分钟没有运行，今日清单和到点提醒都停着。请重新启动熟客的后台程序")
STUCK = N_("有 %(n)s 条提醒两小时还没发出去，请看发信邮箱和微信的状态")
MISSED = N_("最近一天有 %(n)s 条提醒没送到人，原因在那位同事的“我的 › 提醒发到哪里”里")


def conditions() -> list[Condition]:
    return [_service(), _deliveries()]


def _service() -> Condition:
    at, label = pulses.last(pulses.REMINDERS), N_("提醒服务")
    if at is None:
        return Condition("reminders", label, WELL, N_("还没有运行过"))
    if pulses.is_silent(at):
        return Condition("reminders", label, ILL, STOPPED)
    minutes = int((now() - at).total_seconds() // 60)
    return Condition("reminders", label, WELL, N_("%(minutes)s 分钟前运行"), {"minutes": minutes})


def _deliveries() -> Condition:
    label, since = N_("发给同事的提醒"), now() - LATELY
    stuck = _count(Delivery.state == WAITING, Delivery.due_at.between(since, now() - TOO_LONG))
    if stuck:
        return Condition("deliveries", label, ILL, STUCK, {"n": stuck})
    ended = Delivery.state.in_((FAILED, UNKNOWN))  # who has no way is told on their page
    missed = _count(ended, Delivery.due_at > since)
    if missed:
        return Condition("deliveries", label, POOR, MISSED, {"n": missed})
    return Condition("deliveries", label, WELL, N_("最近一天都送到了"))


def _count(*where: object) -> int:
    some = select(Delivery.id).where(*where).limit(MOST_COUNTED)  # type: ignore[arg-type]
    return len(ask(some).all())
