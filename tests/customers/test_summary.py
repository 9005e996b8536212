"""The summary columns: kept with each moment, and equal to a recomputation."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.community import terms, topics
from app.core.clock import FAR_OFF_DAY, LONG_AGO, LONG_AGO_DAY, now, today
from app.core.db import db
from app.customers import notes, rebuilding, shop_rhythm, summary
from app.customers.models import Customer
from app.inbox import receiving
from app.sales import ordering, refunding
from tests import make

COLUMNS = (
    "purchases", "spent_cents", "visits", "first_visit_on", "last_visit_on", "usual_gap",
    "inbound_days", "first_inbound_on", "last_inbound_on", "last_inbound_at", "last_outbound_at",
    "last_activity_at", "quiet_on", "dormant_on", "lost_on", "warm_until",
)  # fmt: skip

acts = st.lists(
    st.tuples(
        st.sampled_from(["buy", "buy", "void", "say", "call", "need", "refund", "withdraw"]),
        st.integers(0, 400),
    ),
    max_size=12,
)


def snapshot(customer):
    return {column: getattr(customer, column) for column in COLUMNS}


def give_back(customer, act, number, amy):
    """Part of the newest purchase is given back, or that is taken back."""
    for order in [o for o in ordering.of(customer) if not o.is_void and o.cents][:1]:
        if act == "withdraw":
            for one in ordering.refunds_of(order)[:1]:
                refunding.withdraw(one, by=amy)
        elif order.net_cents:
            on = order.on + (today() - order.on) * number // 400
            cents = max(1, order.net_cents * number // 400)
            refunding.refund(order, cents=cents, on=on, by=amy)


@given(acts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_whatever_happens_in_whatever_order_the_summary_is_what_the_moments_say(amy, happened):
    customer = make.customer("王芳", owner=amy)
    for act, number in happened:
        if act == "buy":
            day = today() - timedelta(days=number)
            ordering.place(customer, on=day, cents=number * 7, by=amy)
        elif act == "void":
            open_ones = [o for o in ordering.of(customer) if not o.is_void]
            if open_ones:
                ordering.void(open_ones[number % len(open_ones)], reason="错", by=amy)
        elif act in ("refund", "withdraw"):
            give_back(customer, act, number, amy)
        elif act == "say":
            at = now() - timedelta(days=number)
            receiving.receive(
                customer, channel="wechat", account="a", address=f"o{customer.id}", kind="text",
                text="在", details={}, at=at, key=f"{customer.id}-{at.isoformat()}",
            )  # fmt: skip
        elif act == "need":
            topics.raise_topic(customer, kind=terms.QUESTION, text="有货吗", by=amy)
        else:
            notes.write(customer, "聊过", by=amy, method="phone")
    kept = snapshot(customer)
    summary.recompute(customer)
    assert snapshot(customer) == kept
    db.session.commit()
    assert [*rebuilding.differing()] == [[]]


def test_a_damaged_summary_is_found_and_put_right(app, amy, lin):
    make.order(lin, days_ago=90)
    make.order(lin, days_ago=40, cents=0)
    make.order(lin, days_ago=20)
    notes.write(lin, "聊过", by=amy, method="phone")
    other = make.customer("李雷", owner=amy)
    kept = snapshot(lin)
    spoilt = {"visits": 7, "usual_gap": 3, "quiet_on": FAR_OFF_DAY, "last_outbound_at": LONG_AGO}
    for name, value in spoilt.items():
        setattr(lin, name, value)
    other.usual_gap = 9
    db.session.commit()
    ran = app.test_cli_runner().invoke(args=["customers", "rebuild", "--check"])
    assert (ran.exit_code, ran.output) == (1, "看过 2 位客户，2 位的汇总与记录不一致\n")
    ran = app.test_cli_runner().invoke(args=["customers", "rebuild"])
    assert (ran.exit_code, ran.output) == (0, "看过 2 位客户，改正 2 位的汇总\n")
    db.session.refresh(lin)
    assert snapshot(lin) == kept
    assert db.session.get(Customer, other.id).usual_gap == 0
    ran = app.test_cli_runner().invoke(args=["customers", "rebuild", "--check"])
    assert (ran.exit_code, ran.output) == (0, "看过 2 位客户，汇总与记录一致\n")


def test_the_last_void_makes_a_lead_again(amy, lin):
    order = make.order(lin, days_ago=20)
    assert lin.quiet_on < FAR_OFF_DAY
    ordering.void(order, reason="记错人", by=amy)
    assert (lin.visits, lin.last_visit_on, lin.quiet_on) == (0, LONG_AGO_DAY, FAR_OFF_DAY)


def test_two_purchases_of_one_day_are_one_visit(lin):
    make.order(lin, cents=100)
    make.order(lin, cents=250)
    assert (lin.visits, lin.purchases, lin.spent_cents) == (1, 2, 350)


def test_a_back_dated_purchase_moves_the_first_visit(lin):
    make.order(lin, days_ago=10)
    make.order(lin, days_ago=40)
    assert lin.usual_gap == 30
    assert lin.first_visit_on == today() - timedelta(days=40)


def test_a_voided_slip_gives_the_rhythm_of_contacts_back(phone, work, at, chief):
    for day in ("2026-03-02 10:00", "2026-03-09 10:00"):
        at(day)
        phone.says("在吗")
        work()
    customer = db.session.scalars(db.select(Customer)).one()
    assert customer.quiet_on < FAR_OFF_DAY
    slip = make.order(customer, by=chief)
    ordering.void(slip, reason="记错人", by=chief)
    db.session.commit()
    assert customer.quiet_on == FAR_OFF_DAY
    shop_rhythm.measure()
    db.session.commit()
    work()
    assert customer.quiet_on < FAR_OFF_DAY
