"""One sentence that says when and what: «明天下午3点回访王姐 试用装». Pure but for the clock.

What is understood is a proposal, shown before it is kept; what cannot be a time is Refused.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.core.clock import at_local, local, now
from app.core.errors import N_, Refused
from app.core.written import plain
from app.reminders import clockwords, daywords, repeating
from app.reminders.daywords import later_by
from app.reminders.numerals import NUMBER, number

MORNING = 10 * 60  # minutes after midnight: the hour of a day for which none was said
BLOT = "\0"  # stands where a time has been read
LAST_MINUTE = 24 * 60 - 1
LONGEST = 300  # characters that are looked at
EDGES = " ,，。.、;；:：!！~-的"

NOTHING = N_("没看出是什么时候：请写上时间，比如 明天下午3点、下周三、半小时后、农历八月十五")
PAST = N_("这个时间已经过去了，请选以后的时间")

Span = tuple[int, int]
UNITS = {
    "天": "day", "日": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month",
    "季": "month", "季度": "month", "年": "year",
}  # fmt: skip
_AGAIN = re.compile(
    rf"(?:每(?:(?P<gap>隔)|逢)?(?P<many>{NUMBER})?个?|(?P<other>隔))"
    r"(?P<unit>天|日(?!常)|周(?!年|岁)|星期|礼拜|月|季度?|年)"
)
_WEEKDAY, _EDGE = re.compile("[一二三四五六日天末1-7]"), re.compile("[底末尾初中]")
_LUNAR = re.compile("农历|阴历|旧历|[正冬腊]月|初[一二三四五六七八九十]|除夕|春节|中秋|端午|元宵")


@dataclass(frozen=True)
class Said:
    """What a sentence says: when, how it repeats (as repeating.parse reads it), and the rest."""

    at: datetime
    rest: str
    repeat: str = ""


def read(typed: str) -> Said:
    """Understand a sentence. Refused where it names no time, none that exists, or one gone by."""
    text = plain(typed)[:LONGEST]
    try:
        repeat, text = _again(text)
        at, spans = _when(text, _turn(repeat))
    except (ValueError, OverflowError):
        raise Refused(NOTHING, field="said") from None
    except Refused as no:
        raise Refused(no.message, field="said", **no.params) from None
    return Said(at, _rest(text, spans), repeat)


def moment(typed: str) -> datetime:
    """Only the moment."""
    return read(typed).at


def _again(text: str) -> tuple[str, str]:
    """«每周三»: the rule, and the text with what remains of it («周三»)."""
    m = _AGAIN.search(text)
    if m is None:
        return "", text
    unit, many = UNITS[m["unit"]], number(m["many"]) if m["many"] else 1
    many = 2 if m["other"] or (m["gap"] and many == 1) else many
    many *= 3 if m["unit"].startswith("季") else 1
    if not 1 <= many <= repeating.MOST:
        raise Refused(N_("重复的间隔请写 1 到 %(most)s"), most=repeating.MOST)
    if unit == "year" and _LUNAR.search(text):
        unit = "lunar"
    behind = text[m.end() : m.end() + 1]
    stays = {"week": _WEEKDAY, "month": _EDGE}.get(unit)
    end = m.start("unit") if stays and stays.match(behind) else m.end()
    return f"{unit}:{many}", text[: m.start()] + BLOT * (end - m.start()) + text[end:]


def _turn(repeat: str) -> tuple[date, ...]:
    """The days on which something begins that repeats, where none was said: in one turn."""
    today = local(now()).date()
    if not repeat:
        return (today, today + timedelta(days=1))
    unit, every = repeating.parse(repeat)
    if unit == "day":
        return (today, today + timedelta(days=every))
    if unit == "week":
        return (today + timedelta(weeks=every),)
    return (later_by(today, every * (1 if unit == "month" else 12)),)


def _when(text: str, otherwise: tuple[date, ...]) -> tuple[datetime, list[Span]]:
    wait = clockwords.find_span(text)
    if wait:
        span, lasting = wait
        return (now() + lasting).replace(second=0, microsecond=0), [span]
    here = local(now())
    day = daywords.find(text, here.date())
    hour = clockwords.find(_without(text, day), day.span if day else None)
    if day is None and hour is None and BLOT not in text:
        raise Refused(NOTHING)
    days = day.days if day else otherwise
    spans = [one.span for one in (day, hour) if one]
    return _first_ahead(days, hour.minutes if hour else None, here), spans


def _without(text: str, day: daywords.Day | None) -> str:
    """The text with its day blotted out: «周三3点» has one «三点» only, places stay."""
    if day is None:
        return text
    start, end = day.span
    return text[:start] + BLOT * (end - start) + text[end:]


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
        kept[start:end] = BLOT * (end - start)
    words = re.sub(f"{BLOT}+", BLOT, "".join(kept)).split(BLOT)
    said = " ".join(word.strip(EDGES) for word in words if word.strip(EDGES))
    return re.sub(r"^(?:之?前|以前)", "", said).strip(EDGES)
