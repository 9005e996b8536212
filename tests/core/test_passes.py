"""A pass opens one row, for one purpose, until a moment."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock, passes


def test_a_pass_opens_its_row_and_ends(app, at):
    at("2026-11-22 12:00")
    made = passes.write("file", 7, clock.now() + timedelta(days=7))
    assert passes.read("file", made) == 7
    assert passes.read("film", made) is None
    at("2026-11-29 11:59")
    assert passes.read("file", made) == 7
    at("2026-11-29 12:00")
    assert passes.read("file", made) is None


def test_a_changed_pass_or_another_key_opens_nothing(app, monkeypatch):
    made = passes.write("file", 7, clock.now() + timedelta(days=1))
    number, ends, seal = made.split(".")
    later = f"{int(ends, 16) + 9:x}"
    for other in (
        f"8.{ends}.{seal}",
        f"{number}.{later}.{seal}",
        made[:-1],
        made + "A",
        made + "\n",
    ):
        assert passes.read("file", other) is None
    monkeypatch.setitem(app.config, "SECRET_KEY", "x" * 40)
    assert passes.read("file", made) is None


@pytest.mark.parametrize("text", ["", "..", "7.7.", "７.7.aaaaaaaaaaaaaaaaaaaaaa", "0" * 5000])
def test_what_is_no_pass_is_none(app, text):
    assert passes.read("file", text) is None


@given(st.text(max_size=60))
def test_whatever_is_typed_opens_nothing(text):
    assert passes.WRITTEN.fullmatch(text) is None or len(text) >= 26
