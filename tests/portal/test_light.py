"""The members' pages are light, need no script, and are read by old browsers inside WeChat."""

import gzip
import re

import pytest

from app.config import ROOT
from app.portal import cards
from tests import make
from tests.house.walking import address, rules

STATIC = ROOT / "app" / "static"
MOST = 60_000  # bytes on the wire of a first visit
LINKED = re.compile(r"""(?:src|href)="(/(?:static/|m/card)[^"#]+)""")
GROUPED = ("@media", "@supports", "@keyframes", "@-webkit-keyframes", "@font-face")
TOO_NEW = re.compile(r"color-mix\(|\d[dsl]v[hw]\b|light-dark\(")
# what ES2017 does not read: a script with it would not run at all
NEWER = re.compile(
    r"\?\?|\?\.(?!\d)|catch\s*\{|\*\*=|\|\|=|&&=|\b\d+n\b|\d_\d|#[a-z]\w*\s*[=(;]|static\s*\{"
    r"|for\s+await|\{\s*\.\.\.|,\s*\.\.\.\w+\s*\}|import\s*\(|\.at\(|\.flat\(|\.replaceAll\("
)


@pytest.fixture
def mine(lin, amy):
    """A member with a card and purchases."""
    cards.join(lin, service=True, marketing=True)
    for n in range(25):
        make.order(lin, days_ago=n, text=f"奶粉 {n}", by=amy)
    return lin


def pages(app):
    """Every page of a member's that asks for no row, and those of guests."""
    for rule, kind in rules(app, "GET"):
        guests = rule.rule.startswith("/m/") and rule.endpoint not in ("entry.entered",)
        if (kind == "member" or guests) and not rule.arguments:
            yield address(rule)


def wire_of(browser, path):
    """Bytes of a page and of all that it brings along, as they travel."""
    answer = browser._ask("get", path, headers={"Accept-Encoding": "gzip"})
    total, text = len(answer.data), gzip.decompress(answer.data).decode()
    for one in sorted(set(LINKED.findall(text))):
        total += len(browser._ask("get", one, headers={"Accept-Encoding": "gzip"}).data)
    return total, text


def test_a_first_visit_is_light_and_needs_no_script(app, browser, mine):
    at_home, seen = browser.as_member(mine), 0
    for path in pages(app):
        answer = at_home.get(path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        total, text = wire_of(at_home, path)
        assert total <= MOST, (path, total)
        assert "<script" not in text, path
        assert "hx-" not in text.partition("<main")[2], path
        assert 'name="viewport"' in text
        assert "maximum-scale" not in text  # a member may enlarge it
        seen += 1
    assert seen >= 12
    guest = browser.get("/m/shop")
    assert "<script" not in guest.text


def text_of_all(app, browser, member):
    at_home = browser.as_member(member)
    answers = [at_home.get(path) for path in pages(app)]
    return "".join(one.text for one in answers if one.status_code == 200)


def styles(app, browser, member):
    """The style sheets that members' pages bring along."""
    text = text_of_all(app, browser, member)
    names = set(re.findall(r'href="/static/([^"?]+\.css)', text))
    assert {"css/member.css"} < names
    return [(name, (STATIC / name).read_text(encoding="utf-8")) for name in sorted(names)]


def test_the_style_sheets_are_read_by_old_browsers(app, browser, mine):
    for name, css in styles(app, browser, mine):
        bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
        bare = re.sub(r'"[^"]*"|\'[^\']*\'|url\((?:[^()]|\([^)]*\))*\)', "x", bare)
        assert strays_of(bare) == [], name


def strays_of(css):
    """Nesting, :has, and new units or functions without an older value before them."""
    found, heads, at = [], [], 0
    for mark in re.finditer(r"[{}]", css):
        said = css[at : mark.start()]
        at = mark.end()
        if mark[0] == "{":
            head = said.rpartition("}")[2].rpartition(";")[2].strip()
            if heads and not heads[-1].startswith(GROUPED):
                found.append(f"nested: {head}")
            if ":has(" in head or "&" in head:
                found.append(head)
            heads.append(head)
        else:
            found += unread(said)
            heads.pop()
    return found


def unread(declarations):
    known, found = set(), []
    for one in declarations.split(";"):
        name, _colon, value = one.partition(":")
        if (
            re.search(r"color-mix\(|\d[dsl]v[hw]\b|light-dark\(", value)
            and name.strip() not in known
        ):
            found.append(one.strip())
        known.add(name.strip())
    return found


def test_the_look_itself_sees_what_is_too_new():
    assert strays_of("a { b { c: d } }")
    assert strays_of("a:has(b) { c: d }")
    assert strays_of("a { height: 100dvh }")
    assert strays_of("a { height: 100vh; height: 100dvh }") == []
    assert strays_of("@media print { a { color: color-mix(in srgb, red, blue) } }")
    assert NEWER.search("a?.b")
    assert NEWER.search("a ?? b")
    assert not NEWER.search("const a = b ? .5 : c;")


def test_scripts_of_these_pages_would_be_read_by_old_browsers(app, browser, mine):
    """There are none today; one that comes must be ES2017."""
    text = text_of_all(app, browser, mine)
    for name in set(re.findall(r'<script[^>]*src="/static/([^"?]+)', text)):
        assert not NEWER.search((STATIC / name).read_text(encoding="utf-8")), name
