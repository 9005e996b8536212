"""docs/security-checks.md: every check is there, and every test that it names."""

import re

import pytest

from app.config import ROOT

TEXT = (ROOT / "docs" / "security-checks.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\| ([A-Z]{2}-[0-9]{2}) \|.*\| (.+) \|$", TEXT, re.MULTILINE)
NAMED = re.compile(r"`([a-z]+/test_[a-z_]+): ([a-z0-9_, ]+)`")
COUNTS = {"CB": 16, "LG": 8, "SE": 8, "CS": 7, "AZ": 12, "XS": 9, "IN": 11, "RD": 3, "UP": 6,
          "HD": 3, "CF": 6, "LO": 4, "OA": 6}  # fmt: skip


def test_every_check_has_its_line():
    wanted = [f"{room}-{number + 1:02}" for room, many in COUNTS.items() for number in range(many)]
    wanted += ["IE-04", "IE-05", "IE-06", "IE-08", "PI-03", "PI-04", "PI-05", "PI-06", "PI-07"]
    assert sorted(check for check, _proved in LINES) == sorted(wanted)


@pytest.mark.parametrize(("check", "proved"), LINES, ids=[check for check, _proved in LINES])
def test_what_proves_a_check_exists(check, proved):
    named = NAMED.findall(proved)
    assert named or "review" in proved or "drill" in proved
    for file, names in named:
        code = (ROOT / "tests" / f"{file}.py").read_text(encoding="utf-8")
        for name in names.split(", "):
            assert f"\ndef test_{name}(" in code, f"{file}: {name}"
