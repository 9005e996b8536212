"""Rules about the code itself."""

import ast
import hashlib
import json
import re
import tomllib

import pytest

from app.config import ROOT

APP = ROOT / "app"
STATIC = APP / "static"
FILES = sorted(APP.rglob("*.py"))
LONGEST = 400
AT_ONCE = {"signing_in", "throttle"}  # a guess counts, whatever the request comes to
BROWSER_WORDS = {"request", "session", "flash", "g"}
MAY_TOUCH_THE_BROWSER = {
    "core/web.py", "core/mishaps.py", "core/doors.py", "core/house.py", "core/words.py",
    "staff/signing_in.py", "portal/sessions.py",
}  # fmt: skip


def text_of(path):
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(APP)))
def test_one_file_is_one_thought(path):
    assert len(text_of(path).splitlines()) <= LONGEST


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(APP)))
def test_the_first_line_says_what_a_file_is_for(path):
    said = ast.get_docstring(ast.parse(text_of(path)))
    assert said
    assert said != "stand-in"


def test_only_the_edge_touches_the_browser():
    strays = []
    for path in FILES:
        name = str(path.relative_to(APP))
        if "/views/" in name or name in MAY_TOUCH_THE_BROWSER:
            continue
        for node in ast.walk(ast.parse(text_of(path))):
            if isinstance(node, ast.ImportFrom) and node.module == "flask":
                strays += [(name, a.name) for a in node.names if a.name in BROWSER_WORDS]
    assert strays == []


def test_only_views_commands_and_the_machinery_commit():
    """Verbs never commit. Imports, the demo shop and long jobs do, batch by batch."""
    edge = {"views", "cli", "core", "exchange", "demo"}
    verbs = [p for p in FILES if not edge & set(p.relative_to(APP).parts)]
    strays = []
    for path in verbs:
        text = text_of(path)
        if "session.commit()" in text and "@job" not in text and path.stem not in AT_ONCE:
            strays.append(str(path.relative_to(APP)))
    assert strays == []


def test_nothing_is_left_to_do():
    pattern = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    places = [p for p in ROOT.glob("app/**/*") if p.suffix in (".py", ".html", ".css", ".js")]
    ours = [p for p in places if "vendor" not in p.parts]
    assert [p.name for p in ours if pattern.search(text_of(p))] == []


def test_no_import_hides_in_a_function():
    hidden = []
    for path in FILES:
        for outer in ast.walk(ast.parse(text_of(path))):
            if isinstance(outer, ast.FunctionDef):
                inner = [n for n in ast.walk(outer) if isinstance(n, ast.Import | ast.ImportFrom)]
                hidden += [(path.name, n.lineno) for n in inner]
    assert hidden == []


def test_nobody_asks_for_the_time_but_the_clock():
    pattern = re.compile(r"datetime\.now\(|date\.today\(|utcnow\(|time\.time\(")
    asking = [p.name for p in FILES if pattern.search(text_of(p))]
    assert asking == ["clock.py"]


def test_rows_are_loaded_by_what_one_may_see():
    """A view never fetches a row by its bare id: the query says whose it is."""
    pattern = re.compile(r"\.query\.|get_or_404|db\.session\.get(_one)?\((?!Staff,)")
    views = [p for p in FILES if "views" in p.parts]
    assert [p.name for p in views if pattern.search(text_of(p))] == []


def test_vendored_files_are_what_the_manifest_says():
    listed = set()
    for entry in json.loads(text_of(STATIC / "vendor" / "manifest.json")):
        assert entry["name"]
        assert entry["version"]
        assert entry["licence"]
        assert entry["refresh"]
        for name, digest in entry["files"].items():
            assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest, name
            listed.add(name)
    present = {str(p.relative_to(STATIC)) for p in (STATIC / "vendor").iterdir()}
    assert present - {"vendor/manifest.json"} <= listed


def test_scripts_of_ours_are_short():
    long = [p.name for p in (STATIC / "js").glob("*.js") if len(text_of(p).splitlines()) > 60]
    assert long == []


def test_the_change_log_tells_of_this_version():
    version = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["version"]
    found = re.findall(r"^## \[?(\d+\.\d+\.\d+)", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert found
    assert found[0] == version
