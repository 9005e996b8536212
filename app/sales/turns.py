"""Whoever writes about one customer takes turns, when it happened, and who may take it back."""

from datetime import date, datetime

from app.core.clock import at_local, day_of, now, today
from app.core.db import db
from app.customers.models import Customer
from app.sales.models import Order, Payment, Refund
from app.staff.models import Staff


def take_turn(customer: Customer, *rows: object) -> None:
    """Two who write about one customer at once take turns, so that the summary counts both.

    The flush first: a refresh forgets what the same transaction has changed and not yet written.
    """
    db.session.flush()
    db.session.refresh(customer, with_for_update=True)
    for row in rows:
        db.session.refresh(row)


def moment_of(on: date) -> datetime:
    """Now for what happened today, noon for what is written down later."""
    return now() if on == day_of(now()) else at_local(on)


def may_change(row: Order | Refund | Payment, staff: Staff) -> bool:
    """Who may change everything, or wrote this one down today and now sees the slip."""
    own_of_today = row.by_id == staff.id and day_of(row.created_at) == today()
    return staff.may("orders.void") or own_of_today
