"""The time of day that a sentence names: 下午3点半, 15:30, 晚上, 半小时后. Pure."""

import re
from dataclasses import dataclass
from datetime import timedelta

from app.core.errors import N_, Refused
from app.reminders.numerals import NUMBER, number

# minutes after midnight, where no hour is said
PERIODS = {
    "凌晨": 5 * 60, "半夜": 23 * 60, "清晨": 8 * 60, "早上": 9 * 60, "早晨": 9 * 60, "早": 9 * 60,
    "上午": 10 * 60, "中午": 12 * 60, "正午": 12 * 60, "午后": 14 * 60, "下午": 15 * 60,
    "傍晚": 18 * 60, "晚上": 20 * 60, "夜里": 21 * 60, "晚": 20 * 60,
}  # fmt: skip
AFTERNOON = ("午后", "下午")
EVENING = ("傍晚", "晚上", "夜里", "晚", "半夜")
BRIEF = ("早", "晚")  # a period only right after a day: «明早», never in «早点»
DAY = 24 * 60
NOON = 12 * 60

_PERIOD = "|".join(sorted(PERIODS, key=len, reverse=True))
_HOUR = re.compile(
    rf"(?:(?P<period>{_PERIOD})的?\s?)?"
    rf"(?:(?P<digital>\d{{1,2}}):(?P<minutes>\d{{1,2}})(?!\d)(?:\s?(?P<half_day>[ap]m))?"
    rf"|(?P<english>\d{{1,2}})\s?(?P<half>[ap]m)"
    rf"|(?P<hour>{NUMBER})(?:点钟?|时(?!间|候))(?!心|货|单|菜|个赞|击)整?"
    rf"(?:(?P<and>半)|(?P<quarter>[一三])刻|(?P<minute>{NUMBER})分?(?!钟|[天个罐盒包件瓶箱]))?)",
    re.IGNORECASE,
)
_PART = re.compile(rf"(?P<period>{_PERIOD})")
_SPAN = re.compile(
    rf"(?P<before>再?过)?(?:(?P<many>{NUMBER}|半|几)?个?(?P<half>半)?个?"
    r"(?P<unit>小时|钟头|分钟|刻钟)(?P<and>半)?)(?P<after>[之以]?[后後内])?"
)
_SOON = re.compile(r"(?:过|等|待)?(?:一会儿?|会儿)(?:[之以]?后)?|稍后|晚点儿?|(?:等|待)会儿?")
MINUTES = {"小时": 60, "钟头": 60, "分钟": 1, "刻钟": 15}
SOON = timedelta(hours=1)

NO_SUCH_HOUR = N_("没有「%(text)s」这个时间，请写 0 到 24 点")
VAGUE = N_("「%(text)s」没说清是多久，请写成 半小时后、2小时后 这样")


@dataclass(frozen=True)
class Hour:
    """Where a time is named, and the minutes after midnight that may be meant, likeliest first."""

    span: tuple[int, int]
    minutes: tuple[int, ...]


def find(text: str, beside: tuple[int, int] | None) -> Hour | None:
    """The time of day that a text names, best right after its day (`beside`); Refused when there
    is no such time."""
    found = [m for m in _HOUR.finditer(text) if not _is_manner(m)]
    near = [m for m in found if beside and not text[beside[1] : m.start()].strip(" ,，的")]
    if near or found:
        match = (near or found)[0]
        return Hour(match.span(), _minutes(match))
    parts = [m for m in _PART.finditer(text) if m[0] not in BRIEF or _touches(m, beside)]
    if parts:
        return Hour(parts[0].span(), (PERIODS[parts[0]["period"]],))
    return None


def find_span(text: str) -> tuple[tuple[int, int], timedelta] | None:
    """«半小时后»: where it stands, and how long from now."""
    for m in _SPAN.finditer(text):
        if not (m["before"] or m["after"]):
            continue
        if m["many"] == "几" or not (m["many"] or m["half"]):
            raise Refused(VAGUE, text=m[0])
        unit = MINUTES[m["unit"]]
        halves = 1 if m["many"] == "半" else 2 * number(m["many"]) if m["many"] else 0
        halves += 1 if m["half"] or m["and"] else 0
        return m.span(), timedelta(minutes=halves * unit / 2)
    soon = _SOON.search(text)
    return (soon.span(), SOON) if soon else None


def _is_manner(m: re.Match[str]) -> bool:
    """«便宜一点»: no hour at all."""
    return m[0] == "一点"


def _touches(m: re.Match[str], beside: tuple[int, int] | None) -> bool:
    return beside is not None and beside[1] == m.start()


def _minutes(m: re.Match[str]) -> tuple[int, ...]:
    hour = number(m["digital"] or m["english"] or m["hour"])
    minute = 30 if m["and"] else 15 * number(m["quarter"]) if m["quarter"] else 0
    minute = number(m["minutes"] or m["minute"] or str(minute))
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise Refused(NO_SUCH_HOUR, text=m[0])
    at, half = hour * 60 + minute, (m["half"] or m["half_day"] or "").lower()
    if half:
        return (at % NOON + (NOON if half == "pm" else 0),)
    return _in_period(at, m["period"] or "", exact=bool(m["digital"]) and len(m["digital"]) == 2)


def _in_period(at: int, period: str, *, exact: bool) -> tuple[int, ...]:
    if period in AFTERNOON or (period in ("中午", "正午") and at < 3 * 60):
        return (at + NOON if at < NOON else at,)
    if period in EVENING:
        return (_tonight(at),)
    if period:
        return (at % NOON if period == "凌晨" and at < NOON + 60 else at,)
    if exact or at >= NOON:
        return (at,)
    # A shop's «3点» is in the afternoon; «9点» of today is tonight's when the morning is over.
    return (at + NOON, at) if 60 <= at < 7 * 60 else (at, at + NOON)


def _tonight(at: int) -> int:
    """«晚上8点» is twenty hours; «晚上1点» and «晚上12点» are past midnight."""
    if 5 * 60 <= at < NOON:
        return at + NOON
    return at % NOON + DAY if at < NOON + 60 else at
