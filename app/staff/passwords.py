"""What makes a password too easy to guess: lists, dates, phone numbers, one's own name."""

import re
import unicodedata
from datetime import date
from functools import cache
from pathlib import Path

from app.core.errors import N_, Refused
from app.core.settings import declared

SHORTEST, LONGEST = 8, 128
COMMON = Path(__file__).with_name("common_passwords.txt")  # scripts/common_passwords.py makes it
SHOP_NAME = "shop.name"
LENGTH = N_("密码要 8 到 128 个字符，可以是一句话")
EASY = N_("这个密码太常见，容易被猜到，请换一个")
OWN = N_("密码里不要用自己的登录名或店名，请换一个")
DATED = N_("生日和手机号最容易被猜到，请换一个，比如一句好记的话")

_MOBILE = re.compile(r"(?:86)?1[3-9][0-9]{9}")
_DATE = re.compile(r"(19[3-9][0-9]|20[0-4][0-9])([0-9]{2})([0-9]{2})")
_DATE_LAST = re.compile(r"([0-9]{2})([0-9]{2})(19[3-9][0-9]|20[0-4][0-9])")
_TAIL = re.compile(r"^[\W\d_]*(.*?)[\W\d_]*$", re.DOTALL)


@cache
def common() -> frozenset[str]:
    return frozenset(COMMON.read_text(encoding="utf-8").split())


def check(password: str, name: str) -> None:
    """Refuse a password that somebody guesses who knows nothing but what people are like."""
    if not SHORTEST <= len(password) <= LONGEST or "\0" in password:
        raise Refused(LENGTH, field="password")
    plain = unicodedata.normalize("NFKC", password).casefold().strip()
    if plain in common() or _core(plain) in common() or _repeats(plain):
        raise Refused(EASY, field="password")
    if _is_dated(plain):
        raise Refused(DATED, field="password")
    if any(own and _core(plain.replace(own, "")) == "" for own in _own(plain, name)):
        raise Refused(OWN, field="password")


def _core(plain: str) -> str:
    """What is left without the digits and marks around it: «sunshine» of «sunshine2031!»."""
    found = _TAIL.match(plain)
    return found[1] if found else plain


def _repeats(plain: str) -> bool:
    """A piece of at most four characters, said again and again; or fewer than four different."""
    sizes = range(1, 5)
    again = any((plain[:size] * len(plain))[: len(plain)] == plain for size in sizes)
    return again or len(set(plain)) < 3


def _is_dated(plain: str) -> bool:
    digits = re.sub(r"[\s./年月日-]", "", plain)
    first, last = _DATE.fullmatch(digits), _DATE_LAST.fullmatch(digits)
    return bool(
        _MOBILE.fullmatch(digits.removeprefix("+"))
        or (first and _is_day(first[1], first[2], first[3]))
        or (last and (_is_day(last[3], last[1], last[2]) or _is_day(last[3], last[2], last[1])))
    )


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _own(plain: str, name: str) -> list[str]:
    """The names that stand in the password: the colleague's own and the shop's."""
    shop = declared.get(SHOP_NAME)
    named = [name, str(shop()) if shop else ""]
    own = ["".join(one.split()).casefold() for one in named]
    return [one for one in own if len(one) > 1 and one in plain]
