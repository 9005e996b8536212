"""Give back part of a purchase, or all of it; and take a refund back that was a slip."""

from datetime import date

from sqlalchemy import Select, select

from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.formats import money
from app.customers import finding, timeline
from app.customers.models import Customer
from app.sales import basket, debts, supplies
from app.sales.models import Order, Refund
from app.sales.ordering import REFUNDED
from app.sales.turns import moment_of, take_turn
from app.staff.models import Staff

# That the customer asked for it is a contact of their own, on the day of the refund; the refund
# itself counts on the day of its purchase.
ASKED = timeline.kind("refund.asked", N_("来退货退款"), group="order", effect="in", shown=False)
WITHDRAWN = timeline.kind("refund.withdrawn", N_("撤销退款"), "text", group="order")


def refund(
    order: Order, *, cents: int, on: date, reason: str = "", by: Staff | None,
    key: str | None = None,
) -> Refund:  # fmt: skip
    """`cents` 分 of a purchase are given back on a day, once per `key`.

    What is owed of it becomes less first; only the rest goes over the counter.
    """
    customer = order.customer
    take_turn(customer, order)
    known = db.session.scalar(select(Refund).where(Refund.key == key)) if key else None
    if known:
        return known
    _fits(order, cents, on)
    off = min(cents, order.owed_cents)
    one = Refund(
        order_id=order.id, on=on, cents=cents, off_cents=off, reason=reason[:200], key=key,
        by_id=by.id if by else None,
    )  # fmt: skip
    order.refunded_cents += cents
    order.owed_cents -= off
    db.session.add(one)
    db.session.flush()
    at = max(moment_of(on), order.at)
    timeline.record(ASKED, customer, subject=one, at=at)
    if off:
        debts.sum_up(customer)
    supplies.follow(customer, [thing.product_id for thing in basket.of(order)])
    timeline.record(
        REFUNDED, customer, by=by, subject=one, at=at, counts_on=order.on, cents=-cents,
        text=order.text, reason=one.reason,
    )  # fmt: skip
    return one


def _fits(order: Order, cents: int, on: date) -> None:
    if order.is_void:
        raise Refused(N_("这笔消费已经作废了，没有什么可退"))
    if cents <= 0:
        raise Refused(N_("退款金额要大于 0，请重新填"), field="amount")
    if cents > order.net_cents:
        left = money(order.net_cents)
        raise Refused(
            N_("这笔最多还能退 %(left)s，请改小；多退的部分另外记"), field="amount", left=left
        )
    if on < order.on:
        raise Refused(N_("退款不会早于消费那天（%(day)s），请改日期"), field="on", day=order.on)
    timeline.no_future(moment_of(on))


def withdraw(one: Refund, *, by: Staff) -> Refund:
    """The refund was a slip: it stays visible, and the purchase counts again."""
    order = one.order
    take_turn(order.customer, order, one)
    if one.is_withdrawn:
        raise Refused(N_("这笔退款已经撤销了"))
    if order.is_void:
        raise Refused(N_("这笔消费已经作废了，退款不用再撤销"))
    one.withdrawn_at, one.withdrawn_by_id = now(), by.id
    order.refunded_cents -= one.cents
    order.owed_cents += one.off_cents
    if one.off_cents:
        debts.sum_up(order.customer)
    timeline.void(one, order.customer)
    supplies.follow(order.customer, [thing.product_id for thing in basket.of(order)])
    timeline.record(WITHDRAWN, order.customer, by=by, subject=one, cents=one.cents, text=order.text)
    return one


def of(order: Order) -> list[Refund]:
    """All of them, withdrawn ones too, in their order."""
    mine = select(Refund).where(Refund.order_id == order.id)
    return list(db.session.scalars(mine.order_by(Refund.id)))


def visible_to(staff: Staff) -> Select[Refund]:
    """The refunds of the customers that a colleague may see."""
    found = select(Refund).join(Order, Order.id == Refund.order_id)
    return found.join(Customer, Customer.id == Order.customer_id).where(finding.seen_by(staff))
