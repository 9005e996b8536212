"""What shops write into cells, as values: money, days, phone numbers.

Pure. Every function takes any text and returns a value or raises Refused with a reason that the
person who made the file can act on.
"""

import re
import unicodedata
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import phonenumbers

from app.core.errors import N_, Refused

LONGEST = 60  # characters of a cell that can still be a value
MOST_FEN = 10**12  # ten billion yuan: beyond it somebody slipped
FIRST_YEAR = 1970
SERIALS = range(20_000, 60_001)  # 1954 to 2064, as Excel counts days
_SERIAL_ZERO = date(1899, 12, 30)

NO_MONEY = N_("“%(text)s”不是金额；请写成 1234.50 这样")
NEGATIVE = N_("“%(text)s”是负数；这里要填不小于 0 的金额")
TOO_MUCH = N_("“%(text)s”超出能记的金额；请检查位数")
NO_DAY = N_("“%(text)s”不是日期；请写成 2024-03-05 这样")
FUTURE = N_("“%(text)s”还没到；请检查日期")
TOO_OLD = N_("“%(text)s”早于 %(year)s 年；请检查年份")
NO_PHONE = N_("“%(text)s”不是电话号码；请写成 13800138000、021-62345678 或 +85261234567 这样")

_MONEY = re.compile(
    r"(?P<open>\()?(?P<sign>[+-]?)\s*(?:¥|rmb|cny|人民币)?\s*(?P<late_sign>[+-]?)"
    r"(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)"
    r"\s*(?P<unit>[万千百]?)\s*(?:元|圆|块钱?|rmb|cny)?整?(?P<close>\))?"
)
_UNITS = {"": 1, "百": 100, "千": 1_000, "万": 10_000}
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


def parse_money(text: str, *, negative: bool = False) -> int:
    """Return whole fen, half a fen going up: '¥1,234.50' is 123450, '1.2万' is 1200000.

    Below zero only where `negative` allows it; (12.50) is the bookkeeper's -12.50.
    """
    found = _MONEY.fullmatch(_plain(text).lower()) if len(text) <= LONGEST else None
    if found is None or bool(found["open"]) != bool(found["close"]):
        raise Refused(NO_MONEY, text=_shown(text))
    signs = found["sign"] + found["late_sign"] + ("-" if found["open"] else "")
    if len(signs) > 1:
        raise Refused(NO_MONEY, text=_shown(text))
    yuan = Decimal(found["number"].replace(",", "")) * _UNITS[found["unit"]]
    if yuan * 100 > MOST_FEN:
        raise Refused(TOO_MUCH, text=_shown(text))
    # rounded before the sign: a refund is the mirror of its payment
    fen = int((yuan * 100).quantize(Decimal(1), ROUND_HALF_UP))
    if signs == "-" and fen and not negative:
        raise Refused(NEGATIVE, text=_shown(text))
    return -fen if signs == "-" else fen


def parse_day(text: str, today: date) -> date:
    """Return the day, at the latest `today`: 2024-3-5, 2024年3月5日, 20240305, 45356 (Excel).

    A time of day behind it is dropped; 3月5日 is the latest one that has been.
    """
    plain = _plain(text) if len(text) <= LONGEST else ""
    serial = _SERIAL.fullmatch(plain)
    if serial and int(serial[1]) in SERIALS:
        day: date | None = _SERIAL_ZERO + timedelta(days=int(serial[1]))
    else:
        day = _written_day(plain, today)
    if day is None:
        raise Refused(NO_DAY, text=_shown(text))
    if day > today:
        raise Refused(FUTURE, text=_shown(text))
    if day.year < FIRST_YEAR:
        raise Refused(TOO_OLD, text=_shown(text), year=FIRST_YEAR)
    return day


def parse_phone(text: str, region: str = "CN") -> str:
    """Return the number as E.164 (+8613800138000); without + or 00 it is one of `region`."""
    plain = re.sub(r"(?<=[0-9])\.0+$", "", _plain(text)) if len(text) <= LONGEST else ""
    if not _DIALLED.fullmatch(plain):
        raise Refused(NO_PHONE, text=_shown(text))
    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException as error:
        raise Refused(NO_PHONE, text=_shown(text)) from error
    if not _exists(number):
        raise Refused(NO_PHONE, text=_shown(text))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _written_day(plain: str, today: date) -> date | None:
    for pattern in _DAYS:
        if found := pattern.fullmatch(plain):
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


def _plain(text: str) -> str:
    """Return the text as from a plain keyboard: no full-width characters, no odd spaces."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def _shown(text: str) -> str:
    """Return what the reason quotes: short and without anything unprintable."""
    shown = "".join(c for c in text[: LONGEST + 1] if c.isprintable())
    return shown if len(text) <= LONGEST else f"{shown[:20]}…"
