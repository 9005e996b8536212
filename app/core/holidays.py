"""节假日与调休: the days on which China rests, and the weekend days on which it works for it.

The table of a year that comes with the product stands below; as soon as the shop has rows of its
own for a year, they are the whole truth of it. Every November the next year's is announced.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, ask, db
from app.core.errors import N_, Refused
from app.core.written import plain, quoted

YEARS = range(2025, 2100)
MOST = 120  # days of a year
LONGEST_LINE = 300
PROVISIONAL = (2027,)  # what the law says; the year's announcement moves days around it
STANDARD = {
    2025: """
        2025-01-01 元旦
        2025-01-28 ~ 2025-02-04 春节
        2025-01-26 上班 春节
        2025-02-08 上班 春节
        2025-04-04 ~ 2025-04-06 清明节
        2025-05-01 ~ 2025-05-05 劳动节
        2025-04-27 上班 劳动节
        2025-05-31 ~ 2025-06-02 端午节
        2025-10-01 ~ 2025-10-08 国庆节、中秋节
        2025-09-28 上班 国庆节
        2025-10-11 上班 国庆节
    """,
    2026: """
        2026-01-01 ~ 2026-01-03 元旦
        2026-01-04 上班 元旦
        2026-02-15 ~ 2026-02-23 春节
        2026-02-14 上班 春节
        2026-02-28 上班 春节
        2026-04-04 ~ 2026-04-06 清明节
        2026-05-01 ~ 2026-05-05 劳动节
        2026-05-09 上班 劳动节
        2026-06-19 ~ 2026-06-21 端午节
        2026-09-25 ~ 2026-09-27 中秋节
        2026-10-01 ~ 2026-10-07 国庆节
        2026-09-20 上班 国庆节
        2026-10-10 上班 国庆节
    """,
    2027: """
        2027-01-01 元旦
        2027-02-05 ~ 2027-02-08 春节
        2027-04-05 清明节
        2027-05-01 ~ 2027-05-02 劳动节
        2027-06-09 端午节
        2027-09-15 中秋节
        2027-10-01 ~ 2027-10-03 国庆节
    """,
}
_LINE = re.compile(
    r"(?P<first>\d{4}-\d{1,2}-\d{1,2})(?:\s*(?:~|到|至)\s*(?P<last>\d{4}-\d{1,2}-\d{1,2}))?"
    r"(?:\s+(?P<work>上班|补班|调休上班))?(?:\s+(?P<name>.*))?"
)
# «一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。»
_NOTICE = re.compile(
    r"(?:[一二三四五六七八九十]+、)?(?P<name>[^：:、。]+(?:、[^：:、。]+节)?)[：:](?P<said>.+)"
)
_REST = re.compile(r"(\d{1,2})月(\d{1,2})日(?:至(?:(\d{1,2})月)?(\d{1,2})日)?[^、。]*?放假")
_WORK = re.compile(r"(\d{1,2})月(\d{1,2})日")
_ASIDE = re.compile(r"[（(][^）)]*[）)]")


class Holiday(Model):
    """A day of the shop's own table: rest, or work on what would be a weekend."""

    day: Mapped[date] = mapped_column(unique=True)
    works: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(20), default="")


@dataclass(frozen=True)
class Named:
    """What a day is: a holiday, or (`works`) a weekend day that makes up for one."""

    name: str
    works: bool


def between(first: date, last: date) -> dict[date, Named]:
    """The holidays and make-up days of a stretch of days."""
    own = select(Holiday.day, Holiday.works, Holiday.name)
    start, end = date(first.year, 1, 1), date(last.year, 12, 31)
    rows = ask(own.where(Holiday.day >= start, Holiday.day <= end)).all()
    kept = {row.day.year for row in rows}
    found = {row.day: Named(row.name, row.works) for row in rows}
    for year in range(first.year, last.year + 1):
        found |= {} if year in kept else _standard(year)
    return {day: named for day, named in found.items() if first <= day <= last}


@cache
def _standard(year: int) -> dict[date, Named]:
    return read(STANDARD.get(year, ""), year)


def lines_of(year: int) -> str:
    """A year's table as it is typed, a line for each stretch."""
    days = sorted(between(date(year, 1, 1), date(year, 12, 31)).items())
    lines: list[tuple[date, date, Named]] = []
    for day, named in days:
        if lines and lines[-1][1] + timedelta(days=1) == day and lines[-1][2] == named:
            lines[-1] = (lines[-1][0], day, named)
        else:
            lines.append((day, day, named))
    return "\n".join(_written(*line) for line in lines)


def _written(first: date, last: date, named: Named) -> str:
    days = f"{first}" if first == last else f"{first} ~ {last}"
    return f"{days}{' 上班' if named.works else ''} {named.name}".rstrip()


def is_own(year: int) -> bool:
    """Whether the shop has a table of its own for a year."""
    inside = (Holiday.day >= date(year, 1, 1), Holiday.day <= date(year, 12, 31))
    return ask(select(Holiday.id).where(*inside).limit(1)).first() is not None


def put(year: int, typed: str) -> None:
    """Keep a year as typed or pasted; an empty one is the product's own again."""
    days = read(typed, year)
    inside = (Holiday.day >= date(year, 1, 1), Holiday.day <= date(year, 12, 31))
    db.session.execute(db.delete(Holiday).where(*inside))
    for day, named in sorted(days.items()):
        db.session.add(Holiday(day=day, works=named.works, name=named.name))
    db.session.flush()


def read(typed: str, year: int) -> dict[date, Named]:
    """Lines of ours, or the official announcement as it was published."""
    found: dict[date, Named] = {}
    for line in (plain(one) for one in typed.splitlines()):
        if line:
            found |= _noticed(line, year) or _read_line(line, year)
    if len(found) > MOST:
        raise Refused(N_("一年最多写 %(most)s 天"), field="days", most=MOST)
    return found


def _read_line(line: str, year: int) -> dict[date, Named]:
    match = _LINE.fullmatch(line)
    try:
        if match is None:
            raise ValueError(line)
        first = _day(match["first"])
        last = _day(match["last"]) if match["last"] else first
        if first.year != year or last.year != year or last < first:
            raise ValueError(line)
    except ValueError:
        raise Refused(
            N_("“%(text)s”看不懂；一行一段，写成 %(year)s-10-01 ~ %(year)s-10-07 国庆节，"
               "补班写成 %(year)s-10-10 上班 国庆节"),
            field="days", text=quoted(line), year=year,
        ) from None  # fmt: skip
    return dict.fromkeys(_days(first, last), Named((match["name"] or "")[:20], bool(match["work"])))


def _day(text: str) -> date:
    year, month, day = (int(part) for part in text.split("-"))
    return date(year, month, day)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _noticed(line: str, year: int) -> dict[date, Named]:
    """One line of the announcement; nothing when it is none."""
    match = _NOTICE.fullmatch(_ASIDE.sub("", line)) if len(line) <= LONGEST_LINE else None
    if match is None:
        return {}
    name, found = match["name"].strip()[:20], dict[date, Named]()
    try:
        for sentence in re.split(r"[。；;]", match["said"]):
            if sentence.endswith("上班"):
                made_up = (date(year, int(m), int(d)) for m, d in _WORK.findall(sentence))
                found |= dict.fromkeys(made_up, Named(name, works=True))
                continue
            for month, day, last_month, last_day in _REST.findall(sentence):
                first = date(year, int(month), int(day))
                end = date(year, int(last_month or month), int(last_day or day))
                found |= dict.fromkeys(_days(first, end), Named(name, works=False))
    except ValueError:
        return {}
    return found
