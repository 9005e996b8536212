"""No pattern of ours runs away on what strangers type (IN-10).

Each is tried with twenty thousand of each sign that it repeats, in the way in which the code uses
it. One that walks such a text again from every place needs seconds of the processor, a good one
milliseconds: a limit between the two decides, whatever else the machine does.
"""

import ast
import importlib
import pkgutil
import re
import signal
from collections import defaultdict
from re import _constants as signs
from re import _parser as reading

import pytest

import app
from app.config import ROOT

pytestmark = pytest.mark.once
MANY, LIMIT = 20_000, 0.2  # signs of a text; seconds of the processor
# These see a text only after its length was looked at, so long:
SHORT = {
    "app.core.holidays._NOTICE": 300,
    "app.core.holidays._ASIDE": 300,
    "app.core.written._MONEY": 60,
    "app.staff.passwords._TAIL": 128,
}
WHOLE = {"fullmatch", "match"}
USED = re.compile(r"\b(\w+)\.(sub|split|search|match|findall|fullmatch|finditer)\(")
AT_ONCE = re.compile(r"\bre\.(sub|split|search|match|findall|fullmatch|finditer)\(")
REPEATED = {signs.MAX_REPEAT, signs.MIN_REPEAT, signs.POSSESSIVE_REPEAT}


class RanAway(Exception):
    """The time was up."""


def _inside(value, depth=0):
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif depth < 3 and isinstance(value, list | tuple | set | frozenset | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _inside(one, depth + 1)


def _patterns():
    """{(pattern, flags): its first name} of all that stand in the product's code."""
    found = {}
    for module in pkgutil.walk_packages(app.__path__, "app."):
        for name, value in vars(importlib.import_module(module.name)).items():
            for one in _inside(value):
                found.setdefault((one.pattern, one.flags & ~re.UNICODE), f"{module.name}.{name}")
    for path in (ROOT / "app").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for call in ast.walk(ast.parse(text)) if AT_ONCE.search(text) else ():
            named = isinstance(call, ast.Call) and AT_ONCE.match(f"{ast.unparse(call.func)}(")
            if named and call.args and isinstance(call.args[0], ast.Constant):
                found.setdefault((call.args[0].value, 0), f"{path.name}:{call.lineno}")
    return found


def _uses():
    """{name: the ways in which the code uses it}, of every file and of all together."""
    found = defaultdict(set)
    for path in (ROOT / "app").rglob("*.py"):
        for name, way in USED.findall(path.read_text(encoding="utf-8")):
            found[f"{path.stem}.{name}"].add(way)
            found[name].add(way)
    return found


def _sees_all(name, uses):
    """Whether it reads a text as a whole, and is not looked for at every place of it."""
    _module, file, own = f".{name}".rsplit(".", 2)
    told = uses.get(f"{file}.{own}") or uses.get(own)
    return bool(told) and told <= WHOLE


def _repeated(tree, within=False):
    """One sign of each kind that the pattern repeats."""
    for kind, told in tree:
        if kind in REPEATED:
            yield from _repeated(told[2], True)
        elif kind is signs.SUBPATTERN:
            yield from _repeated(told[3], within)
        elif kind is signs.BRANCH:
            for one in told[1]:
                yield from _repeated(one, within)
        elif kind in (signs.LITERAL, signs.NOT_LITERAL, signs.ANY, signs.IN) and within:
            yield from _sign(kind, told)


def _sign(kind, told):
    if kind is signs.LITERAL:
        yield chr(told)
    elif kind is signs.IN:
        for inner, value in told[:3]:
            yield from {
                signs.LITERAL: lambda v: [chr(v)], signs.RANGE: lambda v: [chr(v[0])],
                signs.CATEGORY: lambda v: {signs.CATEGORY_DIGIT: "7", signs.CATEGORY_SPACE: " "}
                .get(v, "a"), signs.NEGATE: lambda _v: ["客", "(", "["],
            }[inner](value)  # fmt: skip
    else:
        yield from ("客", "(", "[", " ")


@pytest.fixture
def clock():
    def ring(*_args):
        raise RanAway

    before = signal.signal(signal.SIGVTALRM, ring)
    yield lambda seconds: signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


def _try(pattern, text, clock, whole):
    clock(LIMIT)
    try:
        if not whole:
            for _found in pattern.finditer(text):
                pass
        pattern.fullmatch(text)
    except RanAway:
        return True
    finally:
        clock(0)
    return False


def test_the_limit_knows_a_good_pattern_from_one_that_runs_away(clock):
    assert _try(re.compile(r"(a+)+b"), "a" * 40, clock, whole=True)
    assert _try(re.compile(r"\s+x"), " " * 2 * MANY, clock, whole=False)
    assert not _try(re.compile(r"[^)]{0,40}x"), "(" * MANY, clock, whole=False)


def test_no_pattern_runs_away(clock):
    found, uses, ran = _patterns(), _uses(), []
    assert len(found) > 80
    for (written, flags), name in found.items():
        pattern, whole = re.compile(written, flags), _sees_all(name, uses)
        length = SHORT.get(name, MANY)
        for sign in sorted(set(_repeated(reading.parse(written, flags))))[:6]:
            if _try(pattern, sign * length + "\0", clock, whole):
                ran.append((name, sign))
    assert not ran, ran
