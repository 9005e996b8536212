"""Write a purchase down, put it right, and take it back."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, select

from app.core.clock import FAR_OFF_DAY, day_of, now
from app.core.db import db
from app.core.errors import N_, Refused
from app.customers import finding, timeline
from app.customers.models import Customer, Moment
from app.sales import basket, debts, supplies
from app.sales.basket import Thing
from app.sales.models import Order, Refund
from app.sales.turns import moment_of, take_turn
from app.staff.models import Staff

PLACED = timeline.kind("order.placed", N_("消费"), "text", group="order", effect="visit")
EDITED = timeline.kind("order.edited", N_("改一笔消费"), "was", "now", group="order")
VOIDED = timeline.kind("order.voided", N_("作废一笔消费"), "text", "reason", group="order")
REFUNDED = timeline.kind(
    "order.refunded", N_("退款"), "text", "reason", group="order", effect="visit"
)

MOST_CENTS = 10_000_000_000  # one hundred million yuan: more is a slip of the finger


def place(
    customer: Customer, *, on: date, cents: int | None, text: str = "", by: Staff | None,
    key: str | None = None, things: Sequence[Thing] = (), owed: int = 0,
    due_on: date | None = None,
) -> Order:  # fmt: skip
    """A purchase of `cents` 分 on a business day, once per `key`; it closes the silence.

    Without an amount it is what the things come to; without a text, their names. `owed` of it
    has not been paid.
    """
    cents = basket.amount_of(things) if cents is None else cents
    _in_reason(cents)
    at = moment_of(on)
    timeline.no_future(at)
    take_turn(customer)
    known = _by_key(key)
    if known:
        return known
    order = Order(
        customer_id=customer.id, at=at, on=day_of(at), cents=cents, key=key,
        text=(text or basket.said(things))[:200], by_id=by.id if by else None, refunded_cents=0,
        version=1, owed_cents=0, due_on=FAR_OFF_DAY,
    )  # fmt: skip
    debts.owe(order, owed, due_on)
    db.session.add(order)
    db.session.flush()
    if things:
        basket.add(order, things)
        supplies.follow(customer, [one.product_id for one in things])
    if owed:
        debts.sum_up(customer)
    timeline.record(PLACED, customer, by=by, subject=order, at=at, cents=cents, text=order.text)
    return order


def _in_reason(cents: int) -> None:
    if not 0 <= cents <= MOST_CENTS:
        raise Refused(N_("金额不对，请填 0 到 1 亿元之间的数"), field="amount")


def _by_key(key: str | None) -> Order | None:
    return db.session.scalar(select(Order).where(Order.key == key)) if key else None


def edit(
    order: Order, *, version: int, on: date, cents: int | None, text: str, by: Staff,
    things: Sequence[Thing] | None = None, owed: int | None = None, due_on: date | None = None,
) -> Order:  # fmt: skip
    """Put a purchase right. What it said before stays in its history.

    Where nobody says what is owed, what was paid stays paid.
    """
    cents = basket.amount_of(things or ()) if cents is None else cents
    _in_reason(cents)
    customer = order.customer
    take_turn(customer, order)
    _still_as_seen(order, version)
    if cents < order.refunded_cents:
        raise Refused(N_("已经退了一部分，金额不能比退掉的少；请先撤销退款"), field="amount")
    at = order.at if on == order.on else moment_of(on)
    timeline.no_future(at)
    refunds = refunds_of(order)
    for one in refunds:
        if one.on < on:
            raise Refused(
                N_("退款是 %(day)s 的，消费不能在它之后；请改日期"), field="on", day=one.on
            )
    was, before = _said_by(order), basket.things_of(order)
    if things is not None and list(things) != before:
        text = basket.said(things) if text in ("", basket.said(before)) else text
        basket.put(order, things)
    left = debts.left_after(order, cents) if owed is None else owed
    agreed = (order.due_on if owed is None else due_on) if left else None
    order.at, order.on, order.cents, order.text = at, day_of(at), cents, text[:200]
    debts.change(order, left, agreed)
    if _said_by(order) == was:
        return order
    order.version += 1
    db.session.flush()
    timeline.correct(PLACED, order, customer, at=at, cents=cents, text=order.text)
    for one in refunds:  # they lessen the day of the purchase
        timeline.move(REFUNDED, one, customer, counts_on=order.on)
    debts.sum_up(customer)
    now = basket.things_of(order) if things is None else things
    supplies.follow(customer, [one.product_id for one in (*before, *now)])
    timeline.record(EDITED, customer, by=by, subject=order, was=was, now=_said_by(order))
    return order


def _still_as_seen(order: Order, version: int) -> None:
    if order.is_void:
        raise Refused(N_("这笔消费已经作废了，不能再改"))
    if order.version != version:
        raise Refused(N_("你打开之后，这笔消费已经被别人改过了；请看看现在的内容，再决定怎么改"))


def _said_by(order: Order) -> dict[str, object]:
    """What its history keeps of a purchase."""
    things = [[one.name, one.quantity, one.cents] for one in basket.of(order)]
    return {
        "cents": order.cents, "on": order.on.isoformat(), "text": order.text, "things": things,
        "owed": order.owed_cents, "due": order.due_on.isoformat() if order.owed_cents else "",
    }  # fmt: skip


def void(order: Order, *, reason: str, by: Staff) -> Order:
    """Take a purchase back: it stays visible, and counts no more; nor do its refunds."""
    take_turn(order.customer, order)
    if order.is_void:
        raise Refused(N_("这笔消费已经作废了"))
    if debts.received(order):
        raise Refused(N_("这笔的欠款已经收过钱；请先撤销收款，再作废"))
    order.voided_at, order.voided_by_id, order.void_reason = now(), by.id, reason[:200]
    for one in refunds_of(order):
        timeline.void(one, order.customer)
    timeline.void(order, order.customer)
    if order.owed_cents:
        order.owed_cents, order.due_on = 0, FAR_OFF_DAY
        debts.sum_up(order.customer)
    supplies.follow(order.customer, [one.product_id for one in basket.of(order)])
    timeline.record(
        VOIDED,
        order.customer,
        by=by,
        subject=order,
        text=order.text,
        cents=order.cents,
        reason=reason[:200],
    )
    return order


def refunds_of(order: Order) -> list[Refund]:
    """What of it was given back, and stands."""
    standing = select(Refund).where(Refund.order_id == order.id, Refund.withdrawn_at.is_(None))
    return list(db.session.scalars(standing.order_by(Refund.id)))


def history_of(order: Order) -> list[Moment]:
    """What was changed in it, the newest first."""
    return timeline.about(order, EDITED.name)


def visible_to(staff: Staff) -> Select[Order]:
    """The purchases of the customers that a colleague may see."""
    return (
        select(Order).join(Customer, Customer.id == Order.customer_id).where(finding.seen_by(staff))
    )


def of(customer: Customer, *, most: int = 20) -> list[Order]:
    statement = select(Order).where(Order.customer_id == customer.id)
    newest = statement.order_by(Order.at.desc(), Order.id.desc()).limit(most)
    return list(db.session.scalars(newest))
