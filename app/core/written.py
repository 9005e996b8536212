"""What people write for an amount of money, in a form or in a cell; and texts as we read them.

Pure. Any text is a value or Refused, with a reason that whoever wrote it can act on.
"""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal

from app.core.errors import N_, Refused

LONGEST = 60  # characters of a text that can still be a value
MOST_FEN = 10**12  # ten billion yuan: beyond it somebody slipped

NO_MONEY = N_("“%(text)s”不是金额；请写成 1234.50 这样")
NEGATIVE = N_("“%(text)s”是负数；这里要填不小于 0 的金额")
TOO_MUCH = N_("“%(text)s”超出能记的金额；请检查位数")
TOO_FINE = N_("“%(text)s”这个金额多于两位小数；请写到分为止，例如 1234.50")

_MONEY = re.compile(
    r"(?P<open>\()?(?P<sign>[+-]?)\s*(?:¥|rmb|cny|人民币)?\s*(?P<late_sign>[+-]?)"
    r"(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)"
    r"\s*(?P<unit>[万千百]?)\s*(?:元|圆|块钱?|rmb|cny)?整?(?P<close>\))?"
)
_UNITS = {"": 1, "百": 100, "千": 1_000, "万": 10_000}


def parse_money(text: str, *, negative: bool = False, exact: bool = False) -> int:
    """Return whole fen, half a fen going up: '¥1,234.50' is 123450, '1.2万' is 1200000.

    Below zero only where `negative` allows it; (12.50) is the bookkeeper's -12.50. `exact` refuses
    what would have to be rounded.
    """
    found = _MONEY.fullmatch(plain(text).lower()) if len(text) <= LONGEST else None
    if found is None or bool(found["open"]) != bool(found["close"]):
        raise Refused(NO_MONEY, text=quoted(text))
    signs = found["sign"] + found["late_sign"] + ("-" if found["open"] else "")
    if len(signs) > 1:
        raise Refused(NO_MONEY, text=quoted(text))
    yuan = Decimal(found["number"].replace(",", "")) * _UNITS[found["unit"]]
    if yuan * 100 > MOST_FEN:
        raise Refused(TOO_MUCH, text=quoted(text))
    if exact and yuan * 100 % 1:
        raise Refused(TOO_FINE, text=quoted(text))
    # rounded before the sign: a refund is the mirror of its payment
    fen = int((yuan * 100).quantize(Decimal(1), ROUND_HALF_UP))
    if signs == "-" and fen and not negative:
        raise Refused(NEGATIVE, text=quoted(text))
    return -fen if signs == "-" else fen


def plain(text: str) -> str:
    """The text as from a plain keyboard: no full-width characters, no odd spaces."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def quoted(text: str) -> str:
    """What a reason quotes: short and without anything unprintable."""
    shown = "".join(c for c in text[: LONGEST + 1] if c.isprintable())
    return shown if len(text) <= LONGEST else f"{shown[:20]}…"
