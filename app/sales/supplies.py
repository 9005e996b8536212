"""When a customer will have used up what they bought: by their own rhythm, else the product's."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.core.batches import batched
from app.core.clock import FAR_OFF_DAY, today
from app.core.db import db
from app.core.jobs import job
from app.customers import rhythm
from app.customers.models import Customer
from app.sales.models import Order, OrderItem, Product, Supply

OWN_FROM = 3  # days of buying from which the customer's own gap counts
SHOWN = timedelta(days=60)  # after the day: then they have it from somewhere else
PAGE = 500


def summed(days: Mapping[date, int], cycle_days: int) -> dict[str, Any]:
    """The columns of a supply from {day: how many were bought}. Pure."""
    ordered = sorted(days)
    last, times = ordered[-1], len(ordered)
    gaps = [(b - a).days for a, b in zip(ordered, ordered[1:], strict=False)]
    gap = rhythm.median(gaps) if times >= OWN_FROM else 0
    found = {"times": times, "last_on": last, "quantity": days[last], "gap_days": gap}
    return {**found, "due_on": due_on(last, gap, days[last], cycle_days)}


def due_on(last: date, gap: int, quantity: int, cycle_days: int) -> date:
    """The day on which it is used up; far off where nobody can tell."""
    lasts = gap or cycle_days * quantity
    room = (FAR_OFF_DAY - last).days
    return last + timedelta(days=lasts) if 0 < lasts < room else FAR_OFF_DAY


def follow(customer: Customer, product_ids: Iterable[int | None]) -> None:
    """Something of these products was bought, given back or put right: read it again."""
    ids = list(dict.fromkeys(one for one in product_ids if one is not None))
    if not ids:
        return
    db.session.flush()
    bought = _bought(customer, ids)
    lasting = select(Product.id, Product.cycle_days).where(Product.id.in_(ids))
    cycles = {product_id: int(days) for product_id, days in db.session.execute(lasting)}
    mine = select(Supply).where(Supply.customer_id == customer.id, Supply.product_id.in_(ids))
    known = {one.product_id: one for one in db.session.scalars(mine)}
    for product_id in ids:
        _put(customer, product_id, known.get(product_id), bought.get(product_id), cycles)
    db.session.flush()


def _bought(customer: Customer, ids: list[int]) -> dict[int, dict[date, int]]:
    """{product: {day: how many}} of what stands: neither voided nor wholly given back."""
    rows = db.session.execute(
        select(OrderItem.product_id, Order.on, db.func.sum(OrderItem.quantity))
        .join(Order, Order.id == OrderItem.order_id)
        .where(Order.customer_id == customer.id, Order.voided_at.is_(None))
        .where(OrderItem.product_id.in_(ids))
        .where((Order.refunded_cents < Order.cents) | (Order.cents == 0))
        .group_by(OrderItem.product_id, Order.on)
    )
    found: dict[int, dict[date, int]] = {}
    for product_id, on, quantity in rows:
        found.setdefault(product_id, {})[on] = int(quantity)
    return found


def _put(
    customer: Customer, product_id: int, known: Supply | None, days: dict[date, int] | None,
    cycles: Mapping[int, int],
) -> None:  # fmt: skip
    if not days:
        if known:
            db.session.delete(known)
        return
    values = summed(days, cycles.get(product_id, 0))
    if known is None:
        db.session.add(Supply(customer_id=customer.id, product_id=product_id, **values))
        return
    for name, value in values.items():
        setattr(known, name, value)


@job(lane="long")
def count_again(product_id: int) -> None:
    """The product lasts another while: everybody who has it runs out on another day."""
    cycle, last = _cycle_of(product_id), 0
    while found := _next(product_id, last):
        for one in batched(found):
            one.due_on = due_on(one.last_on, one.gap_days, one.quantity, cycle)
        db.session.commit()
        last = found[-1].id
        db.session.expunge_all()


def _cycle_of(product_id: int) -> int:
    found = db.session.scalar(select(Product.cycle_days).where(Product.id == product_id))
    return int(found or 0)


def _next(product_id: int, last: int) -> list[Supply]:
    some = select(Supply).where(Supply.product_id == product_id, Supply.id > last)
    return list(db.session.scalars(some.order_by(Supply.id).limit(PAGE)))


def of(customer: Customer, *, most: int = 20) -> list[Supply]:
    """What will be used up first, first; what nobody can tell, or was long ago, is left out."""
    lately = (Supply.due_on > today() - SHOWN, Supply.due_on < FAR_OFF_DAY)
    mine = select(Supply).where(Supply.customer_id == customer.id, *lately)
    return list(db.session.scalars(mine.order_by(Supply.due_on, Supply.id).limit(most)))
