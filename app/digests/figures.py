"""A few figures of the shop over some days: counted once for a report, and kept with it.

Several go over all customers or all purchases of the period: seconds in a large shop, so this is
read by a job, never by a page, and without the writer's lock.
"""

from datetime import date
from typing import Any

from sqlalchemy import func, select

from app.core.clock import FAR_OFF, start_of, today
from app.core.db import ask
from app.customers.models import Customer
from app.reminders.models import DONE, OPEN, PLANNED, QUIET, FollowUp
from app.reminders.quiet import RETURNED
from app.sales.models import Order


def of(first: date, end: date) -> dict[str, int]:
    """The figures of [first, end), days of the shop."""
    bought, cents = _sales(first, end)
    return {
        "new": _count(Customer.id, *_between(Customer.created_at, first, end)),
        "orders": bought, "cents": cents, "buyers": _buyers(first, end),
        "again": _buyers(first, end, Customer.first_visit_on < first),
        "done": _followups(first, end, (DONE,)), "due": _followups(first, end, (DONE, OPEN)),
        "quiet": _went_quiet(first, end), "returned": _returned(first, end),
    }  # fmt: skip


def now_waiting() -> int:
    """Customers who wait for an answer at this moment."""
    return _count(Customer.id, Customer.waiting_since < FAR_OFF, Customer.archived_at.is_(None))


def _between(moment: Any, first: date, end: date) -> tuple[Any, Any]:
    return moment >= start_of(first), moment < start_of(end)


def _count(what: Any, *where: Any) -> int:
    return int(ask(select(func.count(what)).where(*where)).scalar())


def _sales(first: date, end: date) -> tuple[int, int]:
    left = func.coalesce(func.sum(Order.cents - Order.refunded_cents), 0)
    counted = select(func.count(Order.id), left)
    row = ask(counted.where(*_between(Order.at, first, end), Order.voided_at.is_(None))).one()
    return int(row[0]), int(row[1])


def _buyers(first: date, end: date, *where: Any) -> int:
    """Customers with a purchase in these days; `where` narrows them by their card."""
    counted = select(func.count(Order.customer_id.distinct()))
    if where:
        counted = counted.join(Customer, Customer.id == Order.customer_id).where(*where)
    asked = (*_between(Order.at, first, end), Order.voided_at.is_(None))
    return int(ask(counted.where(*asked)).scalar())


def _followups(first: date, end: date, states: tuple[str, ...]) -> int:
    planned = (FollowUp.kind == PLANNED, FollowUp.state.in_(states))
    return _count(FollowUp.id, *planned, *_between(FollowUp.due_at, first, end))


def _went_quiet(first: date, end: date) -> int:
    day = (Customer.quiet_on >= first, Customer.quiet_on < end, Customer.quiet_on <= today())
    return _count(Customer.id, *day, Customer.archived_at.is_(None), ~Customer.do_not_disturb)


def _returned(first: date, end: date) -> int:
    """Reminded of, and bought again: that the one brought the other is not claimed."""
    back = (FollowUp.kind == QUIET, FollowUp.outcome == RETURNED)
    return _count(FollowUp.id, *back, *_between(FollowUp.done_at, first, end))
