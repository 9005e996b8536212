"""What one row says."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Refused
from app.exchange.fields import FIELDS
from app.exchange.lines import same_name, tidy_name, understand

TODAY = date(2026, 8, 22)
COLUMNS = {name: place for place, name in enumerate(FIELDS)}


def line(**said):
    return understand([said.get(name, "") for name in FIELDS], COLUMNS, TODAY)


@given(st.lists(st.text(max_size=60), max_size=14))
def test_any_row_is_understood_or_refused_with_a_reason(cells):
    with suppress(Refused):
        said = understand(cells, COLUMNS, TODAY)
        assert said.name or said.handles


def test_a_row_without_name_and_number_is_refused():
    with pytest.raises(Refused, match="没有称呼也没有手机"):
        line(remark="老客")


def test_two_numbers_in_one_cell_are_the_mobile_and_the_other_one():
    said = line(name="王芳", phone="0571-87651234/13800130001（微信同号）")
    assert (said.phone, said.contact_phone) == ("+8613800130001", "+8657187651234")


def test_a_number_that_lost_a_digit_is_refused():
    with pytest.raises(Refused, match="1380013"):
        line(name="王芳", phone="1380013")


def test_the_word_for_nothing_is_nothing():
    said = line(name="王芳", phone="无", remark="-", amount="#N/A")
    assert (said.phone, said.remark, said.day) == ("", "", None)


def test_names_lose_the_blanks_that_align_them():
    assert tidy_name(" 王　芳 ") == "王芳"
    assert tidy_name("Anna  Lee") == "Anna Lee"
    assert same_name("ＡＮＮＡ Lee", "anna lee")


def test_an_amount_without_a_date_is_refused():
    with pytest.raises(Refused, match="没有日期"):
        line(name="王芳", amount="128")


def test_a_date_without_an_amount_is_a_visit_of_unknown_amount():
    said = line(name="王芳", date="2026-08-01")
    assert (said.day, said.cents) == (date(2026, 8, 1), 0)


def test_the_line_of_totals_is_no_customer():
    with pytest.raises(Refused, match="合计"):
        line(name="合计", date="2026-08-01", amount="99")


def test_a_flag_that_is_neither_yes_nor_no_is_refused():
    assert line(name="王芳", do_not_disturb="是").do_not_disturb
    assert not line(name="王芳", do_not_disturb="否").do_not_disturb
    with pytest.raises(Refused, match="也许"):
        line(name="王芳", do_not_disturb="也许")


def test_text_that_does_not_fit_is_refused_instead_of_cut():
    with pytest.raises(Refused, match="内容"):
        line(name="王芳", date="2026-08-01", text="茶" * 201)


def test_what_is_still_owed_is_read_and_never_more_than_the_amount():
    assert line(name="王芳", date="2026-08-01", amount="99", owed="¥30").owed == 3_000
    for bad in ({"owed": "100"}, {"owed": "-1"}, {"owed": "x"}, {"owed": "5", "date": ""}):
        with pytest.raises(Refused):
            line(**{"name": "王芳", "date": "2026-08-01", "amount": "99", **bad})


def test_the_columns_of_accounts_are_what_the_customer_is_known_by():
    said = line(name="王芳", phone="13800130001", wechat_id=" WangFang_88", douyin="芳芳")
    assert said.handles == (
        ("phone", "+8613800130001"), ("wechat_id", "wangfang_88"), ("douyin", "芳芳"),
    )  # fmt: skip


@pytest.mark.parametrize("word", ["同手机", "微信同号"])
def test_a_wechat_number_that_is_the_phone_is_written_out(word):
    said = line(name="王芳", phone="13800130001", wechat_id=word)
    assert dict(said.handles)["wechat_id"] == "13800130001"


@pytest.mark.parametrize("word", ["已加", "√", "是", "无"])
def test_a_word_that_only_says_there_is_one_is_none(word):
    assert line(name="王芳", wechat_id=word).handles == ()


def test_a_name_where_a_wechat_number_should_be_is_refused():
    with pytest.raises(Refused, match="不是微信号"):
        line(name="王芳", wechat_id="芳姐")
