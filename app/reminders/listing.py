"""The list of follow-ups: five groups by the clock, each keyset-paged, as tuples."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, select, text

from app.core import paging
from app.core.clock import FAR_OFF, LONG_AGO, end_of, now, start_of, today
from app.core.db import ask, db, how_many
from app.core.errors import N_
from app.core.paging import Arm, By
from app.customers import finding
from app.customers.models import Customer
from app.reminders.models import OPEN, RAISED, FollowUp
from app.reminders.quiet import REASONS
from app.staff.models import Staff

GROUPS = {
    "overdue": N_("逾期"), "today": N_("今天"), "tomorrow": N_("明天"), "week": N_("本周"),
    "later": N_("以后"),
}  # fmt: skip
WHOSE = {"mine": N_("我的"), "pool": N_("没人负责"), "up": N_("拖太久的"), "all": N_("全部")}
SHOWN = 8  # rows of a group beside the other groups
PAGE = 30
MOST_COUNTED = 100

BY = By(FollowUp.id, FollowUp.due_at, descending=False)
COLUMNS = (
    FollowUp.id, FollowUp.kind, FollowUp.what, FollowUp.due_at, FollowUp.lapse_on, FollowUp.state,
    FollowUp.outcome, FollowUp.responded_at, FollowUp.staff_id, FollowUp.customer_id, Customer.name,
    FollowUp.repeat, FollowUp.raised,
    *REASONS,
)  # fmt: skip
OPEN_OF = (
    select(*COLUMNS)
    .join(Customer, Customer.id == FollowUp.customer_id)
    .where(FollowUp.customer_id.in_(bindparam("ids", expanding=True)), FollowUp.state == OPEN)
)
JOINS = ((Customer, Customer.id == FollowUp.customer_id),)


def choices_of(staff: Staff) -> dict[str, str]:
    """Whose follow-ups a colleague may ask for."""
    return {k: v for k, v in WHOSE.items() if k not in ("up", "all") or staff.may("customers.all")}


def usual_choice(staff: Staff) -> str:
    """My own; who has none of their own and may see everybody's sees those."""
    own = select(FollowUp.id).where(FollowUp.staff_id == staff.id, FollowUp.state == OPEN)
    return "mine" if ask(own.limit(1)).first() or not staff.may("customers.all") else "all"


def bounds(group: str) -> tuple[datetime, datetime]:
    """[from, to) of a group; the five follow each other without a gap."""
    day = today()
    tonight, tomorrow = end_of(day), end_of(day + timedelta(days=1))
    sunday = max(tomorrow, end_of(day + timedelta(days=6 - day.weekday())))
    edges = [LONG_AGO, now(), tonight, tomorrow, sunday, FAR_OFF]
    at = list(GROUPS).index(group)
    return edges[at], edges[at + 1]


def page(
    staff: Staff, whose: str, group: str, *, after: paging.Key | None = None, most: int = SHOWN
) -> paging.Page:
    """Up to `most` rows of a group, the most pressing first."""
    return paging.fetch(COLUMNS, [_arm(staff, whose, group)], BY, after=after, most=most)


def between(staff: Staff, whose: str, start: datetime, end: datetime, most: int) -> list[Any]:
    """The open follow-ups of a stretch of time, the earliest first, at most so many."""
    return paging.fetch(
        COLUMNS, [_within(staff, whose, start, end)], BY, after=None, most=most
    ).rows


def day_page(staff: Staff, whose: str, day: date, after: paging.Key | None) -> paging.Page:
    """Those of one day, page by page."""
    arm = _within(staff, whose, start_of(day), end_of(day))
    return paging.fetch(COLUMNS, [arm], BY, after=after, most=PAGE)


def row_of(followup_id: int) -> Any:
    """One follow-up as a row, whatever its state."""
    return db.session.execute(
        select(*COLUMNS).join(*JOINS[0]).where(FollowUp.id == followup_id)
    ).one()


def next_of(customer_ids: list[int]) -> list[Any]:
    """The most pressing open follow-up of each of a few customers, the most pressing first."""
    found = sorted(ask(OPEN_OF, {"ids": customer_ids}), key=attrgetter("due_at", "id"))
    first: dict[int, Any] = {}
    for row in found:
        first.setdefault(row.customer_id, row)
    return list(first.values())


def count(staff: Staff, whose: str, group: str) -> int:
    """How many a group holds, counted up to MOST_COUNTED."""
    counted = _counted(staff.id, staff.may("customers.all"), whose)
    return int(ask(counted, edges(group)).scalar())


def edges(group: str) -> dict[str, datetime]:
    """What `counted` is asked with for a group."""
    start, end = bounds(group)
    return {"from": start, "until": end}


@lru_cache(maxsize=256)
def _counted(staff_id: int, sees_all: bool, whose: str) -> Any:
    """Built once for each colleague and role."""
    return select(counted(staff_id, sees_all, whose))


def counted(staff_id: int, sees_all: bool, whose: str) -> Any:
    """How many of a choice are due between two moments, up to MOST_COUNTED, as a column."""
    start, end = (bindparam(edge, type_=FollowUp.due_at.type) for edge in ("from", "until"))
    asked = (*_of(staff_id, whose), FollowUp.due_at >= start, FollowUp.due_at < end)
    inner = select(FollowUp.id).join(*JOINS[0]).where(*asked, Customer.archived_at.is_(None))
    if not sees_all:
        inner = inner.where(finding.within_sight_of(staff_id))
    return how_many(inner.limit(MOST_COUNTED))


def _of(staff_id: int, whose: str) -> tuple[Any, ...]:
    """The open follow-ups of a choice of WHOSE."""
    if whose == "up":  # few, and all of them open: by the state SQLite would walk over the others
        return (text(RAISED),)
    chosen = {"mine": (FollowUp.staff_id == staff_id,), "pool": (FollowUp.staff_id.is_(None),)}
    return (FollowUp.state == OPEN, *chosen.get(whose, ()))


def _arm(staff: Staff, whose: str, group: str) -> Arm:
    return _within(staff, whose, *bounds(group))


def _within(staff: Staff, whose: str, start: datetime, end: datetime) -> Arm:
    asked = (*_of(staff.id, whose), FollowUp.due_at >= start, FollowUp.due_at < end)
    return Arm(asked, (Customer.archived_at.is_(None), finding.seen_by(staff)), JOINS)
