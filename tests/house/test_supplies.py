"""What we build on, and what must never lie in the store: packages, keys, rich text."""

import re
import subprocess
from importlib import metadata

import pytest

from app.config import ROOT

LINE = re.compile(r"([A-Za-z0-9_.-]+)==([0-9][A-Za-z0-9.]*)")
OURS = (ROOT / "docs/decisions/0002-dependencies.md").read_text(encoding="utf-8").casefold()
SECRETS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}"
    rb"|\bsk-[A-Za-z0-9_-]{24,}|\bxox[bap]-[0-9A-Za-z-]{10,}|\bwx[0-9a-f]{16}\b"
    rb"|(?i:secret|token|password|passwd|aes_?key)[\"']?\s*[:=]\s*[\"']?"
    rb"(?:[0-9a-f]{32,}|[A-Za-z0-9]{43})\b"
)
MADE_UP = re.compile(rb"(?:wx)?(.)\1{9}|0123456789|123456789|abcdef")  # nobody's: of examples
CLEANERS = {"bleach", "nh3", "markdown", "html-sanitizer", "lxml-html-clean", "mistune"}
RICH = re.compile(r"contenteditable\s*=|designMode|execCommand|\|\s*markdown\b", re.I)


def pinned(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r"))]


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_package_is_pinned_to_one_version():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = pinned(name)
        assert [line for line in lines if not LINE.fullmatch(line)] == []
        assert len({plain(line.split("==")[0]) for line in lines}) == len(lines)


def test_the_list_of_packages_is_whole_and_each_is_argued_for():
    """What a package brings along is pinned too; what nobody brings along has its argument."""
    listed = {plain(line.split("==")[0]) for line in pinned("requirements.txt")}
    brought, missing = set(), []
    for name in listed:
        for need in metadata.requires(name) or []:
            other = plain(re.match(r"[A-Za-z0-9_.-]+", need)[0])
            if other in listed:
                brought.add(other)
            elif ";" not in need:
                missing.append((name, other))
    assert missing == []
    assert [name for name in sorted(listed - brought) if name not in OURS.replace("_", "-")] == []


def git(*words):
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)


def _kept():
    """All that was ever added to the store; without one, the files that are there."""
    told = git("log", "-p", "-U0", "--no-color", "--no-ext-diff", "--no-textconv")
    if told.returncode == 0:
        return told.stdout
    rooms = ("app", "docs", "migrations", "scripts", "tests")
    files = [path for room in rooms for path in (ROOT / room).rglob("*") if path.is_file()]
    return b"\n".join(path.read_bytes() for path in files)


def test_no_key_was_ever_put_into_the_store():
    found = [match[0] for match in SECRETS.finditer(_kept())]
    assert [one for one in found if not MADE_UP.search(one)] == []


@pytest.mark.parametrize("said", [
    ("-----BEGIN RSA PRIVATE", " KEY-----"), ("AKIA", "IOSFODNN7EXAMPLE"),
    ("wx", "8f3a9c1d7e2b4f60"), ("WECHAT_APP_SECRET=", "9f86d081884c7d659a2feaa0c55ad015"),
    ("ghp_", "q7W" * 12),
])  # fmt: skip
def test_a_key_would_be_seen(said):
    whole = "".join(said).encode()  # in two pieces, or the test above would find it here
    assert SECRETS.search(whole)
    assert not MADE_UP.search(whole)


def test_there_is_no_rich_text_to_be_cleaned():
    """Words are stored as they are typed and shown as words: nothing has to be made harmless."""
    listed = {plain(line.split("==")[0]) for line in pinned("requirements.txt")}
    assert listed.isdisjoint(CLEANERS)
    pages = [*(ROOT / "app/templates").rglob("*.*"), *(ROOT / "app/static/js").glob("*.js")]
    assert [path.name for path in pages if RICH.search(path.read_text(encoding="utf-8"))] == []
