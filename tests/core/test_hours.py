"""Opening hours: what people write, and arithmetic in opening time."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.clock import FAR_OFF, LONG_AGO
from app.core.errors import Refused
from app.core.hours import (
    DAY,
    DayOff,
    Hours,
    check_week,
    parse_blocks,
    parse_days_off,
    written,
)

BEGIN = datetime(2026, 1, 1, tzinfo=clock.UTC)
SHOP = ((540, 720), (840, 1260))
WEEK = Hours((SHOP,) * 5 + ((), ((1080, 1560),)))  # Saturday shut, Sunday 18:00-02:00


@pytest.fixture(autouse=True)
def _zone():
    kept, clock.zone = clock.zone, ZoneInfo("Asia/Shanghai")
    yield
    clock.zone = kept


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=clock.zone).astimezone(clock.UTC)


@pytest.mark.parametrize(
    ("typed", "blocks"),
    [
        ("9:00-12:00 14:00-21:00", SHOP),
        ("14-21，09：00－12", SHOP),
        ("9:00 到 12:00、14:00 至 21:00", SHOP),
        ("0-24", ((0, DAY),)),
        ("18:00-02:00", ((1080, 1560),)),
        ("休息", ()),
        ("", ()),
    ],
)
def test_hours_are_read_as_people_write_them(typed, blocks):
    assert parse_blocks(typed) == blocks


@pytest.mark.parametrize(
    "typed", ["9点", "25:00-26:00", "9:61-10:00", "9-9", "9-12 11-13", "上午", "9-" * 50, "-9-12"]
)
def test_what_is_no_time_is_refused_with_an_example(typed):
    with pytest.raises(Refused) as no:
        parse_blocks(typed)
    assert "9:00-12:00" in str(no.value) or "重叠" in str(no.value)


def test_a_night_may_not_run_into_the_next_morning():
    check_week(WEEK.week)
    with pytest.raises(Refused):
        check_week((((1080, 1600),), ((60, 120),), (), (), (), (), ()))


def test_days_off_are_read_line_by_line():
    assert parse_days_off("2026-10-01 ~ 2026-10-07 国庆\n\n2026-1-1 元旦") == (
        DayOff(date(2026, 1, 1), date(2026, 1, 1), "元旦"),
        DayOff(date(2026, 10, 1), date(2026, 10, 7), "国庆"),
    )


@pytest.mark.parametrize("typed", ["国庆", "2026-13-01", "2026-02-30", "2026-10-07~2026-10-01"])
def test_a_day_that_is_none_is_refused(typed):
    with pytest.raises(Refused):
        parse_days_off(typed)


def test_the_shop_is_open_in_its_blocks_alone():
    monday = "2026-11-23 "
    told = {"08:59": False, "09:00": True, "12:00": False, "14:00": True, "21:00": False}
    assert {time: WEEK.is_open(at(monday + time)) for time in told} == told
    assert WEEK.is_open(at("2026-11-23 01:59"))  # Sunday's night
    assert not WEEK.is_open(at("2026-11-23 02:00"))
    assert not WEEK.is_open(at("2026-11-28 10:00"))


def test_a_closed_period_has_a_name_and_an_end():
    assert WEEK.closed_since(at("2026-11-23 13:00")) == at("2026-11-23 12:00")
    assert WEEK.closed_since(at("2026-11-28 10:00")) == at("2026-11-27 21:00")
    assert WEEK.opens_at(at("2026-11-28 10:00")) == at("2026-11-29 18:00")
    assert Hours(((),) * 7).closed_since(at("2026-11-28 10:00")) == LONG_AGO
    assert Hours(((),) * 7).opens_at(at("2026-11-28 10:00")) is None


def test_a_day_off_is_shut():
    shut = Hours(WEEK.week, (DayOff(date(2026, 11, 23), date(2026, 11, 24), "盘点"),))
    assert not shut.is_open(at("2026-11-23 10:00"))
    assert shut.closed_since(at("2026-11-24 10:00")) == at("2026-11-23 02:00")
    assert shut.opens_at(at("2026-11-23 10:00")) == at("2026-11-25 09:00")


def test_opening_time_leaves_the_night_out():
    evening, morning = at("2026-11-23 20:50"), at("2026-11-24 09:10")
    assert WEEK.between(evening, morning) == timedelta(minutes=20)
    assert WEEK.earlier(morning, timedelta(minutes=20)) == evening
    assert Hours().between(evening, morning) == morning - evening


blocks = st.lists(st.integers(0, DAY), min_size=2, max_size=8, unique=True).map(
    lambda cuts: tuple(zip(*[iter(sorted(cuts)[: len(cuts) // 2 * 2])] * 2, strict=True))
)
weeks = st.tuples(*[blocks] * 7)
moments = st.integers(0, 365 * DAY).map(lambda n: BEGIN + timedelta(minutes=n))


@given(blocks)
def test_what_is_written_is_read_again(some):
    assert parse_blocks(written(some)) == some


@given(st.text(max_size=40))
def test_any_text_is_hours_or_refused(typed):
    for parse in (parse_blocks, parse_days_off):
        with suppress(Refused):
            assert isinstance(parse(typed), tuple)


@given(weeks, moments, st.timedeltas(timedelta(), timedelta(days=3)))
def test_opening_time_is_never_longer_than_time_and_adds_up(week, start, length):
    hours, end = Hours(week), start + length
    half = start + length / 2
    assert timedelta() <= hours.between(start, end) <= length
    assert hours.between(start, half) + hours.between(half, end) == hours.between(start, end)


@given(weeks, moments, st.integers(1, 600))
def test_so_much_earlier_is_so_much_opening_time(week, moment, minutes):
    hours, lasting = Hours(week), timedelta(minutes=minutes)
    found = hours.earlier(moment, lasting)
    if found == LONG_AGO:
        assert hours.between(moment - timedelta(days=30), moment) < lasting
    else:
        assert hours.between(found, moment) == lasting


@given(weeks, moments, st.integers(1, 600))
def test_so_much_later_is_so_much_opening_time(week, moment, minutes):
    hours, lasting = Hours(week), timedelta(minutes=minutes)
    found = hours.later(moment, lasting)
    if found == FAR_OFF:
        assert hours.between(moment, moment + timedelta(days=30)) < lasting
    else:
        assert hours.between(moment, found) == lasting


@given(weeks, moments)
def test_a_closed_moment_lies_after_the_closing_and_before_the_opening(week, moment):
    hours = Hours(week)
    since, opens = hours.closed_since(moment), hours.opens_at(moment)
    assert since <= moment
    if hours.is_open(moment):
        assert opens == moment
        return
    assert opens is None or opens > moment
    assert hours.between(max(since, moment - timedelta(days=30)), moment) == timedelta()
