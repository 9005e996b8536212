"""The list of who owes: what is due first on top, keyset-paged, as tuples; and as a table."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import literal_column

from app.core import paging
from app.core.clock import today
from app.core.paging import Arm, By
from app.customers import finding
from app.customers.models import Customer
from app.staff.models import Staff

BY_DUE = By(Customer.id, Customer.owed_due_on, descending=False)
COLUMNS = (
    Customer.id, Customer.name, Customer.owner_id, Customer.owed_cents, Customer.owed_since,
    Customer.owed_due_on,
)  # fmt: skip
# SQLite takes a partial index only for its own literal words
OWES = literal_column("customer.owed_cents") > literal_column("0")
MOST = 5000  # of a table


def page(staff: Staff, *, late: bool = False, after: paging.Key | None = None) -> paging.Page:
    """Who owes, of the customers that a colleague may see; with `late` only what is overdue."""
    where = (OWES, Customer.owed_due_on < today()) if late else (OWES,)
    return paging.fetch(COLUMNS, [Arm(where, (finding.seen_by(staff),))], BY_DUE, after=after)


def table(staff: Staff, *, late: bool = False) -> Iterator[Any]:
    """All of them, a page at a time, up to MOST."""
    after, seen = None, 0
    while seen < MOST:
        found = page(staff, late=late, after=after)
        yield from found.rows
        seen, after = seen + len(found.rows), found.next
        if after is None:
            return
