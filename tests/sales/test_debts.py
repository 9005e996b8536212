"""What customers owe: on the purchase, on the card, in the list; paid, taken back, never lost."""

import csv
import io
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.clock import FAR_OFF_DAY, today
from app.core.db import db
from app.core.errors import Refused
from app.sales import debtors, debts, ordering, refunding
from app.sales.models import Order, Payment
from app.staff.models import AuditLine
from tests import make

ACTS = ("buy", "buy", "pay", "pay", "refund", "unrefund", "unpay", "edit", "void")
acts = st.lists(
    st.tuples(
        st.sampled_from(ACTS), st.integers(0, 40), st.integers(0, 9_000),
    ),
    max_size=16,
)  # fmt: skip


def credit(to, cents=10_000, owed=10_000, *, days_ago=0, due_in=None, by=None):
    on = today() - timedelta(days=days_ago)
    due = None if due_in is None else on + timedelta(days=due_in)
    one = ordering.place(to, on=on, cents=cents, owed=owed, due_on=due, by=by)
    db.session.commit()
    return one


def pay(customer, cents, **more):
    paid = debts.pay(customer, cents=cents, on=more.pop("on", today()), by=None, **more)
    db.session.commit()
    return paid


def test_a_debt_stands_on_the_purchase_and_on_the_card(lin):
    credit(lin, owed=4_000, days_ago=9, due_in=30)
    credit(lin, cents=2_000, owed=2_000, days_ago=20)
    assert lin.owed_cents == 6_000
    assert lin.owed_since == today() - timedelta(days=20)
    assert lin.owed_due_on == today() + timedelta(days=21)
    assert lin.spent_cents == 12_000


@pytest.mark.parametrize(
    ("owed", "due_in", "field"),
    [(10_001, None, "owed"), (-1, None, "owed"), (0, 3, "owed"), (5, -1, "due_on"),
     (5, 4000, "due_on")],
)  # fmt: skip
def test_a_debt_that_cannot_be_is_refused_where_it_was_typed(lin, owed, due_in, field):
    with pytest.raises(Refused) as no:
        credit(lin, owed=owed, due_in=due_in)
    assert no.value.field == field


def test_money_goes_to_what_is_due_first_and_says_how_late_it_was(lin):
    late = credit(lin, cents=3_000, owed=3_000, days_ago=20, due_in=10)
    later = credit(lin, cents=5_000, owed=5_000, days_ago=25, due_in=40)
    paid = pay(lin, 4_000, method="cash")
    assert [(one.order_id, one.cents, one.late_days) for one in paid] == [
        (late.id, 3_000, 10), (later.id, 1_000, 0),
    ]  # fmt: skip
    assert (late.owed_cents, later.owed_cents, lin.owed_cents) == (0, 4_000, 4_000)
    assert lin.owed_since == later.on
    pay(lin, 4_000)
    assert (lin.owed_cents, lin.owed_since, lin.owed_due_on) == (0, FAR_OFF_DAY, FAR_OFF_DAY)


@pytest.mark.parametrize(("cents", "days", "field"), [
    (0, 0, "amount"), (-5, 0, "amount"), (10_001, 0, "amount"), (10, 6, "on"), (10, -1, "on"),
])  # fmt: skip
def test_a_payment_that_cannot_be_is_refused(lin, cents, days, field):
    credit(lin, days_ago=5)
    with pytest.raises(Refused) as no:
        pay(lin, cents, on=today() - timedelta(days=days))
    assert no.value.field == field


def test_who_owes_nothing_pays_nothing_and_a_key_pays_once(lin):
    with pytest.raises(Refused, match="没有欠款"):
        pay(lin, 1)
    credit(lin)
    assert pay(lin, 4_000, key="k") == pay(lin, 4_000, key="k")
    assert lin.owed_cents == 6_000


def test_two_who_take_the_same_money_at_once_take_it_once(lin, outside):
    credit(lin)
    outside(lambda: pay(db.session.get(type(lin), lin.id), 7_000))
    with pytest.raises(Refused):
        pay(lin, 7_000)
    assert lin.owed_cents == 3_000


def test_a_refund_lessens_the_debt_before_anything_goes_over_the_counter(amy, lin):
    order = credit(lin, owed=4_000)
    one = refunding.refund(order, cents=5_000, on=today(), by=amy)
    assert (one.off_cents, one.back_cents, order.owed_cents) == (4_000, 1_000, 0)
    assert lin.owed_cents == 0
    refunding.withdraw(one, by=amy)
    assert (order.owed_cents, lin.owed_cents) == (4_000, 4_000)


def test_a_payment_taken_back_is_owed_again_but_not_beyond_the_purchase(amy, lin):
    order = credit(lin)
    first = pay(lin, 6_000)[0]
    refunding.refund(order, cents=10_000, on=today(), by=amy)
    with pytest.raises(Refused, match="退过款"):
        debts.withdraw(first, by=amy)
    refunding.withdraw(refunding.of(order)[0], by=amy)
    debts.withdraw(first, by=amy)
    assert (order.owed_cents, lin.owed_cents) == (10_000, 10_000)
    with pytest.raises(Refused):
        debts.withdraw(first, by=amy)


def test_what_was_paid_stays_paid_when_the_price_is_put_right(amy, lin):
    order = credit(lin, owed=10_000)
    pay(lin, 6_000)
    change = {"version": order.version, "on": order.on, "text": "", "by": amy}
    ordering.edit(order, cents=12_000, **change)
    assert (order.owed_cents, lin.owed_cents) == (6_000, 6_000)
    with pytest.raises(Refused) as no:
        ordering.edit(order, cents=5_999, **{**change, "version": order.version})
    assert no.value.field == "amount"
    db.session.rollback()
    with pytest.raises(Refused, match="收过钱"):
        ordering.void(order, reason="错", by=amy)


def act_out(customer, by, act, number, cents):
    orders = ordering.of(customer)
    on = today() - timedelta(days=number)
    if act == "buy" or not orders:
        ordering.place(customer, on=on, cents=cents, owed=cents * number // 40, by=by)
        return
    order = orders[number % len(orders)]
    first = {"unrefund": refunding.of(order)[:1], "unpay": debts.payments_of(customer)[:1]}
    for one in first.get(act, []):
        (refunding if act == "unrefund" else debts).withdraw(one, by=by)
    if act == "pay":
        debts.pay(customer, cents=cents, on=today(), by=by)
    elif act == "refund":
        refunding.refund(order, cents=cents, on=today(), by=by)
    elif act == "edit":
        ordering.edit(order, version=order.version, on=on, cents=cents, text="", by=by)
    elif act == "void":
        ordering.void(order, reason="错", by=by)


@given(acts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_whatever_happens_no_fen_is_lost_or_made(amy, happened):
    customer = make.customer("王芳", owner=amy)
    for act, number, cents in happened:
        with suppress(Refused), db.session.begin_nested():
            act_out(customer, amy, act, number, cents)
    orders = ordering.of(customer)
    for order in orders:
        standing = [one for one in refunding.of(order) if not one.is_withdrawn]
        assert 0 <= order.owed_cents <= order.net_cents <= order.cents or order.is_void
        at_once = order.net_cents - order.owed_cents - debts.received(order)
        assert at_once + sum(one.back_cents for one in standing) >= 0 or order.is_void
    assert customer.owed_cents == sum(o.owed_cents for o in orders if not o.is_void)
    assert customer.spent_cents == sum(o.net_cents for o in orders if not o.is_void)
    open_days = [o.on for o in orders if o.owed_cents and not o.is_void]
    assert customer.owed_since == min(open_days, default=FAR_OFF_DAY)
    db.session.commit()


# Pages -------------------------------------------------------------------------------------------


def test_a_purchase_on_credit_is_typed_listed_and_paid(browser, amy, ben, max_, lin):
    page = browser.as_(amy)
    due = (today() + timedelta(days=7)).isoformat()
    typed = {"customer": lin.id, "amount": "128", "on": today().isoformat(), "due_on": due}
    wrong = page.post("/orders", **typed, owed="129")
    assert wrong.status_code == 422
    assert "欠的比这笔消费还多" in wrong.text
    for bad in ({"owed": "-1"}, {"owed": "x"}, {"owed": "28", "due_on": "2026-02-30"}):
        assert page.post("/orders", **{**typed, **bad}).status_code == 422
    assert page.post("/orders", **typed, owed="28").status_code == 303
    for path in ("/orders", "/debts", f"/customers/{lin.id}", f"/customers/{lin.id}/debts"):
        assert "¥28.00" in page.get(path).text, path
    assert "林小满" not in browser.as_(ben).get("/debts").text
    paying = {"amount": "20", "on": today().isoformat(), "method": "wechat", "once": "z"}
    assert (
        page.post(f"/customers/{lin.id}/payments", **{**paying, "amount": "29"}).status_code == 422
    )
    for _twice in range(2):
        assert page.post(f"/customers/{lin.id}/payments", **paying).status_code == 303
    assert lin.owed_cents == 800
    assert "还欠 ¥8.00" in page.get(f"/customers/{lin.id}").text
    one = db.session.scalars(db.select(Payment)).one()
    assert browser.as_(ben).post(f"/payments/{one.id}/withdrawal").status_code == 404
    assert page.post(f"/payments/{one.id}/withdrawal").status_code == 303
    assert lin.owed_cents == 2_800
    did = set(db.session.scalars(db.select(AuditLine.what)))
    assert {"payment.received", "payment.withdrawn"} <= did


def test_the_list_is_by_due_day_and_narrowed_to_the_late(browser, amy, lin):
    other = make.customer("王芳", owner=amy)
    credit(lin, days_ago=3, due_in=30)
    credit(other, days_ago=30, due_in=10)
    make.customer("张三", owner=amy)
    assert [row.name for row in debtors.page(amy).rows] == ["王芳", "林小满"]
    assert [row.name for row in debtors.page(amy, late=True).rows] == ["王芳"]
    assert "过了 20 天" in browser.as_(amy).get("/debts", late="1").text


def test_the_table_holds_no_formula_and_is_the_managers(browser, amy, max_, lin):
    credit(make.customer('=HYPERLINK("http://x","y")', owner=amy))
    assert browser.as_(amy).post("/debts/table").status_code == 403
    answer = browser.as_(max_).post("/debts/table")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[1][0].startswith("'=HYPERLINK")
    assert rows[1][1] == "¥100.00"
    assert db.session.scalars(db.select(AuditLine).where(AuditLine.what == "export.debts")).one()


def test_a_correction_keeps_says_and_changes_what_is_owed(browser, amy, lin):
    order = credit(lin, by=amy, due_in=9)
    page = browser.as_(amy)
    assert 'name="owed"' in page.get(f"/orders/{order.id}/edit").text
    fields = {"amount": "100", "on": order.on.isoformat(), "version": 1, "owed": "", "due_on": ""}
    assert page.post(f"/orders/{order.id}", **fields).status_code == 303
    again = db.session.get(Order, order.id)
    assert (again.owed_cents, again.due_on, lin.owed_cents) == (0, FAR_OFF_DAY, 0)
    assert "¥100.00 → ¥0.00" in page.get(f"/orders/{order.id}").text
