"""Templates parse, are used, say what they need, and hold nothing that a strict policy forbids."""

import ast
import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from jinja2 import nodes

from app.config import ROOT
from app.core import mail
from app.customers import timeline

APP = ROOT / "app"
TEMPLATES = APP / "templates"
NAMES = sorted(str(p.relative_to(TEMPLATES)) for p in TEMPLATES.rglob("*") if p.is_file())
READ_AS_A_FILE = {"errors/500.html"}  # static text for the moment when nothing else works
VALUES = {
    "cents": 1200,
    "usual": 12,
    "days": 3,
    "visits": 3,
    "due": "2026-08-22T02:00:00+00:00",
    "fields": ["name", "remark"],
    "was": {
        "cents": 100,
        "on": "2026-08-01",
        "text": "x-<b>x</b>",
        "things": [],
        "owed": 0,
        "due": "",
    },
    "now": {
        "cents": 200,
        "on": "2026-08-02",
        "text": "y",
        "things": [["<b>x</b>", 2, 5]],
        "owed": 100,
        "due": "2026-09-01",
    },
    "left": 300,
}
COMMENT = re.compile(r"\{#(.+?)#\}", re.DOTALL)
FORBIDDEN = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "an inline style": re.compile(r"<style|\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on": re.compile(r"hx-on", re.IGNORECASE),
    "a javascript address": re.compile(r"javascript:", re.IGNORECASE),
    "an evaluated value": re.compile(r"""hx-(vals|headers)\s*=\s*["']js:""", re.IGNORECASE),
    "a filtered trigger": re.compile(r"""hx-trigger\s*=\s*["'][^"']*\["""),
    "|safe": re.compile(r"\|\s*safe\b"),
    "autoescape off": re.compile(r"autoescape\s+false", re.IGNORECASE),
    "something from elsewhere": re.compile(r"""(src|href)\s*=\s*["'](https?:)?//""", re.IGNORECASE),
}


@lru_cache
def source(name):
    return (TEMPLATES / name).read_text(encoding="utf-8")


def parsed(app, name):
    return app.jinja_env.parse(source(name), name)


@lru_cache
def quoted():
    """name of a template -> the files, of code or templates, in which it stands in quotes."""
    texts = {str(p): p.read_text(encoding="utf-8") for p in APP.rglob("*.py")}
    texts |= {name: source(name) for name in NAMES}
    found = {}
    for where, text in texts.items():
        for name in re.findall(r"""["']([\w./-]+\.(?:html|txt))["']""", text):
            found.setdefault(name, set()).add(where)
    return found


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_a_template_parses(house, name):
    house[0].jinja_env.compile(source(name), name)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_used(name):
    kind = Path(name).stem
    of_a_kind = name.startswith("timeline/") and kind in timeline.kinds
    of_a_kind |= name.startswith("mail/") and kind in mail.letters
    elsewhere = quoted().get(name, set()) - {name}
    assert elsewhere or of_a_kind or name in READ_AS_A_FILE


@pytest.mark.parametrize("name", [n for n in NAMES if Path(n).name.startswith("_")])
def test_a_part_says_on_its_first_line_what_it_needs(name):
    first = source(name).splitlines()[0]
    assert first.startswith("{#"), first
    assert COMMENT.match(source(name))[1].strip()


@pytest.mark.parametrize("name", NAMES)
def test_a_template_holds_nothing_that_the_policy_forbids(name):
    text = COMMENT.sub("", source(name))
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("name", NAMES)
def test_attributes_are_quoted(name):
    assert re.findall(r"""[a-zA-Z-]+=\{\{""", COMMENT.sub("", source(name))) == []


@pytest.mark.once
def test_templates_link_only_to_addresses_that_exist(house):
    app = house[0]
    known, unknown = set(app.view_functions), []
    for name in NAMES:
        for call in parsed(app, name).find_all(nodes.Call):
            linking = getattr(call.node, "name", "") in ("url_for", "links_to")
            if not linking or not call.args:
                continue
            target = call.args[0]
            if isinstance(target, nodes.Const) and target.value not in known:
                unknown.append((name, target.value))
    assert unknown == []


@pytest.mark.once
def test_code_links_only_to_addresses_that_exist(house):
    known, unknown = set(house[0].view_functions), []
    for path in APP.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "url_for"):
                continue
            target = call.args[0]
            if isinstance(target, ast.Constant):
                name = f"{path.stem}{target.value}" if target.value[0] == "." else target.value
                if name not in known:
                    unknown.append((path.name, target.value))
    assert unknown == []


def test_no_code_makes_markup_of_text():
    """Markup is made of constants alone; what is put into them is escaped by its format()."""
    strays = []
    for path in APP.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"\brender_template_string\(|\.from_string\(|\|\s*safe\b", text):
            strays.append(path.name)
        for call in ast.walk(ast.parse(text)):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Markup":
                constant = len(call.args) == 1 and isinstance(call.args[0], ast.Constant)
                strays += [] if constant else [path.name]
    assert strays == []


def test_no_script_of_ours_makes_markup_of_text():
    pattern = re.compile(r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(")
    scripts = (APP / "static" / "js").glob("*.js")
    assert [p.name for p in scripts if pattern.search(p.read_text("utf-8"))] == []


def test_every_kind_of_moment_has_a_label_and_a_group(app):
    assert timeline.kinds
    for kind in timeline.kinds.values():
        assert kind.label
        assert kind.group in timeline.GROUPS
        assert kind.effect in timeline.EFFECTS


@pytest.mark.parametrize("name", sorted(name for name, one in timeline.kinds.items() if one.shown))
def test_a_moment_of_every_kind_is_shown(app, browser, amy, lin, name):
    kind = timeline.kinds[name]
    details = {d: VALUES.get(d, f"{d}-<b>x</b>") for d in kind.details}
    cents = details.pop("cents", 0)
    timeline.record(replace(kind, details=frozenset(details)), lin, by=amy, **details)
    moment = timeline.story(lin)[0]
    moment.details = {**details, "cents": cents} if "cents" in kind.details else details
    page = browser.as_(amy).get(f"/customers/{lin.id}")
    assert page.status_code == 200
    assert "<b>x</b>" not in page.text
