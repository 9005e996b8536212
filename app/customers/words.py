"""What a customer can be found by: the tokens of the index, of a typed search, and the re-check.

Pure. A Chinese name is found by any piece of it, by its pinyin from any syllable on (芳 and 王芳
both answer to fang), and by its initials; other words by their beginning; numbers by their tail.
All text is folded first (NFKC, case), so 王芳 is found however it was typed.

Index and query share `_runs`, and `matches` asks the very tokens of the index: what one side
can say, the other understands.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise, product
from math import prod
from typing import Final, Literal

from app.customers import readings

SCOPE = "ꀀ"  # begins the tokens that say who may see a row; never taken from a person's text

LONGEST_TOKEN = 40
LONGEST_NAME = 400  # a name is 100 characters; folding may unfold one into several
LONGEST_TEXT = 2_000
LONGEST_QUERY = 100
MOST_TERMS = 8
MOST_SYLLABLES = 20
MOST_READINGS = 3  # of one character
MOST_COMBINATIONS = 12  # of the readings of one name
LONGEST_KEY = 120

# How these characters are read when they stand first in a name; elsewhere they keep their usual
# reading. The index knows both.
SURNAMES = {
    "曾": "zeng", "单": "shan", "仇": "qiu", "解": "xie", "查": "zha", "乐": "yue", "重": "chong",
    "区": "ou", "朴": "piao", "任": "ren", "盖": "ge", "翟": "zhai", "覃": "qin", "冼": "xian",
    "员": "yun", "华": "hua", "燕": "yan", "纪": "ji", "宁": "ning", "葛": "ge", "缪": "miao",
    "召": "shao", "牟": "mu", "谌": "chen", "晁": "chao", "尉": "wei", "种": "chong",
}  # fmt: skip
DOUBLE_SURNAMES = {
    "尉迟": ("yu", "chi"), "万俟": ("mo", "qi"), "长孙": ("zhang", "sun"), "单于": ("chan", "yu"),
    "澹台": ("tan", "tai"), "令狐": ("ling", "hu"),
}  # fmt: skip

WIDE: Final = "wide"
WORD: Final = "word"
DIGITS: Final = "digits"
BREAK: Final = "break"
UNSEEN: Final = "unseen"
Kind = Literal["wide", "word", "digits", "break", "unseen"]
Run = tuple[Kind, str]

_PHONE = re.compile(r"[+0-9() .\-]+")
_LEAST_PHONE = 10  # digits; fewer, with hyphens, is more likely a date
_LEAST_CALLED = 7  # digits of a whole number that someone calls with a code before it
_EXACT = (1, 4, 8, 11)  # lengths of a number that the index holds whole


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is asked of the index: this token, or any token that begins so."""

    text: str
    prefix: bool = False


def sort_key(name: str) -> str:
    """Return what a list of names is ordered by, at most 120 characters, compared as bytes.

    Chinese by pinyin ("wang fang  王芳"), everything else folded; names without any letter come
    last. The name itself stands behind two spaces, so that namesakes have an order too.
    """
    runs = _runs(name, LONGEST_NAME)
    spelled = " ".join(_spelled(runs)) or "~"
    plain = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    return f"{spelled[:80]}  {plain}"[:LONGEST_KEY].rstrip()


def tokens(name: str, *, phones: Iterable[str] = (), texts: Iterable[str] = ()) -> list[str]:
    """Return the sorted tokens under which a customer stands in the index.

    Names give single characters, pairs, pinyin and initials; phones their number and its tails;
    texts (remark, notes) pairs, words and numbers of their first 2,000 characters.
    """
    runs = _runs(name, LONGEST_NAME)
    found: set[str] = set()
    for kind, run in runs:
        if kind == WIDE:
            found.update(run)
        found.update(_pieces(kind, run))
    found.update(_sounds("".join(run for kind, run in runs if kind == WIDE)))
    for phone in phones:
        for number in _numbers(phone):
            found.update(_pieces(DIGITS, number))
    for text in texts:
        for kind, run in _runs(text, LONGEST_TEXT):
            found.update(_pieces(kind, run))
    return sorted(found)


def query(text: str) -> list[Term]:
    """Return the terms, all of which a customer must have; none when nothing can be searched.

    What fits the terms is not yet a hit: ask `matches` of the rows.
    """
    terms = (term for kind, run in _asked(text) for term in _terms(kind, run))
    return list(islice(dict.fromkeys(terms), MOST_TERMS))


def is_plain(text: str) -> bool:
    """Say whether the index alone can tell who is meant: each run is one of its tokens or begins
    some, of characters that every index reads as we do."""
    asked = _asked(text)
    terms = {term for kind, run in asked for term in _terms(kind, run)}
    return len(terms) <= MOST_TERMS and all(_is_token(kind, run) for kind, run in asked)


def _is_token(kind: Kind, run: str) -> bool:
    if kind == WIDE:
        return len(run) <= 2 and all("\u4e00" <= c <= "\u9fa5" for c in run)
    if kind == WORD:
        return run.isascii() and len(run) <= LONGEST_TOKEN
    return len(run) < 4 or len(run) in _EXACT


def matches(text: str, name: str, phones: Sequence[str], texts: Sequence[str]) -> bool:
    """Say whether a customer is truly what was typed; nothing searchable fits nobody."""
    asked = _asked(text)
    if not asked:
        return False
    known = frozenset(tokens(name, phones=phones, texts=texts))
    runs = _runs(name, LONGEST_NAME) + [r for t in texts for r in _runs(t, LONGEST_TEXT)]
    numbers = {number for phone in phones for number in _numbers(phone)}
    return all(_fits(kind, run, known, runs, numbers) for kind, run in asked)


def _fits(
    kind: Kind, run: str, known: frozenset[str], runs: Sequence[Run], numbers: set[str]
) -> bool:
    if kind == WIDE and len(run) > 1:
        return any(run in other for other_kind, other in runs if other_kind == WIDE)
    if kind == DIGITS and len(run) > 3 and len(run) not in _EXACT:
        dialled = {run.removeprefix(code) for code in ("0", "00", "86", "0086")}
        written = {other for other_kind, other in runs if other_kind == DIGITS}
        called = dialled & {number for number in numbers if len(number) >= _LEAST_CALLED}
        return bool(called) or any(n.endswith(run) for n in numbers | written)
    term = _terms(kind, run)[0]
    if term.prefix:
        return any(token.startswith(term.text) for token in known)
    return term.text in known


def _asked(text: str) -> list[Run]:
    text = text[:LONGEST_QUERY]
    folded = unicodedata.normalize("NFKC", text).strip()
    if _PHONE.fullmatch(folded):
        digits = "".join(c for c in folded if c.isdigit())
        if len(digits) >= _LEAST_PHONE:
            return [(DIGITS, digits)]
    return _runs(text, LONGEST_QUERY)


def _terms(kind: Kind, run: str) -> list[Term]:
    if kind == WIDE:
        return [Term(pair) for pair in _pairs(run)] if len(run) > 2 else [Term(run)]
    if kind == WORD:
        return [Term(run[:LONGEST_TOKEN], prefix=len(run) > 1)]
    if len(run) in _EXACT:
        return [Term(run)]
    # the index knows no tail but of four and eight digits; the re-check looks at the rest
    return [Term(run, prefix=True)] if len(run) < 4 else [Term(run[-4:])]


def _pieces(kind: Kind, run: str) -> Iterable[str]:
    if kind == WIDE:
        return _pairs(run)
    if kind == DIGITS:
        return {run[:LONGEST_TOKEN], run[-8:], run[-4:]}
    return (run[:LONGEST_TOKEN],)


def _pairs(run: str) -> list[str]:
    return [a + b for a, b in pairwise(run)]


def _numbers(phone: str) -> set[str]:
    """Return the ways in which people write down this number, digits only."""
    digits = "".join(run for kind, run in _runs(phone, LONGEST_TOKEN) if kind == DIGITS)
    if not digits:
        return set()
    if not (phone.startswith("+86") and len(digits) > 9):
        return {digits}
    national = digits[2:]
    mobile = len(national) == 11 and national.startswith("1")
    return {digits, national} if mobile else {digits, national, f"0{national}"}


def _sounds(name: str) -> set[str]:
    """Return pinyin and initials of a Chinese name, from each of its syllables on."""
    readings = [r for r in map(_readings, name[:MOST_SYLLABLES]) if r]
    if name[:1] in SURNAMES and readings:
        first = SURNAMES[name[0]]
        readings[0] = (first, *(r for r in readings[0] if r != first))[:MOST_READINGS]
    found = {syllable for choices in readings for syllable in choices}
    found.update([syllable[0] for syllable in found])
    for spelled in _combinations(readings):
        initials = "".join([syllable[0] for syllable in spelled])
        whole, start = "".join(spelled), 0
        for place, syllable in enumerate(spelled):
            found.add(whole[start : start + LONGEST_TOKEN])
            found.add(initials[place:])
            start += len(syllable)
    return found


def _combinations(readings: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    if not readings:
        return iter(())
    if prod(map(len, readings)) <= MOST_COMBINATIONS:
        return product(*readings)
    return islice(_one_changed(readings), MOST_COMBINATIONS)


def _one_changed(readings: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    usual = tuple(choices[0] for choices in readings)
    yield usual
    for place, choices in enumerate(readings):
        for other in choices[1:]:
            yield (*usual[:place], other, *usual[place + 1 :])


@lru_cache(maxsize=16_384)
def _readings(character: str) -> tuple[str, ...]:
    """Return how a character may be read, the usual way first; () for what has no pinyin."""
    found = readings.of(character)
    # keyboards write ü as v, passports as yu, and after l many type a plain u before e
    spare = {"lv": "lyu", "nv": "nyu", "lve": "lue", "nve": "nue"}
    return (*found, *(spare[r] for r in found if r in spare))


def _spelled(runs: Sequence[Run]) -> Iterator[str]:
    for place, (kind, run) in enumerate(runs):
        if kind != WIDE:
            yield run
            continue
        read = list(DOUBLE_SURNAMES.get(run[:2], ())) if place == 0 else []
        # a shop's name is longer than a person's: 重庆小面 is no Mr 重
        if not read and place == 0 and len(run) < 4 and run[0] in SURNAMES:
            read = [SURNAMES[run[0]]]
        yield from read
        yield from ((_readings(c) or (c,))[0] for c in run[len(read) :])


def _runs(text: str, longest: int) -> list[Run]:
    """Split the first `longest` characters into runs of one kind, folded."""
    text = text[:longest]
    if not text.isascii():
        # folding case may take characters apart again, hence twice
        text = unicodedata.normalize("NFKC", text).casefold()
        text = unicodedata.normalize("NFKC", text)[:longest]
    found: list[Run] = []
    open_kind: Kind = BREAK
    collected: list[str] = []
    for character in text:
        kind, plain = _seen(character)
        if kind == UNSEEN:
            continue
        if kind != open_kind:
            if open_kind != BREAK:
                found.append((open_kind, "".join(collected)))
            open_kind, collected = kind, []
        collected.append(plain)
    if open_kind != BREAK:
        found.append((open_kind, "".join(collected)))
    return found


@lru_cache(maxsize=16_384)
def _seen(character: str) -> tuple[Kind, str]:
    """Return a character's kind and the form in which it is indexed."""
    category = unicodedata.category(character)
    if category[0] == "M" or category == "Cf":
        return UNSEEN, ""  # a joiner or variation mark inside a name must not cut it in two
    if category[0] not in "LN" or character == SCOPE:
        return BREAK, ""
    if category == "Nd":
        return DIGITS, str(unicodedata.digit(character))
    if category in ("Lo", "Lm", "Nl") and character >= "\u2e80":
        return WIDE, character  # scripts without spaces: Chinese, kana, Hangul
    return WORD, character.lower()
