"""What shops write into cells, as values: days and phone numbers; money is in core/written.

Pure. Every function takes any text and returns a value or raises Refused with a reason that the
person who made the file can act on.
"""

import re
from datetime import date, timedelta

import phonenumbers

from app.core.errors import N_, Refused
from app.core.written import LONGEST, plain, quoted

FIRST_YEAR = 1970
SERIALS = range(20_000, 60_001)  # 1954 to 2064, as Excel counts days
_SERIAL_ZERO = date(1899, 12, 30)

NO_DAY = N_("“%(text)s”不是日期；请写成 2024-03-05 这样")
FUTURE = N_("“%(text)s”还没到；请检查日期")
TOO_OLD = N_("“%(text)s”早于 %(year)s 年；请检查年份")
NO_PHONE = N_("“%(text)s”不是电话号码；请写成 13800138000、021-62345678 或 +85261234567 这样")

_CLOCK = r"(?:[ T]*(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?)?"
_DAYS = [
    re.compile(pattern + _CLOCK)
    for pattern in (
        r"(?P<y>[0-9]{4})(?P<sep>[-/.])(?P<m>[0-9]{1,2})(?P=sep)(?P<d>[0-9]{1,2})(?![0-9])",
        r"(?P<y>[0-9]{4}) ?年 ?(?P<m>[0-9]{1,2}) ?月 ?(?P<d>[0-9]{1,2}) ?(?:[日号]|(?![0-9]))",
        r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?![0-9])",
        r"(?P<m>[0-9]{1,2}) ?月 ?(?P<d>[0-9]{1,2}) ?[日号]",
    )
]
_SERIAL = re.compile(r"([0-9]{5})(?:\.[0-9]+)?")
_DIALLED = re.compile(r"\+?[0-9()\-‐-― ·./]+")
_CHINESE_MOBILE = re.compile(r"1[3-9][0-9]{9}")  # new ranges open faster than libraries learn


def parse_day(text: str, today: date) -> date:
    """Return the day, at the latest `today`: 2024-3-5, 2024年3月5日, 20240305, 45356 (Excel).

    A time of day behind it is dropped; 3月5日 is the latest one that has been.
    """
    typed = plain(text) if len(text) <= LONGEST else ""
    serial = _SERIAL.fullmatch(typed)
    if serial and int(serial[1]) in SERIALS:
        day: date | None = _SERIAL_ZERO + timedelta(days=int(serial[1]))
    else:
        day = _written_day(typed, today)
    if day is None:
        raise Refused(NO_DAY, text=quoted(text))
    if day > today:
        raise Refused(FUTURE, text=quoted(text))
    if day.year < FIRST_YEAR:
        raise Refused(TOO_OLD, text=quoted(text), year=FIRST_YEAR)
    return day


def parse_phone(text: str, region: str = "CN") -> str:
    """Return the number as E.164 (+8613800138000); without + or 00 it is one of `region`."""
    typed = re.sub(r"(?<=[0-9])\.0+$", "", plain(text)) if len(text) <= LONGEST else ""
    if not _DIALLED.fullmatch(typed):
        raise Refused(NO_PHONE, text=quoted(text))
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException as error:
        raise Refused(NO_PHONE, text=quoted(text)) from error
    if not _exists(number):
        raise Refused(NO_PHONE, text=quoted(text))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _written_day(typed: str, today: date) -> date | None:
    for pattern in _DAYS:
        if found := pattern.fullmatch(typed):
            parts = found.groupdict()
            month, day = int(parts["m"]), int(parts["d"])
            if "y" in parts:
                return _day(int(parts["y"]), month, day)
            return _latest(month, day, today)
    return None


def _latest(month: int, day: int, today: date) -> date | None:
    # eight years hold a 29 February even across a century without one
    years = range(today.year, max(today.year - 9, 0), -1)
    found = (_day(year, month, day) for year in years)
    return next((day for day in found if day and day <= today), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _exists(number: phonenumbers.PhoneNumber) -> bool:
    # At home a lost digit must be noticed; abroad, where we know less, the length will do.
    if number.country_code != 86:
        return phonenumbers.is_possible_number(number)
    national = phonenumbers.national_significant_number(number)
    return bool(_CHINESE_MOBILE.fullmatch(national)) or phonenumbers.is_valid_number(number)
