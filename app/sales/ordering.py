"""Write a purchase down, and take it back."""

from datetime import date, datetime

from sqlalchemy import Select, select

from app.core.clock import at_local, day_of, now, today
from app.core.db import db
from app.core.errors import N_, Refused
from app.customers import finding, timeline
from app.customers.models import Customer
from app.sales.models import Order
from app.staff.models import Staff

PLACED = timeline.kind("order.placed", N_("消费"), "text", group="order", effect="visit")
VOIDED = timeline.kind("order.voided", N_("作废一笔消费"), "text", "reason", group="order")

MOST_CENTS = 10_000_000_000  # one hundred million yuan: more is a slip of the finger


def place(
    customer: Customer, *, on: date, cents: int, text: str = "", by: Staff | None,
    key: str | None = None,
) -> Order:  # fmt: skip
    """A purchase of `cents` 分 on a business day, once per `key`; it closes the silence."""
    if not 0 <= cents <= MOST_CENTS:
        raise Refused(N_("金额不对，请填 0 到 1 亿元之间的数"), field="amount")
    at = _moment_of(on)
    timeline.no_future(at)
    # Two purchases of one customer at once take turns, so that the summary counts both. The flush
    # first: a refresh forgets what the same transaction has changed and not yet written.
    db.session.flush()
    db.session.refresh(customer, with_for_update=True)
    known = _by_key(key)
    if known:
        return known
    order = Order(
        customer_id=customer.id, at=at, on=day_of(at), cents=cents, text=text[:200], key=key,
        by_id=by.id if by else None,
    )  # fmt: skip
    db.session.add(order)
    db.session.flush()
    timeline.record(PLACED, customer, by=by, subject=order, at=at, cents=cents, text=order.text)
    return order


def _by_key(key: str | None) -> Order | None:
    return db.session.scalar(select(Order).where(Order.key == key)) if key else None


def _moment_of(on: date) -> datetime:
    """Now for a purchase of today, noon for one that is written down later."""
    return now() if on == day_of(now()) else at_local(on)


def void(order: Order, *, reason: str, by: Staff) -> Order:
    """Take a purchase back: it stays visible, and counts no more."""
    db.session.flush()
    db.session.refresh(order.customer, with_for_update=True)
    db.session.refresh(order)
    if order.is_void:
        raise Refused(N_("这笔消费已经作废了"))
    order.voided_at, order.voided_by_id, order.void_reason = now(), by.id, reason[:200]
    timeline.void(order, order.customer)
    timeline.record(
        VOIDED, order.customer, by=by, text=order.text, cents=order.cents, reason=reason[:200]
    )
    return order


def may_void(order: Order, staff: Staff) -> bool:
    """Who may void everything, or wrote this one down today and now sees the slip."""
    own_of_today = order.by_id == staff.id and day_of(order.created_at) == today()
    return staff.may("orders.void") or own_of_today


def visible_to(staff: Staff) -> Select[Order]:
    """The purchases of the customers that a colleague may see."""
    return (
        select(Order).join(Customer, Customer.id == Order.customer_id).where(finding.seen_by(staff))
    )


def of(customer: Customer, *, most: int = 20) -> list[Order]:
    statement = select(Order).where(Order.customer_id == customer.id)
    newest = statement.order_by(Order.at.desc(), Order.id.desc()).limit(most)
    return list(db.session.scalars(newest))
