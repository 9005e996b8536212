"""Which topics want a colleague: something new, late, or offered. For Today and the menu."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import func, literal_column, select, union
from sqlalchemy.orm import aliased

from app.community import terms
from app.community.models import ALARMED, PENDING, UNSEEN, Handover, Topic
from app.core.db import ask
from app.customers.models import Customer
from app.staff.models import Staff

SHOWN, MOST_COUNTED, LOOKED_AT = 3, 100, 200
UP = terms.UNANSWERED_UP | terms.LATE_UP
Arms = Callable[[int, bool], list[Any]]  # of a colleague, and whether they see every customer
T = aliased(Topic)  # the partial indexes are taken by their very words, which name no table
COLUMNS = (
    T.id, T.title, T.kind, T.state, T.due_at, T.answer_due_at, T.ends_at, T.rating, T.closed_at,
    T.unseen, T.owner_id, T.group_id, T.customer_id, Customer.name,
)  # fmt: skip


def of(staff: Staff) -> tuple[list[Any], int]:
    """The most pressing few, and how many there are."""
    return _few(_wanted, staff)


def late(staff: Staff) -> tuple[list[Any], int]:
    """The same of those that are late alone: my own, and what has come to the manager."""
    return _few(_late, staff)


def _few(arms: Arms, staff: Staff) -> tuple[list[Any], int]:
    found = ask(_statement(arms, staff.id, staff.may("customers.all"))).all()
    return found, found[0].told if found else 0


@lru_cache(maxsize=512)
def _statement(arms: Arms, staff_id: int, sees_all: bool) -> Any:
    limited = [select(arm.limit(MOST_COUNTED).subquery()) for arm in arms(staff_id, sees_all)]
    wanted = union(*limited).subquery()
    counted = select(Topic.id, func.count().over().label("told"))
    counted = counted.join(wanted, wanted.c.id == Topic.id)
    first = counted.order_by(Topic.due_at, Topic.id).limit(SHOWN).subquery()
    shown = select(*COLUMNS, first.c.told).join(first, first.c.id == T.id)
    return shown.join(Customer, Customer.id == T.customer_id).order_by(T.due_at, T.id)


def _wanted(staff_id: int, sees_all: bool) -> list[Any]:
    """My own with something new or late, what I am asked to take, and of the others' what has come
    to the manager."""
    return [
        select(Topic.id).where(Topic.owner_id == staff_id, UNSEEN),
        select(Handover.topic_id).where(Handover.to_id == staff_id, PENDING),
        *_late(staff_id, sees_all),
    ]


def _late(staff_id: int, sees_all: bool) -> list[Any]:
    late = Topic.state.in_(terms.OURS)
    arms = [select(Topic.id).where(Topic.owner_id == staff_id, ALARMED, late)]
    if sees_all:
        told = select(Topic.id, Topic.alarm).where(ALARMED, late).limit(LOOKED_AT).subquery()
        up = told.c.alarm.bitwise_and(literal_column(str(UP))) != 0
        arms.append(select(told.c.id).where(up))
    return arms


def unseen(staff_id: int) -> Any:
    """How many topics hold something new for a colleague, up to MOST_COUNTED; as a column."""
    mine = select(Topic.id).where(Topic.owner_id == staff_id, UNSEEN).limit(MOST_COUNTED)
    return select(func.count()).select_from(mine.subquery()).scalar_subquery()
