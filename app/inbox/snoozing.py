"""Put a conversation off: it comes back at a moment, or when the customer writes."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from app.core.clock import FAR_OFF, at_local, local, now, today
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.jobs import job
from app.inbox import noting, nudging
from app.inbox.models import OPEN, RESOLVED, SNOOZED, Conversation
from app.staff.models import Staff

MORNING = time(9)
CUSTOM, WRITES = "custom", "writes"
CHOICES = {
    "hour": N_("1 小时后"), "hours3": N_("3 小时后"), "tomorrow": N_("明天上午"),
    "monday": N_("下周一上午"), WRITES: N_("客户再来消息时"), CUSTOM: N_("自定义"),
}  # fmt: skip
LONGEST = timedelta(days=366)


def moment_of(choice: str, custom: datetime | None) -> datetime:
    """The moment that a chip stands for."""
    if choice == CUSTOM:
        if custom is None:
            raise Refused(N_("选了自定义，请再填日期和时间"), field="at")
        return custom
    if choice not in _moments:
        raise Refused(N_("没有这个选项，请从列表里选一个"))
    return _moments[choice]()


def snooze(chat: Conversation, until: datetime, *, by: Staff) -> Conversation:
    """It leaves the open ones until then. Whatever the customer writes brings it back at once."""
    if chat.state == RESOLVED:
        raise Refused(N_("这个对话已经解决了，不用推迟"))
    if until <= now():
        raise Refused(N_("这个时间已经过了，请选以后的时间"), field="at")
    if until > now() + LONGEST and until != FAR_OFF:
        raise Refused(N_("最多推迟一年，请选近一点的时间"), field="at")
    chat.state, chat.snoozed_until, chat.unread = SNOOZED, until, 0
    if until == FAR_OFF:
        noting.note_down(chat, "until_they_write", by=by)
        return chat
    noting.note_down(chat, "snoozed", by=by, to=f"{local(until):%Y-%m-%d %H:%M}")
    wake.later(chat.id, by.id, at=until)
    return chat


@job()
def wake(chat_id: int, staff_id: int) -> None:
    """The time has come: open again, and whoever has it, or put it off, is told."""
    chat = db.session.get(Conversation, chat_id)
    if chat is None or chat.state != SNOOZED or chat.snoozed_until > now():
        return
    chat.state, chat.snoozed_until = OPEN, FAR_OFF
    noting.note_down(chat, "woken", by=None)
    person = chat.assignee or db.session.get(Staff, staff_id)
    if person and person.is_active:
        nudging.want(chat, person, nudging.WOKEN, by=None)


def _in_hours(hours: int) -> datetime:
    return now().replace(second=0, microsecond=0) + timedelta(hours=hours)


def _morning_in(days: int) -> datetime:
    return at_local(today() + timedelta(days=days), MORNING)


_moments: dict[str, Callable[[], datetime]] = {
    "hour": lambda: _in_hours(1),
    "hours3": lambda: _in_hours(3),
    "tomorrow": lambda: _morning_in(1),
    "monday": lambda: _morning_in(7 - local(now()).weekday()),
    WRITES: lambda: FAR_OFF,
}
