"""When next: a chip on the screen, as a moment on the shop's clock."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from app.core.clock import at_local, end_of, local, now, today
from app.core.errors import N_, Refused
from app.reminders import phrases
from app.reminders.daywords import later_by

MORNING = time(10)
LAST_MINUTE = timedelta(minutes=1)

CUSTOM = "custom"
NEXTS = {
    "tomorrow": N_("明天"), "days3": N_("3 天后"), "week": N_("一周后"), "month": N_("一个月后"),
    CUSTOM: N_("自定义"),
}  # fmt: skip
SNOOZES = {
    "hour": N_("1 小时后"), "tomorrow": N_("明天上午"), "days3": N_("3 天后"),
    "monday": N_("下周"), CUSTOM: N_("自定义"),
}  # fmt: skip


def moment_of(chip: str, custom: datetime | None = None, said: str = "") -> datetime | None:
    """The moment that a chip, a picked time or a phrase stands for; None when there is none."""
    if chip in (CUSTOM, ""):
        if said:
            return phrases.moment(said)
        if chip == CUSTOM and custom is None:
            raise Refused(N_("选了自定义，请再填日期和时间"), field="at")
        return custom
    if chip not in _moments:
        raise Refused(N_("没有这个选项，请从列表里选一个"))
    return _moments[chip]()


def chosen(chip: str, custom: datetime | None = None, said: str = "") -> datetime:
    """The same where a moment is needed."""
    moment = moment_of(chip, custom, said)
    if moment is None:
        raise Refused(N_("还没有选时间，请选一个"), field="at")
    return moment


def whole_day(day: date) -> datetime:
    """Due some time on that day: it is late only when the day is over."""
    return end_of(day) - LAST_MINUTE


def is_whole_day(moment: datetime) -> bool:
    return local(moment).strftime("%H:%M") == "23:59"


def soon() -> datetime:
    """In an hour, on the half hour; at the latest by the end of today."""
    return min(phrases.moment("1小时后"), whole_day(today()))


def _in_an_hour() -> datetime:
    return now().replace(second=0, microsecond=0) + timedelta(hours=1)


def _in_days(days: int) -> datetime:
    return at_local(today() + timedelta(days=days), MORNING)


def _next_monday() -> datetime:
    return _in_days(7 - local(now()).weekday())


def _in_a_month() -> datetime:
    return at_local(later_by(today(), 1), MORNING)


_moments: dict[str, Callable[[], datetime]] = {
    "hour": _in_an_hour,
    "tomorrow": lambda: _in_days(1),
    "days3": lambda: _in_days(3),
    "week": lambda: _in_days(7),
    "monday": _next_monday,
    "month": _in_a_month,
}
