"""The book of purchases, newest first, keyset-paged, as tuples."""

from sqlalchemy import select

from app.core import paging
from app.core.paging import Arm, By
from app.customers import finding
from app.customers.models import Customer
from app.sales.models import Order
from app.staff.models import Staff

NEWEST = By(Order.id, Order.at)
COLUMNS = (
    Order.id, Order.at, Order.on, Order.cents, Order.text, Order.by_id, Order.voided_at,
    Order.void_reason, Order.refunded_cents, Order.owed_cents, Order.due_on,
    Order.customer_id, Customer.name,
)  # fmt: skip
OF_CUSTOMER = ((Customer, Customer.id == Order.customer_id),)


def page(staff: Staff, after: paging.Key | None = None) -> paging.Page:
    """The purchases of the customers that a colleague may see."""
    # Asked of each purchase on the way: as a join it would begin with the customers, and sort.
    seen = select(Customer.id).where(Customer.id == Order.customer_id, finding.seen_by(staff))
    fits = () if staff.may("customers.all") else (seen.correlate(Order).exists(),)
    return paging.fetch(COLUMNS, [Arm((), fits, OF_CUSTOMER)], NEWEST, after=after)


def of(customer: Customer, after: paging.Key | None = None) -> paging.Page:
    """All purchases of one customer, taken-back ones too."""
    arm = Arm((Order.customer_id == customer.id,), (), OF_CUSTOMER)
    return paging.fetch(COLUMNS, [arm], NEWEST, after=after)
