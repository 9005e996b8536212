"""What comes again, as a calendar says it: RFC 5545, in the shop's own hours.

A turn on a day off is taken out of the rule and put on the day on which it will be, as far as the
table of holidays reaches; lunar days have no rule, so of these the next one stands alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.core import clock
from app.core.clock import local
from app.reminders import repeating, times, workdays
from app.reminders.repeating import DAY, LUNAR, MONTH, WEEK, YEAR, Rule, day_of, moment_on

FREQ = {DAY: "DAILY", WEEK: "WEEKLY", MONTH: "MONTHLY", YEAR: "YEARLY"}
SHORTEST, FEBRUARY = 28, 2


@dataclass(frozen=True)
class Span:
    """The days of which is known on which nobody works."""

    off: dict[date, str]
    until: date


def known(until: date) -> Span:
    return Span(workdays.days_off(clock.today(), until), until)


def is_told(rule: Rule) -> bool:
    return bool(rule) and rule["unit"] != LUNAR


def regular(rule: Rule) -> datetime:
    """Where this turn would be, had nobody moved it."""
    return moment_on(rule, day_of(rule))


def stamp(name: str, moment: datetime) -> str:
    """A property with a moment on the shop's clock, or a day where the whole day is meant."""
    here = local(moment)
    if times.is_whole_day(moment):
        return f"{name};VALUE=DATE:{here:%Y%m%d}"
    return f"{name};TZID={clock.zone.key}:{here:%Y%m%dT%H%M%S}"


def lines(rule: Rule, span: Span) -> list[str]:
    """The rule, and its turns that fall on days off, on which day each is instead."""
    turns = list(_turns(rule, span.until))
    off = [day for day in turns if day in span.off]
    instead = {_next_free(day, span.off) for day in off} - {*turns, day_of(rule)}
    return [
        f"RRULE:{said(rule)}",
        *(stamp("EXDATE", moment_on(rule, day)) for day in off),
        *(stamp("RDATE", moment_on(rule, day)) for day in sorted(instead) if day <= span.until),
    ]


def said(rule: Rule) -> str:
    """«FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1»: the 31st, and the last day of others."""
    unit, day, month = str(rule["unit"]), int(str(rule["day"])), day_of(rule).month
    parts = [f"FREQ={FREQ[unit]}", f"INTERVAL={rule['every']}"]
    if day > SHORTEST and (unit == MONTH or (unit == YEAR and month == FEBRUARY)):
        parts += [f"BYMONTH={month}"] if unit == YEAR else []
        days = range(SHORTEST, day + 1)
        parts += [f"BYMONTHDAY={','.join(map(str, days))}", "BYSETPOS=-1"]
    return ";".join(parts)


def _turns(rule: Rule, until: date) -> Iterator[date]:
    """The days that are still to come, after this turn's."""
    day = repeating.step(rule, day_of(rule))
    while day <= until:
        yield day
        day = repeating.step(rule, day)


def _next_free(day: date, off: dict[date, str]) -> date:
    while day in off:
        day += timedelta(days=1)
    return day


# The shop's clock --------------------------------------------------------------------------------


def zone_lines(first: date, last: date) -> list[str]:
    """The zone of these times, with each change of its offset within a stretch of days."""
    moment, end = clock.start_of(first), clock.start_of(last)
    before = _offset(moment)
    spelt = ["BEGIN:VTIMEZONE", f"TZID:{clock.zone.key}"]
    spelt += _observance("19700101T000000", before, before)
    while moment < end:
        following = moment + timedelta(days=1)
        after = _offset(following)
        if after != before:
            spelt += _observance(_shown(_change(moment, following), before), before, after)
        moment, before = following, after
    return [*spelt, "END:VTIMEZONE"]


def _change(low: datetime, high: datetime) -> datetime:
    """The minute of a day at which the offset changes."""
    before = _offset(low)
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
        low, high = (middle, high) if _offset(middle) == before else (low, middle)
    return high


def _offset(moment: datetime) -> timedelta:
    return local(moment).utcoffset() or timedelta()


def _shown(moment: datetime, offset: timedelta) -> str:
    """What the clocks show that have not been changed yet."""
    return f"{moment + offset:%Y%m%dT%H%M%S}"


def _observance(start: str, before: timedelta, after: timedelta) -> list[str]:
    return [
        "BEGIN:STANDARD", f"DTSTART:{start}", f"TZOFFSETFROM:{_written(before)}",
        f"TZOFFSETTO:{_written(after)}", "END:STANDARD",
    ]  # fmt: skip


def _written(offset: timedelta) -> str:
    minutes = offset // timedelta(minutes=1)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
