"""One sentence that says when and what: «明天下午3点回访王姐 试用装». Pure but for the clock.

What is understood is a proposal, shown before it is kept; what cannot be a time is Refused.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.core.clock import at_local, local, now
from app.core.errors import N_, Refused
from app.core.written import plain
from app.reminders import clockwords, daywords

MORNING = 10 * 60  # minutes after midnight: the hour of a day for which none was said
LAST_MINUTE = 24 * 60 - 1
LONGEST = 300  # characters that are looked at
EDGES = " ,，。.、;；:：!！~-的"

NOTHING = N_("没看出是什么时候：请写上时间，比如 明天下午3点、下周三、半小时后、农历八月十五")
PAST = N_("这个时间已经过去了，请选以后的时间")

Span = tuple[int, int]


@dataclass(frozen=True)
class Said:
    """What a sentence says: when, and the rest of its words."""

    at: datetime
    rest: str


def read(typed: str) -> Said:
    """Understand a sentence. Refused where it names no time, none that exists, or one gone by."""
    text = plain(typed)[:LONGEST]
    try:
        at, spans = _when(text)
    except (ValueError, OverflowError):
        raise Refused(NOTHING, field="said") from None
    except Refused as no:
        raise Refused(no.message, field="said", **no.params) from None
    return Said(at, _rest(text, spans))


def moment(typed: str) -> datetime:
    """Only the moment."""
    return read(typed).at


def _when(text: str) -> tuple[datetime, list[Span]]:
    wait = clockwords.find_span(text)
    if wait:
        span, lasting = wait
        return (now() + lasting).replace(second=0, microsecond=0), [span]
    here = local(now())
    day = daywords.find(text, here.date())
    hour = clockwords.find(_without(text, day), day.span if day else None)
    if day is None and hour is None:
        raise Refused(NOTHING)
    days = day.days if day else (here.date(), here.date() + timedelta(days=1))
    spans = [one.span for one in (day, hour) if one]
    return _first_ahead(days, hour.minutes if hour else None, here), spans


def _without(text: str, day: daywords.Day | None) -> str:
    """The text with its day blotted out: «周三3点» has one «三点» only, places stay."""
    if day is None:
        return text
    start, end = day.span
    return text[:start] + "\0" * (end - start) + text[end:]


def _first_ahead(
    days: tuple[date, ...], minutes: tuple[int, ...] | None, here: datetime
) -> datetime:
    """The first of the moments that may be meant which is still to come."""
    for day in days:
        for at in minutes or (_hour_for(day, here),):
            found = at_local(day + timedelta(days=at // 1440), time(at % 1440 // 60, at % 60))
            if found > here:
                return found
    raise Refused(PAST)


def _hour_for(day: date, here: datetime) -> int:
    """Ten in the morning; of today in an hour, at the latest by midnight."""
    if day != here.date():
        return MORNING
    soon = -(-(here.hour * 60 + here.minute + 60) // 30) * 30
    return max(MORNING, min(soon, LAST_MINUTE)) if here.hour < 9 else min(soon, LAST_MINUTE)


def _rest(text: str, spans: list[Span]) -> str:
    """The words beside the time, as they were written."""
    kept = list(text)
    for start, end in spans:
        kept[start:end] = "\0" * (end - start)
    words = re.sub("\0+", "\0", "".join(kept)).split("\0")
    said = " ".join(word.strip(EDGES) for word in words if word.strip(EDGES))
    return re.sub(r"^(?:之?前|以前)", "", said).strip(EDGES)
