"""The lunar calendar: what a day is called, and which day of ours a lunar one is. Pure."""

from datetime import date

from lunardate import LunarDate

KNOWN = range(1901, 2100)  # the years of the tables
MONTHS = "正二三四五六七八九十冬腊"
TENS, ONES = ("初", "十", "廿", "三"), "十一二三四五六七八九"
LAST_MONTH = 12


def name_of(day: date) -> str:
    """«十月十四»; empty outside the years that are known."""
    if day.year not in KNOWN:
        return ""
    found = LunarDate.from_solar_date(day.year, day.month, day.day)
    leap = "闰" if found.is_leap_month else ""
    return f"{leap}{month_name(found.month)}{day_name(found.day)}"


def month_name(month: int) -> str:
    return f"{MONTHS[month - 1]}月"


def day_name(day: int) -> str:
    whole = {10: "初十", 20: "二十", 30: "三十"}
    return whole.get(day) or TENS[day // 10] + ONES[day % 10]


def parts_of(day: date) -> tuple[int, int, int]:
    """The lunar year, month and day of a day; of a leap month the number only."""
    found = LunarDate.from_solar_date(day.year, day.month, day.day)
    return int(found.year), int(found.month), int(found.day)


def year_of(day: date) -> int:
    """The lunar year in which a day lies."""
    return parts_of(day)[0]


def day_of(year: int, month: int, day: int, *, leap: bool = False) -> date | None:
    """The day that a lunar one is; None where that year has no such day."""
    try:
        found: date = LunarDate(year, month, day, leap).to_solar_date()
    except ValueError:
        return None
    return found


def eve_of(year: int) -> date | None:
    """除夕: the last day of a lunar year, its thirtieth or its twenty-ninth."""
    return day_of(year, LAST_MONTH, 30) or day_of(year, LAST_MONTH, 29)
