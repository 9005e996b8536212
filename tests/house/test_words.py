"""Sentences: marked for translation, filled with what they ask for, complete in English."""

import ast
import re
from functools import lru_cache

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import nodes

from app.config import ROOT

pytestmark = pytest.mark.once
APP = ROOT / "app"
TEMPLATES = APP / "templates"
PLACE = re.compile(r"%\((\w+)\)[sd]")
KEYWORDS = {"_": None, "_l": None, "N_": None, "gettext": None, "lazy_gettext": None,
            "ngettext": (1, 2), "say_many": (1, 2)}  # fmt: skip
METHODS = [
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
    ("**.py", "python"),
]
HAN = re.compile(r"[\u4e00-\u9fff]")


@lru_cache
def sentences():
    found = {}
    for name, _line, message, _comments, _context in extract_from_dir(
        str(APP), METHODS, keywords=KEYWORDS
    ):
        for one in message if isinstance(message, tuple) else (message,):
            if one:
                found.setdefault(one, name)
    return found


def calls(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def name_of(function):
    return getattr(function, "id", getattr(function, "attr", ""))


def marked(node):
    """The sentence of N_("…"), or None."""
    if isinstance(node, ast.Call) and name_of(node.func) == "N_":
        return node.args[0].value
    return None


def test_a_refusal_is_given_what_its_sentence_asks_for():
    wrong = []
    for path in APP.rglob("*.py"):
        for call in calls(path):
            message = marked(call.args[0]) if call.args else None
            if message is None or name_of(call.func) not in ("Refused", "TooManyTries"):
                continue
            given = {k.arg for k in call.keywords} - {"field"}
            if given != set(PLACE.findall(message)):
                wrong.append((path.name, message))
    assert wrong == []


def test_a_translated_sentence_in_code_is_given_what_it_asks_for():
    wrong = []
    for path in APP.rglob("*.py"):
        for call in calls(path):
            if name_of(call.func) not in ("_", "_l", "gettext", "lazy_gettext") or not call.args:
                continue
            if not isinstance(call.args[0], ast.Constant) or None in {k.arg for k in call.keywords}:
                continue
            asked = set(PLACE.findall(call.args[0].value))
            if asked != {k.arg for k in call.keywords} and asked - {"max", "min"}:
                wrong.append((path.name, call.args[0].value))
    assert wrong == []


def test_a_translated_sentence_in_a_template_is_given_what_it_asks_for(app):
    wrong = []
    for path in TEMPLATES.rglob("*.html"):
        tree = app.jinja_env.parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            if getattr(call.node, "name", "") not in ("_", "gettext") or not call.args:
                continue
            message, given = call.args[0], {k.key for k in call.kwargs}
            if not isinstance(message, nodes.Const) or call.dyn_kwargs:
                continue
            if set(PLACE.findall(message.value)) != given:
                wrong.append((path.name, message.value))
    assert wrong == []


def test_no_sentence_has_a_lone_percent_sign():
    filled = [s for s in sentences() if PLACE.search(s)]
    assert [s for s in filled if "%" in PLACE.sub("", s).replace("%%", "")] == []


def test_templates_say_nothing_outside_of_translation(app):
    """Chinese text that stands bare in a template could never be read in English."""
    bare = []
    for path in TEMPLATES.rglob("*.html"):
        if path.name == "500.html":
            continue
        tree = app.jinja_env.parse(path.read_text(encoding="utf-8"))
        for data in tree.find_all(nodes.TemplateData):
            bare += [
                (path.name, line.strip()) for line in data.data.splitlines() if HAN.search(line)
            ]
    assert bare == []


def test_the_english_catalogue_is_complete():
    with (APP / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    translated = {}
    for entry in catalogue:
        ids = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        text = "".join(entry.string) if isinstance(entry.string, tuple) else entry.string
        translated |= dict.fromkeys(ids, text if not entry.fuzzy else "")
    missing = [s for s in sentences() if not translated.get(s)]
    assert missing == []


def test_english_sentences_keep_their_places():
    with (APP / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    wrong = []
    for entry in catalogue:
        ids = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        texts = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        asked = set(PLACE.findall(ids[0]))
        wrong += [t for t in texts if t and not set(PLACE.findall(t)) <= asked]
        if len(texts) == 1 and texts[0] and set(PLACE.findall(texts[0])) != asked:
            wrong.append(texts[0])
    assert wrong == []
