"""How Chinese characters are read: pinyin without tones, from a small file kept beside.

scripts/readings.py writes the file from what pypinyin knows.
"""

from array import array
from bisect import bisect_left
from itertools import pairwise
from pathlib import Path

FILE = Path(__file__).with_name("readings.txt")


def of(character: str) -> tuple[str, ...]:
    """The readings of one character, at most three, the usual one first; () where it has none."""
    place = bisect_left(_characters, character)
    known = place < len(_characters) and _characters[place] == character
    return _choices[_which[place]] if known else ()


def _load() -> tuple[str, "array[int]", list[tuple[str, ...]]]:
    """All characters in their order, the number of each one's readings, and the readings."""
    lines = [line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines()]
    choices = [tuple(readings.split()) for readings, _characters in lines]
    pairs = sorted((c, n) for n, (_readings, characters) in enumerate(lines) for c in characters)
    if any(one[0] == other[0] for one, other in pairwise(pairs)):
        raise ValueError(f"{FILE.name}: a character stands twice")
    return "".join(c for c, _n in pairs), array("H", (n for _c, n in pairs)), choices


_characters, _which, _choices = _load()
