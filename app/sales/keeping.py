"""What the law makes a shop keep of a purchase when its customer is forgotten: day, sum, goods."""

from collections.abc import Sequence

from sqlalchemy import select

from app.core.db import db
from app.customers.models import Customer
from app.sales.models import Order, Refund

BY_LAW = ("purchase",)  # and what stands on it: things, refunds, payments


def blank(customer: Customer, names: Sequence[str]) -> None:
    """The words that colleagues wrote beside the goods lose the person's name and numbers."""
    orders = list(db.session.scalars(select(Order).where(Order.customer_id == customer.id)))
    for order in orders:
        for name in names:
            order.text = order.text.replace(name, "")
        order.void_reason = ""
        for refund in db.session.scalars(select(Refund).where(Refund.order_id == order.id)):
            refund.reason = ""
    db.session.flush()
