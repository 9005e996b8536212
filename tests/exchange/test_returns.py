"""Refunds in a file: of a purchase's own row, or rows of their own that find their purchase."""

from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import batches
from app.core.db import db
from app.core.errors import Refused
from app.customers import rebuilding
from app.customers.models import Customer
from app.exchange import importing, working
from app.exchange.fields import FIELDS, guess
from app.exchange.lines import understand
from app.exchange.models import RUNNING
from app.sales import debts, ordering, refunding
from app.sales.models import Refund
from tests import make
from tests.exchange.sheets import begun, counts, csv_bytes, imported, reasons, tried, xlsx_bytes

number = count()
TODAY = date(2026, 8, 22)
COLUMNS = {name: place for place, name in enumerate(FIELDS)}
HEAD = ["姓名", "手机", "日期", "金额", "商品", "单号"]
FANG = ["王芳", "13800130001"]


def line(**said):
    said = {"name": "王芳", "date": "2026-05-01", **said}
    return understand([said.get(name, "") for name in FIELDS], COLUMNS, TODAY)


def fang():
    return db.session.scalars(db.select(Customer).where(Customer.name == "王芳")).one()


def given_back():
    rows = db.session.scalars(db.select(Refund).order_by(Refund.id))
    return [(one.order_id, one.on.isoformat(), one.cents) for one in rows]


@pytest.mark.parametrize(("said", "cents", "back"), [
    ({"amount": "-30"}, -3000, 0),
    ({"amount": "(30.00)"}, -3000, 0),
    ({"amount": "30", "kind": "退款"}, -3000, 0),
    ({"amount": "-30", "kind": "销售退货"}, -3000, 0),
    ({"refunded": "30"}, -3000, 0),
    ({"refunded": "-30", "kind": "Refund"}, -3000, 0),
    ({"amount": "100", "refunded": "30"}, 10_000, 3000),
    ({"amount": "100", "refunded": "是"}, 10_000, 10_000),
    ({"amount": "100", "refunded": "0"}, 10_000, 0),
    ({"amount": "100", "refunded": "否"}, 10_000, 0),
    ({"amount": "100", "kind": "未退款"}, 10_000, 0),
    ({"amount": "100", "kind": "消费"}, 10_000, 0),
])  # fmt: skip
def test_a_row_says_by_sign_kind_or_column_what_was_given_back(said, cents, back):
    read = line(**said)
    assert (read.cents, read.back, read.is_refund) == (cents, back, cents < 0)


@pytest.mark.parametrize(("said", "why"), [
    ({"kind": "退款"}, "没有金额"), ({"amount": "10", "refunded": "10.01"}, "比这笔的金额还多"),
    ({"amount": "10", "refunded": "三十"}, "不是金额"), ({"refunded": "3", "date": ""}, "没有日期"),
    ({"amount": "-300000000"}, "超出能记的金额"), ({"amount": "-5", "owed": "5"}, "比金额还多"),
])  # fmt: skip
def test_nonsense_is_refused_with_a_reason(said, why):
    with pytest.raises(Refused) as no:
        line(**said)
    assert why in no.value.message % no.value.params


def test_a_table_of_refunds_alone_has_its_day_and_a_customers_kind_is_none():
    assert guess(["手机", "退款时间", "退款金额"]) == {"phone": 0, "date": 1, "refunded": 2}
    assert guess(["手机", "退款时间", "日期"])["date"] == 2
    assert guess(["姓名", "类型"]) == {"name": 0}
    assert guess(["姓名", "类型", "日期"])["kind"] == 1


def test_a_row_finds_its_purchase_by_number_then_sum_then_words(app):
    rows = [
        HEAD,
        [*FANG, "2026-05-01", "100", "龙井", "A1"], [*FANG, "2026-05-09", "100", "茶具", "A2"],
        [*FANG, "2026-05-20", "60", "龙井", "A3"],
        [*FANG, "2026-06-01", "-25", "龙井", "A2"],  # its number counts before everything
        [*FANG, "2026-06-01", "-60", "", "R7"],  # the number of a slip of its own: by the sum
        [*FANG, "2026-06-02", "-10", "龙井", ""],  # by the words: the newest that can be
        [*FANG, "2026-05-02", "-5", "", ""],  # before the others were bought
        [*FANG, "2026-06-03", "-1", "什么", ""],
        [*FANG, "2026-06-03", "-101", "", ""], ["李强", "13800130002", "2026-06-03", "-1", "", ""],
        [*FANG, "2026-04-30", "-1", "", ""],
    ]  # fmt: skip
    file = csv_bytes(rows)
    foretold = tried(file)
    run = imported(file)
    assert counts(run) == {"rows": 11, "created": 1, "orders": 3, "refunds": 4, "refused": 4}
    assert counts(foretold)["created"] == 1
    first, second, third = sorted(ordering.of(fang()), key=lambda one: one.id)
    assert given_back() == [
        (first.id, "2026-05-02", 500),  # in the order of their days
        (second.id, "2026-06-01", 2500), (third.id, "2026-06-01", 6000),
        (first.id, "2026-06-02", 1000),
    ]  # fmt: skip
    said = dict(reasons(run))
    assert (
        "可能是 2026-05-09 ¥75.00 茶具、2026-05-01 ¥85.00 龙井；请写上那笔的商品或单号" in said[9]
    )
    assert "比这位客户那时的哪一笔消费都多" in said[10]
    assert "找不到那笔消费" in said[11]
    assert "找不到那笔消费" in said[12]
    assert (fang().spent_cents, fang().visits) == (16_000, 2)
    again = imported(file)
    assert counts(again) == {"rows": 11, "unchanged": 7, "known": 7, "refused": 4}
    assert len(given_back()) == 4
    assert [*rebuilding.differing()] == [[]]


def test_a_column_beside_the_amount_gives_back_of_its_own_row_and_grows_later(app, chief):
    head = [*HEAD, "退款金额"]
    bought = [*FANG, "2026-05-01", "100", "龙井", "A1"]
    first = imported(csv_bytes([head, [*bought, "30"]]))
    assert counts(first) == {"rows": 1, "created": 1, "orders": 1, "refunds": 1}
    file = csv_bytes([head, [*bought, "45"]])
    assert counts(tried(file)) == counts(imported(file)) == {"rows": 1, "refunds": 1, "known": 1}
    assert counts(imported(file)) == {"rows": 1, "unchanged": 1, "known": 1}
    (order,) = ordering.of(fang())
    assert (order.net_cents, [cents for *_where, cents in given_back()]) == (5500, [3000, 1500])
    refunding.refund(order, cents=1000, on=order.on, by=chief)
    db.session.commit()
    assert "refunds" not in counts(imported(csv_bytes([head, [*bought, "50"]])))  # known by hand


def test_a_sheet_of_refunds_comes_after_the_purchases_and_lessens_what_is_owed(app, browser, chief):
    back = [["手机", "退款日期", "退款金额"], ["13800130001", "2026-06-01", "40"]]
    bought = [["姓名", "手机", "日期", "金额", "欠款"], [*FANG, "2026-05-01", "100", "30"]]
    run = imported(xlsx_bytes({"退款": back, "流水": bought}), "shop.xlsx")
    assert counts(run) == {"rows": 2, "created": 1, "orders": 1, "refunds": 1}
    (order,) = ordering.of(fang())
    assert (order.refunded_cents, order.owed_cents) == (4000, 0)
    assert debts.unpaid(fang()) == []
    assert "笔退款" in browser.as_(chief).get(f"/imports/{run.id}").text


def test_the_newest_rows_may_come_first_and_the_import_may_stop_among_the_refunds(app, monkeypatch):
    rows = [
        [*FANG, "2026-06-20", "-70", "茶具", ""], [*FANG, "2026-06-12", "-10", "", ""],
        [*FANG, "2026-06-02", "-500", "", ""], [*FANG, "2026-06-01", "-100", "龙井", "A1"],
        [*FANG, "2026-05-30", "100", "茶具", ""], [*FANG, "2026-05-01", "100", "龙井", "A1"],
    ]  # fmt: skip
    file = csv_bytes([HEAD, *rows])
    said = {"rows": 6, "orders": 2, "refunds": 3, "refused": 1, "created": 1}
    assert counts(tried(file)) == said
    really, seen = working.write, []

    def stumbles(line, **given):
        seen.append(line)
        if len(seen) == 5:
            raise KeyboardInterrupt
        return really(line, **given)

    monkeypatch.setattr(working, "write", stumbles)
    run = begun(file)
    run.state = RUNNING
    db.session.commit()
    monkeypatch.setattr(batches, "LONGEST", 0)  # each row is a write of its own
    with pytest.raises(KeyboardInterrupt):
        working.take_rows(run)
    db.session.rollback()
    assert len(list(importing.problems(run))) == 1  # what still waits was not refused
    working.take_rows(run)
    assert counts(run) == said
    (line, why) = next(iter(reasons(run)))
    assert line == 4
    assert "都多" in why
    newest, oldest = ordering.of(fang())
    assert given_back() == [(oldest.id, "2026-06-01", 10_000), (newest.id, "2026-06-12", 1000),
                            (newest.id, "2026-06-20", 7000)]  # fmt: skip
    assert counts(imported(file)) == {"rows": 6, "unchanged": 5, "known": 5, "refused": 1}
    assert [*rebuilding.differing()] == [[]]


def test_a_purchase_written_by_hand_is_found_by_customer_day_and_sum(app, amy):
    fang = make.customer("王芳", owner=amy, phone="13800130001")
    one, two, three = (
        ordering.place(fang, on=date(2026, 5, day), cents=cents, text=text, by=amy)
        for day, cents, text in ((1, 8800, "手写一"), (2, 9900, ""), (20, 30_000, "手写三"))
    )
    db.session.commit()
    back = [HEAD, [*FANG, "2026-06-01", "-99", "", "R1"], [*FANG, "2026-05-20", "-15", "", ""],
            [*FANG, "2026-06-02", "-15", "", ""], [*FANG, "2026-05-01", "-15", "", ""]]  # fmt: skip
    run = imported(csv_bytes(back))
    assert given_back() == [(one.id, "2026-05-01", 1500), (three.id, "2026-05-20", 1500),
                            (two.id, "2026-06-01", 9900)]  # fmt: skip
    ((where, why),) = reasons(run)
    assert where == 4
    assert "2026-05-20 ¥285.00 手写三、2026-05-01 ¥73.00 手写一" in why


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 5000), st.integers(0, 30)), min_size=1, max_size=8
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_whatever_a_file_gives_back_nobody_gets_more_than_they_paid(app, happened):
    customer = make.customer(f"钱{next(number)}")
    rows = [["姓名", "日期", "金额"]]
    for back, cents, days in happened:
        day = TODAY - timedelta(days=days)
        rows.append([customer.name, day.isoformat(), f"{'-' if back else ''}{cents / 100:.2f}"])
    run = imported(csv_bytes(rows))
    orders = ordering.of(customer, most=50)
    taken = sum(one.cents for order in orders for one in ordering.refunds_of(order))
    assert all(0 <= one.refunded_cents <= one.cents for one in orders)
    assert customer.spent_cents == sum(one.cents for one in orders) - taken
    found = counts(run)
    assert found.get("orders", 0) + found.get("refunds", 0) + found.get("refused", 0) == len(
        happened
    )
