"""The lunar calendar: names of days, and the days that a lunar one is."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import lunar


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 22), "十月十四"),
        (date(2026, 2, 17), "正月初一"),
        (date(2025, 7, 25), "闰六月初一"),
        (date(2026, 3, 8), "正月二十"),
        (date(2027, 2, 5), "腊月廿九"),
        (date(1800, 1, 1), ""),
    ],
)
def test_the_lunar_day_is_called_as_people_call_it(day, words):
    assert lunar.name_of(day) == words


@given(st.integers(1901, 2099), st.integers(1, 12), st.integers(1, 30), st.booleans())
def test_a_lunar_day_is_one_of_ours_and_is_called_so(year, month, day, leap):
    found = lunar.day_of(year, month, day, leap=leap)
    if found is None or found.year not in lunar.KNOWN:
        return
    assert lunar.name_of(found).endswith(lunar.month_name(month) + lunar.day_name(day))
    assert lunar.name_of(found).startswith("闰") == leap
    assert lunar.year_of(found) == year


def test_what_a_year_lacks_is_none():
    assert lunar.day_of(2026, 12, 30) is None
    assert lunar.day_of(2026, 6, 1, leap=True) is None
    assert lunar.day_of(3000, 1, 1) is None
    assert lunar.eve_of(2025) == date(2026, 2, 16)
