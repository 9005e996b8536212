"""Days on which nobody is called: holidays, the shop's own days off, the weekday it is shut."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.core import holidays
from app.core.clock import at_local, day_of, local
from app.core.errors import N_
from app.core.hours import Hours
from app.core.settings import setting
from app.inbox import opening
from app.reminders.times import MORNING

RESTS = setting(
    "reminders.rest_on_holidays", True, label=N_("法定节假日不约跟进"),
    hint=N_("约到放假那天时，提议改到下一个上班日；重复的跟进自己顺延。放假安排在“设置 › 节假日”"),
)  # fmt: skip
FAR = 40  # days that are looked ahead
SHUT, CLOSED = N_("店休"), N_("每周这天店休")


@dataclass(frozen=True)
class Offer:
    """A follow-up falls on a day off: why (a name, or a source sentence), and the way out."""

    why: str
    to: datetime


def offer(due_at: datetime) -> Offer | None:
    """The next working day at the same hour, where a moment falls on a day off."""
    day = day_of(due_at)
    off = _off(day, day + timedelta(days=FAR))
    if day not in off:
        return None
    ahead = (day + timedelta(days=n) for n in range(1, FAR + 1))
    free = next((one for one in ahead if one not in off), None)
    return Offer(off[day], at_local(free, local(due_at).time())) if free else None


def shifted(due_at: datetime) -> datetime:
    """The same moment, or that of the next working day."""
    found = offer(due_at)
    return found.to if found else due_at


def next_morning(moment: datetime) -> datetime:
    """«Tomorrow» said at a moment: in the morning of the next day on which we work."""
    return shifted(at_local(day_of(moment) + timedelta(days=1), MORNING))


def days_off(first: date, last: date) -> dict[date, str]:
    """The days off of a stretch, with why."""
    return _off(first, last)


def back(day: date, count: int) -> date:
    """The working day that lies so many working days before a day."""
    off = _off(day - timedelta(days=FAR + 2 * count), day)
    while count > 0:
        day -= timedelta(days=1)
        count -= day not in off
    return day


def _off(first: date, last: date) -> dict[date, str]:
    known, hours = holidays.between(first, last), opening.hours()
    rests = RESTS()
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    whys = ((day, _why(day, known.get(day), hours, rests=rests)) for day in span)
    return {day: why for day, why in whys if why}


def _why(day: date, named: holidays.Named | None, hours: Hours, *, rests: bool) -> str:
    own = next((one for one in hours.off if one.first <= day <= one.last), None)
    if own:
        return own.why or SHUT
    if named and rests:
        return "" if named.works else named.name or SHUT
    return "" if hours.week[day.weekday()] else CLOSED
