"""Refunds and corrections: what is left counts, what was written stays, and nobody counts twice."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.clock import FAR_OFF_DAY, LONG_AGO, LONG_AGO_DAY, today
from app.core.db import db
from app.core.errors import Refused
from app.customers import shop_rhythm, summary, timeline
from app.customers.models import Moment
from app.sales import ordering, refunding
from app.sales.models import Order, Refund
from app.staff.models import AuditLine
from tests import make

KEPT = (
    "purchases", "spent_cents", "visits", "first_visit_on", "last_visit_on", "usual_gap",
    "last_activity_at", "quiet_on", "dormant_on", "lost_on",
)  # fmt: skip
acts = st.lists(
    st.tuples(st.sampled_from(["buy", "refund", "withdraw", "edit", "void"]),
              st.integers(0, 60), st.integers(0, 20_000)),
    max_size=14,
)  # fmt: skip


def back(order, cents, by=None, on=None, **more):
    one = refunding.refund(order, cents=cents, on=on or today(), by=by, **more)
    db.session.commit()
    return one


def put_right(order, by, **changes):
    now = {"on": order.on, "cents": order.cents, "text": order.text, **changes}
    ordering.edit(order, version=order.version, by=by, **now)
    db.session.commit()


def days_of(orders):
    """The visits by hand: days on which something is left of what was bought, or was unknown."""
    sums = {}
    for one in orders:
        if not one.is_void:
            sums.setdefault(one.on, []).append(one)
    return {
        day for day, some in sums.items()
        if sum(o.net_cents for o in some) > 0 or not any(o.refunded_cents for o in some)
    }  # fmt: skip


def test_part_of_it_given_back_lessens_the_day_and_is_no_visit(amy, lin):
    order = make.order(lin, days_ago=9, cents=10_000, by=amy)
    back(order, 2_500, amy, reason="没拆封")
    assert (lin.visits, lin.spent_cents, lin.purchases) == (1, 7_500, 1)
    assert lin.last_visit_on == today() - timedelta(days=9)
    assert (order.refunded_cents, order.net_cents) == (2_500, 7_500)


def test_all_of_a_day_given_back_deletes_the_visit_and_a_withdrawal_brings_it_back(amy, lin):
    make.order(lin, days_ago=40, by=amy)
    order = make.order(lin, days_ago=5, cents=900, by=amy)
    one = back(order, 900, amy)
    assert (lin.visits, lin.last_visit_on) == (1, today() - timedelta(days=40))
    refunding.withdraw(one, by=amy)
    assert (lin.visits, order.refunded_cents) == (2, 0)
    with pytest.raises(Refused):
        refunding.withdraw(one, by=amy)


def test_who_asks_for_their_money_back_has_been_in_touch(amy, lin):
    for days in (120, 80, 40):
        order = make.order(lin, days_ago=days, cents=900, by=amy)
    was = (lin.quiet_on, lin.lost_on)
    one = back(order, 100, amy, on=today() - timedelta(days=3))
    assert (lin.inbound_days, lin.last_inbound_on) == (1, today() - timedelta(days=3))
    assert lin.warm_until == today() - timedelta(days=3) + timedelta(days=28)
    assert (lin.quiet_on, lin.lost_on) == was  # it is no visit
    shown = [moment.kind for moment in timeline.story(lin, groups=["order"])]
    assert shown.count("order.refunded") == 1
    assert "refund.asked" not in [*shown, *(moment.kind for moment in timeline.story(lin))]
    refunding.withdraw(one, by=amy)
    assert (lin.inbound_days, lin.last_inbound_at, lin.warm_until) == (0, LONG_AGO, LONG_AGO_DAY)
    back(order, 100, amy, on=order.on)  # on the day of the purchase it makes nobody warm
    assert (lin.inbound_days, lin.warm_until) == (1, LONG_AGO_DAY)


def test_the_only_purchase_given_back_makes_a_lead_again_and_no_gap_of_the_shop(amy, lin):
    back(make.order(lin, days_ago=5, cents=900, by=amy), 900, amy)
    back(make.order(lin, days_ago=25, cents=500, by=amy), 500, amy)
    assert (lin.visits, lin.quiet_on) == (0, FAR_OFF_DAY)
    assert list(shop_rhythm._lines_of("visit")) == []


@pytest.mark.parametrize("cents", [0, -1, 10_001, 10**12])
def test_a_refund_of_nothing_or_of_more_than_was_paid_is_refused_at_the_amount(amy, lin, cents):
    order = make.order(lin, cents=10_000, by=amy)
    with pytest.raises(Refused) as no:
        refunding.refund(order, cents=cents, on=today(), by=amy)
    assert no.value.field == "amount"


def test_two_refunds_may_not_come_to_more_than_the_purchase(amy, lin, outside):
    order = make.order(lin, cents=10_000, by=amy)
    outside(lambda: back(db.session.get(Order, order.id), 6_000))
    with pytest.raises(Refused):
        refunding.refund(order, cents=5_000, on=today(), by=amy)
    back(order, 4_000, amy)
    assert order.net_cents == 0


@pytest.mark.parametrize("days", [-1, 6])
def test_a_refund_lies_between_the_purchase_and_today(amy, lin, days):
    order = make.order(lin, days_ago=5, by=amy)
    with pytest.raises(Refused) as no:
        refunding.refund(order, cents=1, on=today() - timedelta(days=days), by=amy)
    assert no.value.field == "on"


def test_a_refund_once_per_key(amy, lin):
    order = make.order(lin, by=amy)
    assert back(order, 100, amy, key="x") is back(order, 100, amy, key="x")
    assert order.refunded_cents == 100


def test_a_correction_moves_the_visit_and_the_refund_with_it_and_keeps_what_was(amy, lin):
    order = make.order(lin, days_ago=3, cents=5_000, by=amy, text="奶粉")
    back(order, 1_000, amy)
    put_right(order, amy, on=today() - timedelta(days=8), cents=4_000, text="米粉")
    assert (lin.spent_cents, lin.visits) == (3_000, 1)
    assert lin.last_visit_on == today() - timedelta(days=8)
    change = ordering.history_of(order)[0].details
    assert (change["was"]["cents"], change["now"]["cents"]) == (5_000, 4_000)
    assert (change["was"]["text"], change["now"]["text"]) == ("奶粉", "米粉")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"cents": 999}, "amount"), ({"cents": -1}, "amount"), ({"on": 0}, "on"), ({"on": -1}, "on")],
)
def test_a_correction_that_cannot_be_is_refused(amy, lin, changes, field):
    order = make.order(lin, days_ago=3, cents=5_000, by=amy)
    back(order, 1_000, amy, on=today() - timedelta(days=2))
    if "on" in changes:
        changes = {"on": today() - timedelta(days=changes["on"])}
    with pytest.raises(Refused) as no:
        put_right(order, amy, **changes)
    assert no.value.field == field


def test_of_two_who_correct_at_once_the_second_is_told(amy, lin, outside):
    order = make.order(lin, cents=5_000, by=amy)
    outside(lambda: put_right(db.session.get(Order, order.id), amy, cents=6_000))
    with pytest.raises(Refused, match="已经被别人改过"):
        ordering.edit(order, version=1, on=order.on, cents=1, text="", by=amy)
    put_right(order, amy, text=order.text)  # no change is none
    assert len(ordering.history_of(order)) == 1


def act_out(customer, by, act, number, cents):
    """One thing that somebody does; what cannot be is refused."""
    orders = ordering.of(customer)
    on = today() - timedelta(days=number)
    if act == "buy" or not orders:
        ordering.place(customer, on=on, cents=cents, by=by)
        return
    order = orders[number % len(orders)]
    if act == "refund":
        refunding.refund(order, cents=cents, on=today(), by=by)
    elif act == "withdraw":
        for one in refunding.of(order)[:1]:
            refunding.withdraw(one, by=by)
    elif act == "edit":
        ordering.edit(order, version=order.version, on=on, cents=cents, text="", by=by)
    else:
        ordering.void(order, reason="错", by=by)


@given(acts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_whatever_is_bought_given_back_and_put_right_the_sums_hold(amy, happened):
    customer = make.customer("王芳", owner=amy)
    for act, number, cents in happened:
        with suppress(Refused):
            act_out(customer, amy, act, number, cents)
    orders = ordering.of(customer)
    assert all(0 <= o.refunded_cents <= o.cents for o in orders)
    standing = [o for o in orders if not o.is_void]
    assert customer.spent_cents == sum(o.net_cents for o in standing)
    assert customer.visits == len(days_of(standing))
    kept = {name: getattr(customer, name) for name in KEPT}
    summary.recompute(customer)
    assert {name: getattr(customer, name) for name in KEPT} == kept
    db.session.commit()


# Pages -------------------------------------------------------------------------------------------


def test_a_refund_is_written_down_shown_and_withdrawn(browser, amy, lin):
    order = make.order(lin, cents=12_800, by=amy)
    page = browser.as_(amy)
    assert "128.00" in page.get(f"/orders/{order.id}/refunds/new").text
    fields = {"amount": "28.00", "on": today().isoformat(), "reason": "买错码", "once": "abc"}
    for _twice in range(2):
        assert page.post(f"/orders/{order.id}/refunds", **fields).status_code == 303
    one = db.session.scalars(db.select(Refund)).one()
    shown = page.get(f"/orders/{order.id}").text
    assert "买错码" in shown
    assert "¥100.00" in shown
    assert "-¥28.00" in page.get(f"/customers/{lin.id}").text
    assert "退过款" in page.get("/orders").text
    assert page.post(f"/refunds/{one.id}/withdrawal").status_code == 303
    assert "已撤销" in page.get(f"/orders/{order.id}").text
    did = set(db.session.scalars(db.select(AuditLine.what)))
    assert {"order.refunded", "order.refund_withdrawn"} <= did


@pytest.mark.parametrize(
    "fields",
    [{"amount": "128.01"}, {"amount": "-1"}, {"amount": "0"}, {"amount": ""}, {"amount": "NaN"},
     {"on": "2026-02-30"}, {"on": ""}, {"on": "2190-01-01"}, {"reason": "长" * 201}],
)  # fmt: skip
def test_a_refund_of_nonsense_keeps_what_was_typed(browser, amy, lin, fields):
    order = make.order(lin, cents=12_800, by=amy)
    typed = {"amount": "1", "on": today().isoformat(), "reason": "破了", **fields}
    answer = browser.as_(amy).post(f"/orders/{order.id}/refunds", **typed)
    assert answer.status_code == 422
    assert "reason" in fields or "破了" in answer.text
    assert db.session.scalar(db.select(Refund.id)) is None
    assert order.refunded_cents == 0


def test_a_purchase_is_put_right_and_its_history_shown(browser, amy, ben, max_, lin):
    order = make.order(lin, cents=5_000, text="奶粉", by=amy)
    fields = {"amount": "60", "on": today().isoformat(), "text": "米粉", "version": 1}
    assert browser.as_(ben).post(f"/orders/{order.id}", **fields).status_code == 404
    page = browser.as_(amy)
    assert 'value="50.00"' in page.get(f"/orders/{order.id}/edit").text
    assert page.post(f"/orders/{order.id}", **fields).status_code == 303
    shown = page.get(f"/orders/{order.id}").text
    assert "¥50.00 → ¥60.00" in shown
    assert "奶粉 → 米粉" in shown
    again = page.post(f"/orders/{order.id}", **fields)  # somebody saved since it was opened
    assert again.status_code == 422
    assert "别人改过" in again.text
    line = db.session.scalars(db.select(AuditLine).where(AuditLine.what == "order.edited")).one()
    assert (line.details["was"], line.details["now"]) == (5_000, 6_000)
    theirs = make.order(lin, by=max_)
    assert page.get(f"/orders/{theirs.id}/edit").status_code == 403


def test_the_story_shows_a_refund_on_its_own_day_and_the_correction(browser, amy, lin, at):
    at("2026-03-01 10:00")
    order = make.order(lin, cents=5_000, by=amy)
    at("2026-03-04 15:00")
    back(order, 5_000, amy)
    moment = db.session.scalars(db.select(Moment).where(Moment.kind == "order.refunded")).one()
    assert (moment.on.isoformat(), moment.at.date().isoformat()) == ("2026-03-01", "2026-03-04")
    assert "全退了" in browser.as_(amy).get(f"/customers/{lin.id}/orders").text
