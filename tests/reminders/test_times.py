"""The chips of «when next», and the five groups of the list, as moments."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.clock import local
from app.core.errors import Refused
from app.reminders import listing, times

MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - the zone follows
    max_value=datetime(2150, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@pytest.fixture(autouse=True)
def _clock():
    yield
    clock.source = clock.system_now


@given(MOMENTS, st.sampled_from(sorted(times._moments)))
def test_every_chip_lies_ahead_and_within_reach(moment, chip):
    clock.source = lambda: moment
    chosen = times.moment_of(chip)
    assert moment < chosen <= moment + timedelta(days=33)


@given(MOMENTS)
def test_a_month_later_is_next_month_and_next_week_a_monday(moment):
    clock.source = lambda: moment
    month = local(times.moment_of("month"))
    assert (month.month - local(moment).month) % 12 == 1
    assert local(times.moment_of("monday")).weekday() == 0


@given(MOMENTS, st.integers(-(10**8), 10**8))
def test_every_moment_is_in_exactly_one_group(moment, seconds):
    clock.source = lambda: moment
    due = moment + timedelta(seconds=seconds)
    held = [g for g in listing.GROUPS if listing.bounds(g)[0] <= due < listing.bounds(g)[1]]
    assert len(held) == 1
    assert (held == ["overdue"]) == (seconds < 0)


def test_a_custom_time_needs_one():
    with pytest.raises(Refused):
        times.moment_of("custom")
    with pytest.raises(Refused):
        times.chosen("")
    with pytest.raises(Refused):
        times.moment_of("someday")


def test_nothing_chosen_is_no_next_time():
    assert times.moment_of("") is None
