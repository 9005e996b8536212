"""How values look: money, dates, phones. Jinja filters, in the reader's language."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask

from app.core.clock import FAR_OFF, FAR_OFF_DAY, LONG_AGO, LONG_AGO_DAY, day_of, local, now, today
from app.core.errors import N_
from app.core.words import say as _
from app.core.words import say_many


def money(cents: int) -> str:
    """Whole 分 as ¥1,234.50."""
    sign = "-" if cents < 0 else ""
    return f"{sign}¥{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def roughly(cents: int) -> str:
    """An estimate as ¥1,200: two figures, as more would only pretend to be known."""
    yuan = cents / 100
    step = 10 ** max(0, len(str(int(yuan))) - 2)
    return f"¥{round(yuan / step) * step:,}"


def day(value: date | datetime | None) -> str:
    """A calendar day, exact; empty for «never»."""
    if value is None or value in (LONG_AGO_DAY, FAR_OFF_DAY, LONG_AGO, FAR_OFF):
        return ""
    if isinstance(value, datetime):
        value = day_of(value)
    return value.isoformat()


def exact(value: datetime | None) -> str:
    """A moment on the shop's clock, to the minute."""
    if value is None or value in (LONG_AGO, FAR_OFF):
        return ""
    return local(value).strftime("%Y-%m-%d %H:%M")


def clock_time(value: datetime) -> str:
    return local(value).strftime("%H:%M")


NEAR = {0: N_("今天"), 1: N_("昨天"), -1: N_("明天"), -2: N_("后天")}


def ago(value: date | datetime | None) -> str:
    """«12 天前», «明天»: how far a day lies from today; today's moments by the minute."""
    if value is None or value in (LONG_AGO_DAY, FAR_OFF_DAY, LONG_AGO, FAR_OFF):
        return _("没有")
    if isinstance(value, datetime):
        minutes = int((now() - value).total_seconds() // 60)
        if 0 <= minutes < 1:
            return _("刚刚")
        if 0 < minutes < 60:
            return _("%(n)s 分钟前", n=minutes)
        if day_of(value) == today():
            return _("今天 %(time)s", time=clock_time(value))
        value = day_of(value)
    days = (today() - value).days
    if days in NEAR:
        return _(NEAR[days])
    if days < 0:
        return say_many("%(num)d 天后", "%(num)d 天后", -days)
    return say_many("%(num)d 天前", "%(num)d 天前", days)


def when(value: datetime, hour: bool = True) -> str:
    """«明天 10:00», «11月25日 10:00»: an appointment, before or after now."""
    days = (day_of(value) - today()).days
    word = _(NEAR[-days]) if -days in NEAR else short_day(day_of(value))
    return f"{word} {clock_time(value)}" if hour else word


def remaining(until: datetime) -> str:
    """«21 小时»: how long until then, told so that it promises too little rather than too much."""
    return _lasting(until - now())


def waited(since: datetime) -> str:
    """«35 分钟»: how long it has been since then."""
    return _lasting(now() - since)


def _lasting(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return say_many("%(num)d 分钟", "%(num)d 分钟", max(1, minutes))
    if minutes < 72 * 60:
        return say_many("%(num)d 小时", "%(num)d 小时", minutes // 60)
    return say_many("%(num)d 天", "%(num)d 天", minutes // (24 * 60))


def short_day(value: date) -> str:
    """«9月3日»; another year's day is exact."""
    if value.year != today().year:
        return value.isoformat()
    return _("%(month)s月%(day)s日", month=value.month, day=value.day)


def is_past(value: datetime) -> bool:
    return value < now()


def day_name(value: datetime) -> str:
    """«今天», «昨天», or the date: what separates the days of a thread."""
    passed = (today() - day_of(value)).days
    return {0: _("今天"), 1: _("昨天")}.get(passed) or day(value)


def masked(phone: str) -> str:
    """A phone with its middle hidden: 138 **** 5678."""
    digits = national(phone)
    if len(digits) < 7:
        return "*" * len(digits)
    return f"{digits[:3]} **** {digits[-4:]}"


def veiled(account: str) -> str:
    """An account of some platform or an e-mail address, with most of it hidden: li***@qq.com."""
    head, at, tail = account.partition("@")
    return f"{head[:2] if len(head) > 2 else ''}***{at}{tail}"


def spaced(phone: str) -> str:
    """A mobile number in 3-4-4, others as they are."""
    digits = national(phone)
    return f"{digits[:3]} {digits[3:7]} {digits[7:]}" if len(digits) == 11 else digits


def national(phone: str) -> str:
    return phone.removeprefix("+86")


def tail(phone: str) -> str:
    return phone[-4:]


FILTERS: dict[str, Any] = {
    f.__name__: f
    for f in (
        money, day, exact, clock_time, ago, when, short_day, is_past, day_name, masked, national,
        remaining, roughly, spaced, tail, veiled, waited,
    )
}  # fmt: skip


def install(app: Flask) -> None:
    app.jinja_env.filters.update(FILTERS)
