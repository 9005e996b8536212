"""How values look."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock, formats
from app.core.clock import (
    FAR_OFF,
    FAR_OFF_DAY,
    LONG_AGO,
    LONG_AGO_DAY,
    at_local,
    day_of,
    end_of,
    local,
    start_of,
)


@pytest.fixture
def said(app):
    """said(formats.ago, value): in a request, so in somebody's language."""

    def say(how, value):
        with app.test_request_context():
            return how(value)

    return say


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (0, "¥0.00"),
        (5, "¥0.05"),
        (123450, "¥1,234.50"),
        (-99, "-¥0.99"),
        (10**12, "¥10,000,000,000.00"),
    ],
)
def test_money_is_exact(cents, text):
    assert formats.money(cents) == text


@given(st.integers(-(10**14), 10**14))
def test_money_loses_no_cent(cents):
    digits = formats.money(cents).replace("¥", "").replace(",", "").replace(".", "")
    assert int(digits) == cents


@pytest.mark.parametrize("never", [None, LONG_AGO, FAR_OFF, LONG_AGO_DAY, FAR_OFF_DAY])
def test_never_is_no_date(said, never):
    assert formats.day(never) == ""
    assert said(formats.ago, never) == "没有"


@pytest.mark.parametrize(
    ("days", "text"),
    [(0, "今天"), (1, "昨天"), (-1, "明天"), (-2, "后天"), (12, "12 天前"), (-5, "5 天后")],
)
def test_a_day_is_told_from_today(said, at, days, text):
    at("2026-08-22 15:00")
    assert said(formats.ago, clock.today() - timedelta(days=days)) == text


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "刚刚"), (5, "5 分钟前"), (59, "59 分钟前"), (120, "今天 13:00")]
)
def test_a_moment_of_today_is_told_by_the_minute(said, at, minutes, text):
    at("2026-08-22 15:00")
    assert said(formats.ago, clock.now() - timedelta(minutes=minutes)) == text


def test_a_moment_is_shown_on_the_shops_clock():
    assert formats.exact(datetime(2026, 8, 21, 18, 30, tzinfo=UTC)) == "2026-08-22 02:30"
    assert formats.day(datetime(2026, 8, 21, 18, 30, tzinfo=UTC)) == "2026-08-22"


@pytest.mark.parametrize(
    ("phone", "text"),
    [
        ("+8613800130001", "138 **** 0001"),
        ("12345", "*****"),
        ("", ""),
        ("+12025550123", "+12 **** 0123"),
    ],
)
def test_a_phone_is_shown_without_its_middle(phone, text):
    assert formats.masked(phone) == text


@given(st.text("0123456789+", max_size=20))
def test_a_masked_phone_never_shows_more_than_seven_digits(phone):
    assert sum(c.isdigit() for c in formats.masked(phone)) <= 7


@given(st.datetimes(timezones=st.just(UTC)))
def test_no_moment_breaks_the_shops_calendar(moment):
    assert local(moment)
    assert day_of(moment)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_a_day_begins_and_ends_inside_itself(day):
    assert day_of(start_of(day)) == day
    assert day_of(end_of(day) - timedelta(microseconds=1)) == day
    assert day_of(at_local(day)) == day
