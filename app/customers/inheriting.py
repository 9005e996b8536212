"""What becomes of the customers of a colleague who leaves."""

from sqlalchemy import select

from app.core.db import db
from app.core.errors import N_
from app.customers import people, timeline
from app.customers.models import Customer
from app.staff.leaving import NOBODY, Estate
from app.staff.models import Staff


def _count(leaver: Staff, most: int) -> int:
    some = select(Customer.id).where(Customer.owner_key == leaver.id).limit(most)
    return len(db.session.scalars(some).all())


def _hand_on(leaver: Staff, to: Staff | None, by: Staff | None, most: int) -> list[int]:
    """To the heir, or back into the public pool; each is told in the customer's story.

    No bell: what hangs on the customer is handed on, and counted, by the rooms themselves.
    """
    mine = select(Customer).where(Customer.owner_key == leaver.id).order_by(Customer.id)
    found = db.session.scalars(mine.limit(most)).all()
    with timeline.hushed():
        for customer in found:
            people.hand_over(customer, to=to, by=by)
    return [to.id if to else NOBODY] * len(found)


CUSTOMERS = Estate("customers", N_("客户"), _count, _hand_on)
