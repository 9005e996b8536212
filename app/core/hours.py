"""When the shop is open: several blocks a day, days off, and arithmetic in opening time. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.core.clock import FAR_OFF, LONG_AGO, at_local, day_of
from app.core.errors import N_, Refused
from app.core.written import plain, quoted

Block = tuple[int, int]  # minutes after midnight; an end beyond 24:00 is on the next day
Span = tuple[datetime, datetime]
DAY = 24 * 60
ALWAYS: tuple[Block, ...] = ((0, DAY),)
FAR = 40  # days that are looked at, back or ahead
MOST_BLOCKS, MOST_DAYS_OFF = 6, 100

_BLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?-(\d{1,2})(?::(\d{2}))?")
_DATE = r"(\d{4}-\d{1,2}-\d{1,2})"
_DAYS = re.compile(_DATE + r"(?:\s*(?:~|到|至)\s*" + _DATE + r")?(?:\s+(.*))?")
RESTING = ("", "休", "休息", "不营业", "closed")


@dataclass(frozen=True)
class DayOff:
    first: date
    last: date
    why: str = ""


@dataclass(frozen=True)
class Hours:
    """A week, Monday first, and the days on which the shop stays shut all the same."""

    week: tuple[tuple[Block, ...], ...] = (ALWAYS,) * 7
    off: tuple[DayOff, ...] = ()

    def is_off(self, day: date) -> bool:
        return any(one.first <= day <= one.last for one in self.off)

    def of(self, day: date) -> list[Span]:
        """The moments from which and until which the shop is open on a day."""
        blocks = () if self.is_off(day) else self.week[day.weekday()]
        return [(_moment(day, start), _moment(day, end)) for start, end in blocks]

    def is_open(self, moment: datetime) -> bool:
        day = day_of(moment)
        spans = self.of(day - timedelta(days=1)) + self.of(day)
        return any(start <= moment < end for start, end in spans)

    def closed_since(self, moment: datetime) -> datetime:
        """When the shop last closed: names the closed period in which `moment` lies."""
        ends = (end for _start, end in self._before(moment) if end <= moment)
        return next(ends, LONG_AGO)

    def opens_at(self, moment: datetime) -> datetime | None:
        """The next moment at which the shop is open; None when none is in sight."""
        if self.is_open(moment):
            return moment
        day = day_of(moment)
        for ahead in range(FAR):
            starts = [s for s, _end in self.of(day + timedelta(days=ahead)) if s >= moment]
            if starts:
                return min(starts)
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much opening time lies between two moments, at most that of FAR days."""
        total = timedelta()
        for opened, shut in self._before(end):
            if shut <= start:
                break
            total += max(timedelta(), min(shut, end) - max(opened, start))
        return total

    def earlier(self, moment: datetime, lasting: timedelta) -> datetime:
        """The latest moment from which on so much opening time has passed until `moment`."""
        for opened, shut in self._before(moment):
            passed = min(shut, moment) - opened
            if passed >= lasting:
                return min(shut, moment) - lasting
            lasting -= passed
        return LONG_AGO

    def later(self, moment: datetime, lasting: timedelta) -> datetime:
        """The first moment until which so much opening time has passed since `moment`."""
        day = day_of(moment)
        for ahead in range(-1, FAR):
            for opened, shut in self.of(day + timedelta(days=ahead)):
                begin = max(opened, moment)
                if shut - begin >= lasting and shut > moment:
                    return begin + lasting
                lasting -= max(timedelta(), shut - begin)
        return FAR_OFF

    def _before(self, moment: datetime) -> Iterator[Span]:
        """The spans that began before a moment, the newest first, each a while of its own."""
        day = day_of(moment)
        for back in range(FAR):
            for span in reversed(self.of(day - timedelta(days=back))):
                if span[0] < moment:
                    yield span


def _moment(day: date, minutes: int) -> datetime:
    days, rest = divmod(minutes, DAY)
    return at_local(day + timedelta(days=days), time(rest // 60, rest % 60))


def parse_blocks(typed: str) -> tuple[Block, ...]:
    """«9:00-12:00 14-21:30»; an end before its start is on the next day; «休息» is none."""
    text = re.sub(r" ?([-~—–至到]) ?", "-", plain(typed).lower())
    if text in RESTING:
        return ()
    found = [_block(part, typed) for part in re.split(r"[\s,、;]+", text) if part]
    found.sort()
    for (_start, end), (next_start, _end) in zip(found, found[1:], strict=False):
        if end > next_start:
            raise Refused(N_("“%(text)s”里的时段互相重叠，请分开写"), text=quoted(typed))
    if len(found) > MOST_BLOCKS:
        raise Refused(N_("一天最多写 %(most)s 段"), most=MOST_BLOCKS)
    return tuple(found)


def _block(part: str, typed: str) -> Block:
    match = _BLOCK.fullmatch(part)
    if match:
        first, m1, last, m2 = (int(one or 0) for one in match.groups())
        start, end = first * 60 + m1, last * 60 + m2
        if start < DAY and end <= DAY and m1 < 60 and m2 < 60 and start != end:
            return (start, end if end > start else end + DAY)
    raise Refused(
        N_("“%(text)s”看不懂；请写成 9:00-12:00 14:00-21:00 这样，不营业就写 休息"),
        text=quoted(typed),
    )


def written(blocks: Iterable[Block]) -> str:
    """As parse_blocks() reads it."""
    return " ".join(f"{_clock(start)}-{_clock(end)}" for start, end in blocks)


def _clock(minutes: int) -> str:
    minutes = minutes if minutes <= DAY else minutes - DAY
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def check_week(week: tuple[tuple[Block, ...], ...]) -> None:
    """A night that lasts into the next day ends before that day begins to count."""
    for number, blocks in enumerate(week):
        after = week[(number + 1) % 7]
        if blocks and after and blocks[-1][1] - DAY > after[0][0]:
            raise Refused(N_("过了零点的时段和第二天的时段重叠，请改短一些"))


def parse_days_off(typed: str) -> tuple[DayOff, ...]:
    """A line each: «2026-10-01 ~ 2026-10-07 国庆», or one day alone."""
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    if len(lines) > MOST_DAYS_OFF:
        raise Refused(N_("最多写 %(most)s 行，请删去已经过去的"), most=MOST_DAYS_OFF)
    return tuple(sorted((_day_off(line) for line in lines), key=lambda one: one.first))


def _day_off(line: str) -> DayOff:
    match = _DAYS.fullmatch(plain(line))
    try:
        if match is None:
            raise ValueError
        first = _date(match[1])
        off = DayOff(first, _date(match[2]) if match[2] else first, (match[3] or "")[:40])
        if off.last < off.first:
            raise ValueError
    except ValueError:
        raise Refused(
            N_("“%(text)s”看不懂；请写成 2026-10-01 ~ 2026-10-07 国庆 这样，一行一段"),
            text=quoted(line),
        ) from None
    return off


def _date(text: str) -> date:
    year, month, day = (int(part) for part in text.split("-"))
    if not 2000 <= year <= 2199:
        raise ValueError(text)
    return date(year, month, day)
