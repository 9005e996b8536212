"""Guessing what a column means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.fields import FIELDS, SYNONYMS, folded, guess, named

words = st.sampled_from(sorted(SYNONYMS))
dressing = st.sampled_from(["{}", " {} ", "{}（必填）", "{}(元)", "{}：", "【新】{}", "{}*"])


@given(words, dressing)
def test_a_header_is_known_however_it_is_dressed(word, dress):
    assert guess([dress.format(word)]) == {SYNONYMS[word]: 0}


@given(words)
def test_full_width_capitals_and_blanks_do_not_matter(word):
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in word.upper())
    assert folded(f"　{wide} ") == folded(word)


@given(st.lists(st.text(max_size=30), max_size=40))
def test_a_guess_gives_each_field_one_column_and_each_column_one_field(header):
    found = guess(header)
    assert set(found) <= set(FIELDS)
    assert len(set(found.values())) == len(found)
    assert all(0 <= place < len(header) for place in found.values())


def test_a_whole_chinese_heading_is_understood():
    header = [
        "序号",
        "客户姓名",
        "手机号码",
        "联系电话",
        "备注",
        "负责人",
        "消费日期",
        "实付金额",
        "商品",
    ]
    assert guess(header) == {
        "name": 1, "phone": 2, "contact_phone": 3, "remark": 4, "owner": 5,
        "date": 6, "amount": 7, "text": 8,
    }  # fmt: skip


def test_an_english_heading_is_understood():
    assert guess(["Full Name", "Mobile Phone", "Order Date", "Total", "Items"]) == {
        "name": 0, "phone": 1, "date": 2, "amount": 3, "text": 4,
    }  # fmt: skip


def test_a_second_phone_column_is_the_other_number():
    assert guess(["姓名", "手机", "电话"]) == {"name": 0, "phone": 1, "contact_phone": 2}


def test_a_summary_column_is_no_purchase():
    assert guess(["姓名", "累计消费金额", "最近消费日期"]) == {"name": 0}


@pytest.mark.parametrize(
    ("typed", "field"), [("phone", "phone"), ("手机", "phone"), ("内容", "text"), ("什么", None)]
)
def test_a_field_can_be_named_by_its_name_or_its_label(typed, field):
    assert named(typed) == field


def test_a_contact_phone_that_is_the_only_one_tells_who_somebody_is():
    assert guess(["会员姓名", "联系电话 ", "备注"]) == {"name": 0, "phone": 1, "remark": 2}
    assert guess(["姓名", "手机", "联系电话"])["contact_phone"] == 2
    assert "phone" not in guess(["姓名", "座机"])
