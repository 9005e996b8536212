"""One rule for all text that comes in, and fields that say why they refuse."""

import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.core.errors import Refused
from app.core.forms import Choice, Day, Form, Moment, Text, clean, refuse

anything = st.text(st.characters(exclude_categories=()), max_size=80)


@given(anything)
def test_cleaned_text_can_be_stored(text):
    cleaned = clean(text)
    assert "\0" not in cleaned
    cleaned.encode("utf-8")
    assert all(unicodedata.category(c) != "Cc" or c in "\n\t" for c in cleaned)


@given(anything)
def test_cleaned_text_is_composed(text):
    assert unicodedata.is_normalized("NFC", clean(text))


@given(anything)
def test_cleaning_twice_is_cleaning_once(text):
    assert clean(clean(text)) == clean(text)


@given(st.text("林小满abcAB 12，。！😀é\n\t", max_size=50))
def test_ordinary_text_stays_as_it_is(text):
    assert clean(text) == text


def test_line_ends_become_one():
    assert clean("a\r\nb\rc\nd") == "a\nb\nc\nd"


def test_joined_emoji_and_right_to_left_stay():
    assert clean("👨‍👩‍👧 שלום") == "👨‍👩‍👧 שלום"


class Sample(Form):
    class Meta:
        csrf = False

    name = Text("name", most=5, required=True)
    note = Text("note", most=20, area=True)
    day = Day("day")
    when = Moment("when")
    colour = Choice("colour", [("r", "red"), ("b", "blue")])


@pytest.fixture
def filled(app):
    def fill(**fields):
        with app.test_request_context():
            form = Sample(MultiDict({"name": "林", **fields}))
            form.good = form.validate()
            form.said = {name: [str(e) for e in errors] for name, errors in form.errors.items()}
            return form

    return fill


def test_a_field_is_cleaned_and_trimmed(filled):
    assert filled(name="  林\0小\x07满 ").name.data == "林小满"


@pytest.mark.parametrize("name", ["", "   ", "\0\0"])
def test_a_required_field_wants_something(filled, name):
    assert not filled(name=name).good


def test_a_long_text_is_refused_with_the_length(filled):
    form = filled(name="一二三四五六")
    assert not form.good
    assert "5" in form.said["name"][0]


def test_text_that_is_right_after_cleaning_is_taken(filled):
    assert filled(name="一二三四五\0").good


WRONG_DAYS = [
    "2024-02-30",
    "0000-01-01",
    "10000-01-01",
    "tomorrow",
    "20240101x",
    "1899-12-31",
    "2200-01-01",
    "9999-12-31",
    "２０２４-01-01",
]


@pytest.mark.parametrize("text", WRONG_DAYS)
def test_a_wrong_day_is_refused(filled, text):
    form = filled(day=text)
    assert not form.good
    assert form.said["day"]


def test_a_day_is_read(filled):
    assert filled(day="2026-08-22").day.data == date(2026, 8, 22)
    assert filled(day="").day.data is None


@pytest.mark.parametrize("text", ["2026-08-22T24:01", "2026-13-01T00:00", "0001-01-01T00:00", "now",
                                  "9999-12-31T23:59", "2026-08-22T10:00+08:00", "1e9"])  # fmt: skip
def test_a_wrong_moment_is_refused(filled, text):
    assert not filled(when=text).good


def test_a_moment_is_read_on_the_shops_clock(filled):
    form = filled(when="2026-08-22T10:00")
    assert form.when.data == datetime(2026, 8, 22, 2, tzinfo=UTC)


def test_an_unknown_choice_is_refused(filled):
    assert not filled(colour="g").good
    assert filled(colour="b").good


@given(text=anything)
def test_no_text_breaks_a_day_or_a_moment(house, text):
    with house[0].test_request_context():
        Sample(MultiDict({"name": text, "day": text, "when": text, "colour": text})).validate()


def test_a_refusal_stands_at_the_field_it_is_about(filled, app):
    form = filled()
    with app.test_request_context():
        refuse(form, Refused("no", field="name"))
        assert [str(e) for e in form.name.errors] == ["no"]
        refuse(form, Refused("never"))
        assert [str(e) for e in form.form_errors] == ["never"]
