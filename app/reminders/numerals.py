"""Numbers as they are written in a sentence: 15, 十五, 廿三, 两, 二〇二六. Pure."""

import re

DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "○": 0}
TENS = {"廿": 20, "卅": 30}
_SPELT = re.compile(
    r"(?:(?P<hundreds>[一二两三四五六七八九])百[零〇]?)?"
    r"(?P<tens>廿|卅|[一二三四五六七八九]?十)?(?P<ones>[一二两三四五六七八九])?"
)
NUMBER = r"(?:[0-9]{1,5}|[零〇○一二两三四五六七八九十廿卅百]{1,6})"  # in a regular expression


def number(text: str) -> int:
    """What a text that fits NUMBER says; ValueError where it says nothing («二三十»)."""
    if text.isascii():
        return int(text)
    if not set(text) & set("十百廿卅"):
        return int("".join(str(DIGITS[c]) for c in text))
    parts = _SPELT.fullmatch(text)
    if parts is None:
        raise ValueError(text)
    tens = parts["tens"] or ""
    ten = TENS.get(tens, 10 * DIGITS[tens[0] if len(tens) > 1 else "一"] if tens else 0)
    hundreds, ones = (DIGITS[parts[place] or "零"] for place in ("hundreds", "ones"))
    return hundreds * 100 + ten + ones
