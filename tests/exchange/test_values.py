from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Refused
from app.core.written import MOST_FEN, parse_money
from app.exchange.values import parse_day, parse_phone

TODAY = date(2024, 6, 1)
bounded = settings(max_examples=120, derandomize=True, deadline=None, database=None)
likely = st.text(
    st.sampled_from("0123456789.,-+/:年月日号万元¥()() eEx_TnaNif０１２３٣＋－　\0\ud800𝟙½①")
)
anything = st.one_of(st.text(max_size=80), st.text(st.characters(), max_size=80), likely)


def refusal(parse, text):
    try:
        parse(text)
    except Refused as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("¥1,234.50", 123450),
        ("￥１，２３４．５", 123450),
        ("1234.5元", 123450),
        (" 12 元 ", 1200),
        ("１２３", 12300),
        ("1.2万", 1_200_000),
        ("3千", 300_000),
        ("人民币88整", 8800),
        ("RMB 5", 500),
        ("0.005", 1),
        ("0.0049", 0),
        (".5", 50),
        ("5.", 500),
        ("-0", 0),
        ("+7", 700),
        ("10000000000", MOST_FEN),
    ],
)
def test_money_is_read_as_shops_write_it(text, fen):
    assert parse_money(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "abc", "NaN", "Infinity", "1e999", "1E3", "0x10", "1_000", "٣", "1,23", "1,2345",
        "1.2.3", "--1", "-¥-1", "1 234", "12元5角", "(5", "5)", "1" * 5000, "9" * 30,
        "9223372036854775808", "10000000000.01", "\0", "\ud800", "½",
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(Refused):
        parse_money(text)


def test_a_negative_amount_is_refused_unless_it_is_allowed():
    with pytest.raises(Refused, match="负数"):
        parse_money("-5")
    assert parse_money("-5", negative=True) == -500
    assert parse_money("¥-5.005", negative=True) == -501
    assert parse_money("(5.00)", negative=True) == -500


@pytest.mark.parametrize(
    "text",
    [
        "2024-3-5", "2024/03/05", "2024.3.5", "2024年3月5日", "2024 年 3 月 5 号", "20240305",
        "3月5日", "03月05号", "45356", "45356.604", "2024-03-05 14:30", "2024-03-05T14:30:59",
        "2024年3月5日14:30", "20240305 9:05", "２０２４－０３－０５",
    ],
)  # fmt: skip
def test_a_day_is_read_as_shops_write_it(text):
    assert parse_day(text, TODAY) == date(2024, 3, 5)


def test_a_day_without_a_year_is_the_latest_that_has_been():
    assert parse_day("6月1日", TODAY) == TODAY
    assert parse_day("6月2日", TODAY) == date(2023, 6, 2)
    assert parse_day("2月29日", date(2023, 6, 1)) == date(2020, 2, 29)
    assert parse_day("2月29日", date(2103, 6, 1)) == date(2096, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        "", "tomorrow", "2024-02-30", "2023-02-29", "2月30日", "2024-13-01", "0000-01-01",
        "0001-01-01", "9999-12-31", "10000-01-01", "1969-12-31", "24-3-5", "3/5/2024",
        "2024-03/05", "2024-3",
        "2024-03-05 24:00", "2024-03-05 12:60", "19999", "60001", "20000", "202403051",
        "٢٠٢٤-٠٣-٠٥",
        "1" * 5000, "\0", "\ud800",
    ],
)  # fmt: skip
def test_what_is_no_day_or_no_likely_day_is_refused(text):
    with pytest.raises(Refused):
        parse_day(text, TODAY)


def test_tomorrow_is_refused_and_today_is_not():
    assert parse_day("2024-06-01", TODAY) == TODAY
    with pytest.raises(Refused, match="还没到"):
        parse_day("2024-06-02", TODAY)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13800138000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("138 0013 8000", "+8613800138000"),
        ("138-0013-8000", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("＋８６１３８００１３８０００", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("13800138000.0", "+8613800138000"),
        ("19900000001", "+8619900000001"),
        ("021-62345678", "+862162345678"),
        ("(0755) 8234 5678", "+8675582345678"),
        ("+852 6123 4567", "+85261234567"),
        ("+1 415 555 2671", "+14155552671"),
    ],
)
def test_a_phone_number_is_read_as_people_write_it(text, number):
    assert parse_phone(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "", "abc", "1380013800", "138001380000", "12345", "138ABCDEFGH", "1.38E+10", "0" * 11,
        "13800138000/13900139000", "电话13800138000", "+86+8613800138000", "+999123456789",
        "1" * 5000,
        "٣٨٠٠١٣٨٠٠٠", "\0", "\ud800",
    ],
)  # fmt: skip
def test_what_cannot_be_dialled_is_refused(text):
    with pytest.raises(Refused):
        parse_phone(text)


def test_a_number_of_another_country_is_read_by_its_region():
    assert parse_phone("6123 4567", "HK") == "+85261234567"


@bounded
@given(st.integers(0, MOST_FEN))
def test_money_comes_back_as_it_was_written(fen):
    assert parse_money(f"{fen // 100}.{fen % 100:02}") == fen
    assert parse_money(f"¥{fen // 100:,}.{fen % 100:02}元") == fen


@bounded
@given(
    st.dates(date(1970, 1, 1), TODAY),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d"]),
)
def test_a_day_comes_back_as_it_was_written(day, form):
    assert parse_day(day.strftime(form), TODAY) == day


@bounded
@given(st.dates(date(1970, 1, 1), TODAY))
def test_a_day_comes_back_as_excel_counts_it(day):
    assert parse_day(str((day - date(1899, 12, 30)).days), TODAY) == day


@bounded
@given(st.integers(13_000_000_000, 19_999_999_999))
def test_a_mobile_number_comes_back_and_its_result_is_read_the_same(number):
    assert parse_phone(str(number)) == f"+86{number}"
    assert parse_phone(parse_phone(str(number))) == f"+86{number}"


@bounded
@given(anything, st.dates())
def test_any_text_is_a_value_or_refused_with_a_reason_that_can_be_stored(text, today):
    for parse in (parse_money, parse_phone, lambda text: parse_day(text, today)):
        reason = refusal(parse, text)
        assert len(reason.encode()) < 400  # encodes at all, and is no essay


def test_the_last_day_of_the_calendar_is_a_day_like_any_other():
    assert parse_day("9999-12-31", date.max) == date.max
