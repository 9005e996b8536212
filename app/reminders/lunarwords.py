"""Lunar days as people say them: 农历八月十五, 腊月廿三, 闰六月初一, 中秋, 除夕. Pure."""

import re
from collections.abc import Iterator
from datetime import date

from app.core import lunar
from app.core.errors import N_, Refused
from app.reminders.numerals import NUMBER, number

MONTHS = {"正": 1, "冬": 11, "腊": 12}
SAID = r"(?:农历|阴历|旧历)"
_YEAR = r"(?:(?P<year>[今明后]|\d{4})年)?的?"
_DAY = (
    r"(?:初[一二三四五六七八九十]|二十[一二三四五六七八九]?|三十"
    r"|[十廿][一二三四五六七八九]?)"
)
# Said to be lunar, or unmistakably so: 正月, 冬月, 腊月, a leap month, 初几, 廿几.
DATE = (
    rf"{SAID}{_YEAR}(?P<leap>闰?)(?P<month>[正冬腊]|{NUMBER})月(?:份)?(?P<day>初?{NUMBER})[日号]?"
    rf"|{_YEAR.replace('year', 'year2')}(?:(?P<leap2>闰?)(?P<month2>[正冬腊])|(?P<leap3>闰)"
    rf"(?P<month3>{NUMBER}))月(?:份)?(?P<day2>{_DAY})"
    rf"|(?P<month4>[一二三四五六七八九十]{{1,2}})月(?P<day4>初[一二三四五六七八九十]"
    rf"|廿[一二三四五六七八九]?)"
)
FIRST_DAYS = (
    r"(?:大年|年)(?P<newyear>初[一二三四五六七八九十])|(?P<anymonth>初[一二三四五六七八九十])"
)
FESTIVALS = {
    "春节": (1, 1), "元宵": (1, 15), "端午": (5, 5), "七夕": (7, 7), "中元": (7, 15),
    "中秋": (8, 15), "过年": (1, 1), "重阳": (9, 9), "腊八": (12, 8), "小年": (12, 23),
    "除夕": (12, 0), "年三十": (12, 0), "大年三十": (12, 0), "年夜": (12, 0),
}  # fmt: skip
REACH = 4  # years that are looked ahead

NO_SUCH_MONTH = N_("农历没有 %(month)s 月，请写正月到腊月")
NO_SUCH_DAY = N_("农历%(month)s没有「%(day)s」，请写初一到三十")
SHORT_MONTH = N_("那一年农历%(month)s只有 29 天，没有三十，请改成廿九或下个月初一")
NO_LEAP = N_("到 %(year)s 年都没有闰%(month)s，请换一个月份")


def days(m: re.Match[str], today: date) -> Iterator[date]:
    """The days that a match of DATE or FIRST_DAYS may mean, the next first."""
    said = m.groupdict()
    if said.get("newyear"):
        return _in_years(1, number(said["newyear"][1:]), False, None, today)
    if said.get("anymonth"):
        return _any_month(number(said["anymonth"][1:]), today)
    leap = bool(said["leap"] or said["leap2"] or said["leap3"])
    month = _month(said["month"] or said["month2"] or said["month3"] or said["month4"] or "")
    day = _day(said["day"] or said["day2"] or said["day4"] or "", month)
    year = _year(said["year"] or said["year2"] or "", today)
    return _in_years(month, day, leap, year, today)


def festival(name: str, today: date) -> Iterator[date]:
    month, day = FESTIVALS.get(name, (1, 1))
    if day:
        return _in_years(month, day, False, None, today)
    first = lunar.year_of(today)
    eves = (lunar.eve_of(first + n) for n in range(REACH))
    return (one for one in eves if one and one >= today)


def _month(text: str) -> int:
    month = MONTHS.get(text) or number(text)
    if not 1 <= month <= 12:
        raise Refused(NO_SUCH_MONTH, month=month)
    return month


def _day(text: str, month: int) -> int:
    day = number(text.removeprefix("初"))
    if not 1 <= day <= 30 or (text.startswith("初") and day > 10):
        raise Refused(NO_SUCH_DAY, month=lunar.month_name(month), day=text)
    return day


def _year(text: str, today: date) -> int | None:
    """«明年» is the lunar year after the one that we are in."""
    if not text:
        return None
    near = {"今": 0, "明": 1, "后": 2}
    return lunar.year_of(today) + near[text] if text in near else number(text)


def _in_years(month: int, day: int, leap: bool, year: int | None, today: date) -> Iterator[date]:
    """The day in the named year, or in those to come. One that the next such month lacks is not
    quietly moved a year: who said it is told."""
    first = lunar.year_of(today)
    years = [year] if year is not None else range(first, first + REACH)
    called = lunar.month_name(month)
    has_month = [y for y in years if _lasts(y, month, leap, today, year is not None)]
    if not has_month:
        raise Refused(NO_LEAP, month=called, year=years[-1])
    if lunar.day_of(has_month[0], month, day, leap=leap) is None:
        raise Refused(SHORT_MONTH, month=called)
    found = (lunar.day_of(y, month, day, leap=leap) for y in has_month)
    return (one for one in found if one and (year is not None or one >= today))


def _lasts(year: int, month: int, leap: bool, today: date, named: bool) -> bool:
    """Whether a year has that month, and it is not over."""
    last = lunar.day_of(year, month, 30, leap=leap) or lunar.day_of(year, month, 29, leap=leap)
    return last is not None and (named or last >= today)


def _any_month(day: int, today: date) -> Iterator[date]:
    """«初八»: of this lunar month, or the next."""
    year = lunar.year_of(today)
    found = (lunar.day_of(y, m, day) for y in (year, year + 1) for m in range(1, 13))
    return (one for one in found if one and one >= today)
