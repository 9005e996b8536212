"""The list of conversations: three tabs, newest first, keyset-paged, as tuples."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select, text

from app.core.db import ask, db
from app.core.errors import N_
from app.customers import finding
from app.customers.models import Customer
from app.inbox.models import OPEN, RESOLVED, UNREAD, Conversation
from app.staff.models import Staff

TABS = {"mine": N_("我的"), "free": N_("未分配"), "all": N_("全部")}
STATES = {OPEN: N_("打开"), RESOLVED: N_("已解决")}
PAGE = 30
MOST_COUNTED = 100

COLUMNS = (
    Conversation.id, Conversation.last_at, Conversation.last_text, Conversation.last_kind,
    Conversation.last_inbound, Conversation.unread, Conversation.waiting_since,
    Conversation.assignee_id, Customer.name,
)  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """What of the inbox is asked for."""

    tab: str = "mine"
    state: str = OPEN
    before: tuple[datetime, int] | None = None


def rows(staff: Staff, choice: Choice) -> list[Any]:
    """Up to PAGE + 1 rows of a tab; the one more says that there is a next page."""
    statement = (
        select(*COLUMNS)
        .join(Customer, Customer.id == Conversation.customer_id)
        .where(Conversation.state == choice.state, *_of_tab(staff, choice.tab))
    )
    if choice.before:
        statement = statement.where(
            db.tuple_(Conversation.last_at, Conversation.id) < choice.before
        )
    ordered = statement.order_by(Conversation.last_at.desc(), Conversation.id.desc())
    return list(ask(ordered.limit(PAGE + 1)))


def _of_tab(staff: Staff, tab: str) -> list[Any]:
    if tab == "mine":
        return [Conversation.assignee_key == staff.id]
    seen = finding.seen_by(staff)
    if tab == "free":
        return [Conversation.assignee_key == 0, seen]
    return [seen]


def counts(staff: Staff) -> dict[str, int]:
    """Open conversations of each tab, counted up to MOST_COUNTED."""
    return {tab: _count(staff, tab) for tab in TABS}


def _count(staff: Staff, tab: str) -> int:
    return len(ask(_counted(staff.id, staff.may("customers.all"), tab)).all())


@lru_cache(maxsize=256)
def _counted(staff_id: int, sees_all: bool, tab: str) -> Any:
    statement = select(Conversation.id).where(Conversation.state == OPEN)
    if tab == "mine":
        return statement.where(Conversation.assignee_key == staff_id).limit(MOST_COUNTED)
    if tab == "free":
        statement = statement.where(Conversation.assignee_key == 0)
    if not sees_all:
        statement = statement.join(Customer, Customer.id == Conversation.customer_id)
        statement = statement.where(finding.within_sight_of(staff_id))
    return statement.limit(MOST_COUNTED)


def unread_of(staff: Staff) -> int:
    """Open conversations with something unread: my own, and those that nobody has.

    Every page asks, so the statement is built once for each colleague and role.
    """
    return len(ask(_unread(staff.id, staff.may("customers.all"))).all())


@lru_cache(maxsize=256)
def _unread(staff_id: int, sees_all: bool) -> Any:
    statement = select(Conversation.id).where(
        Conversation.assignee_key.in_((staff_id, 0)), Conversation.state == OPEN, text(UNREAD)
    )
    if not sees_all:
        statement = statement.join(Customer, Customer.id == Conversation.customer_id)
        statement = statement.where(finding.within_sight_of(staff_id))
    return statement.limit(MOST_COUNTED)
