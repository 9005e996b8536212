"""节假日与调休: the product's table, a shop's own, and the announcement pasted."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import holidays
from app.core.errors import Refused

NOTICE = """
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历除夕、周五）至11日（农历正月初六、周四）放假调休，共7天。1月31日（周日）、2月20日（周六）上班。
国庆节：9月30日（周四）至10月6日（周三）放假调休，共7天。
"""


@pytest.mark.parametrize("year", holidays.STANDARD)
def test_each_years_table_reads_back_as_it_is_written(app, year):
    days = holidays.between(date(year, 1, 1), date(year, 12, 31))
    assert holidays.read(holidays.lines_of(year), year) == days
    assert sum(not one.works for one in days.values()) >= 11  # the law's own days
    assert all(day.weekday() >= 5 for day, one in days.items() if one.works)


def test_2026_is_as_it_was_announced(app):
    found = holidays.between(date(2026, 2, 14), date(2026, 2, 28))
    assert [found[date(2026, 2, day)].works for day in (14, 15, 23, 28)] == [
        True,
        False,
        False,
        True,
    ]
    assert date(2026, 2, 24) not in found


def test_a_shops_own_year_is_the_whole_truth_and_an_empty_one_ends_it(app):
    holidays.put(2026, "2026-03-08 妇女节")
    assert list(holidays.between(date(2026, 1, 1), date(2026, 12, 31))) == [date(2026, 3, 8)]
    assert date(2025, 10, 1) in holidays.between(date(2025, 1, 1), date(2026, 12, 31))
    holidays.put(2026, "")
    assert date(2026, 10, 1) in holidays.between(date(2026, 1, 1), date(2026, 12, 31))


def test_the_announcement_is_understood_as_it_is_published(app):
    holidays.put(2027, NOTICE)
    found = holidays.between(date(2027, 1, 1), date(2027, 12, 31))
    assert found[date(2027, 2, 11)] == holidays.Named("春节", works=False)
    assert found[date(2027, 1, 31)] == holidays.Named("春节", works=True)
    assert found[date(2027, 10, 6)].name == "国庆节"
    assert len(found) == 3 + 7 + 2 + 7


@pytest.mark.parametrize(
    "line",
    [
        "明天",
        "2026-02-30",
        "2026-10-07 ~ 2026-10-01",
        "2025-10-01 国庆节",
        "国庆：13月1日放假",
        "x：y",
    ],
)
def test_what_is_no_day_of_the_year_is_refused_in_words(app, line):
    with pytest.raises(Refused) as no:
        holidays.put(2026, f"2026-01-01 元旦\n{line}")
    assert no.value.field == "days"
    assert holidays.is_own(2026) is False


@given(st.dates(date(2026, 1, 1), date(2026, 12, 1)), st.integers(0, 8), st.booleans())
def test_a_line_is_read_as_it_is_written(first, more, works):
    named = holidays.Named("节", works=works)
    days = {first + timedelta(days=n): named for n in range(more + 1)}
    last = first + timedelta(days=more)
    assert holidays.read(holidays._written(first, last, named), 2026) == days
