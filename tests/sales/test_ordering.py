"""Writing a purchase down, and taking it back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import today
from app.core.db import db
from app.core.errors import Refused
from app.core.formats import money
from app.core.written import MOST_FEN, parse_money
from app.sales import ordering, turns
from app.sales.models import Order
from tests import make


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("128", 12800), ("1,234.5", 123450), ("１２８．５０", 12850), ("¥ 1，234.50 元", 123450),
     ("￥0.01", 1), (".5", 50), ("12.", 1200), ("0", 0), ("99块", 9900), ("1.2万", 1_200_000)],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it(typed, cents):
    assert parse_money(typed, exact=True) == cents


@pytest.mark.parametrize(
    "typed",
    ["-1", "nan", "inf", "1e5", "1,23", "1.234", "12a", "", ".", "¥", "九十九", "1" * 13,
     "9" * 5000, "1 2\0x", "--1", "½", "1,2345", "١٢"],
)  # fmt: skip
def test_what_is_no_amount_is_refused(typed):
    with pytest.raises(Refused, match="金额"):
        parse_money(typed, exact=True)


@given(st.integers(0, MOST_FEN))
def test_an_amount_that_we_show_is_read_back(cents):
    assert parse_money(money(cents), exact=True) == cents


def test_a_purchase_once_per_key(amy, lin):
    first = ordering.place(lin, on=today(), cents=100, by=amy, key="form:1:x")
    assert ordering.place(lin, on=today(), cents=100, by=amy, key="form:1:x") is first
    assert lin.purchases == 1


@pytest.mark.parametrize("cents", [-1, 10**10 + 1, 10**30])
def test_an_amount_beyond_reason_is_refused(amy, lin, cents):
    with pytest.raises(Refused):
        ordering.place(lin, on=today(), cents=cents, by=amy)


def test_a_purchase_of_tomorrow_is_refused_at_the_day(amy, lin):
    with pytest.raises(Refused) as no:
        ordering.place(lin, on=today() + timedelta(days=1), cents=1, by=amy)
    assert no.value.field == "on"


def test_a_void_counts_no_more_and_happens_once(amy, lin):
    order = make.order(lin, by=amy)
    ordering.void(order, reason="点错了", by=amy)
    assert (lin.purchases, lin.spent_cents) == (0, 0)
    with pytest.raises(Refused):
        ordering.void(order, reason="再来", by=amy)


def test_an_agent_may_void_only_own_entries_of_today(amy, ben, max_, lin, at):
    at("2026-03-04 10:00")
    order = make.order(lin, by=amy)
    assert turns.may_change(order, amy)
    assert not turns.may_change(order, ben)
    assert turns.may_change(order, max_)
    at("2026-03-05 00:01")
    assert not turns.may_change(order, amy)
    assert turns.may_change(order, max_)


def test_the_two_at_once_are_both_counted(amy, lin, outside):
    def other():
        mine = db.session.get(type(lin), lin.id)
        ordering.place(mine, on=today(), cents=500, by=None)
        db.session.commit()

    outside(other)
    ordering.place(lin, on=today(), cents=700, by=amy)
    db.session.commit()
    assert lin.spent_cents == 1200
    assert db.session.scalar(db.select(db.func.count()).select_from(Order)) == 2
