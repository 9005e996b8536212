"""Follow-ups that nobody does: first their colleague, then the manager, then another is offered.

A mark on the row says how far it has come; it is set once, and goes when the follow-up is moved,
given to somebody or ended. Only working days count. The job is `followups.due`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text

from app.core.clock import FAR_OFF, LONG_AGO, end_of, now, today
from app.core.db import ask, db
from app.core.errors import N_
from app.core.settings import setting
from app.customers import timeline
from app.customers.models import Customer
from app.reminders import workdays
from app.reminders.models import OPEN, QUIET, RAISED, FollowUp
from app.staff.models import Staff

TOLD, TO_MANAGER, OFFERED = 1, 2, 3  # `FollowUp.raised`
LOOKBACK = timedelta(days=60)  # what is older was left lying on purpose, or comes from elsewhere
CHUNK = 200  # marks in one transaction
SHOWN, MOST_COUNTED, MOST_LATE, SUGGESTED = 3, 21, 2000, 3

WENT_UP = timeline.kind("followup.raised", N_("跟进拖太久，已告诉店长"), "what", group="note")

WORKDAYS = N_("只算上班的日子；0 是不提醒")
AFTER = {
    TOLD: setting(
        "reminders.overdue_told", 1, label=N_("跟进逾期几天，提醒负责的同事"), hint=WORKDAYS,
        least=0, most=60,
    ),
    TO_MANAGER: setting(
        "reminders.overdue_manager", 2, label=N_("跟进逾期几天，告诉店长"), hint=WORKDAYS,
        least=0, most=60,
    ),
    OFFERED: setting(
        "reminders.overdue_offer", 3, label=N_("跟进逾期几天，提议换一位同事来做"), hint=WORKDAYS,
        least=0, most=60,
    ),
}  # fmt: skip


def unraised(level: int) -> list[int]:
    """The next few that have come so far and bear no such mark yet."""
    days = AFTER[level]()
    if not days:
        return []
    edge = end_of(workdays.back(today(), days))
    late = (FollowUp.due_at < edge, FollowUp.due_at > now() - LOOKBACK)
    return list(db.session.scalars(select(FollowUp.id).where(*late, *_below(level)).limit(CHUNK)))


def mark(level: int, ids: Sequence[int]) -> None:
    """Mark those that still bear no such mark; a second worker finds none left."""
    marked = db.session.scalars(
        db.update(FollowUp)
        .where(FollowUp.id.in_(ids), *_below(level))
        .values(raised=level)
        .returning(FollowUp.id)
        .execution_options(synchronize_session=False)
    ).all()
    if level == TO_MANAGER:
        _write_down(marked)


def _below(level: int) -> tuple[Any, ...]:
    return (FollowUp.state == OPEN, FollowUp.raised < level, FollowUp.kind != QUIET)


def _write_down(ids: Sequence[int]) -> None:
    found = select(FollowUp, Customer).join(Customer, Customer.id == FollowUp.customer_id)
    for one, customer in db.session.execute(found.where(FollowUp.id.in_(ids))):
        timeline.record(WENT_UP, customer, subject=one, what=one.what)


# Who sees it -------------------------------------------------------------------------------------

COLUMNS = (
    FollowUp.id, FollowUp.customer_id, FollowUp.what, FollowUp.due_at, FollowUp.staff_id,
    FollowUp.raised, Customer.name,
)  # fmt: skip
# An ended one is not raised any more. The inner one asks for nothing but what the partial index
# holds, by a range: asked otherwise, SQLite would walk over all that are open.
_FIRST = (
    select(FollowUp.id)
    .where(text(RAISED), FollowUp.due_at > LONG_AGO, FollowUp.due_at < FAR_OFF)
    .order_by(FollowUp.due_at, FollowUp.id)
    .limit(MOST_COUNTED)
    .subquery()
)
ANY = select(_FIRST.c.id).exists()  # whether any is, as a column for another statement
_SOME = (
    select(*COLUMNS, func.count().over().label("lying"))
    .join(_FIRST, _FIRST.c.id == FollowUp.id)
    .join(Customer, Customer.id == FollowUp.customer_id)
    .where(Customer.archived_at.is_(None))
    .order_by(FollowUp.due_at, FollowUp.id)
    .limit(SHOWN)
)


def of(staff: Staff) -> tuple[list[Any], int]:
    """What has come to the managers: the longest late ones, and how many there are."""
    if not staff.may("customers.all"):
        return [], 0
    found = ask(_SOME).all()
    return found, found[0].lying if found else 0


@dataclass(frozen=True)
class Suggestion:
    person: Staff
    late: int  # follow-ups of theirs that are late already


def suggestions(one: FollowUp, people: Sequence[Staff]) -> list[Suggestion]:
    """Who could do it instead: whoever has the fewest late follow-ups."""
    late = (
        select(FollowUp.staff_id)
        .where(FollowUp.state == OPEN, FollowUp.due_at < now())
        .order_by(FollowUp.due_at.desc())
        .limit(MOST_LATE)
        .subquery()
    )
    counted = select(late.c.staff_id, func.count().label("late")).group_by(late.c.staff_id)
    loads = {row.staff_id: row.late for row in ask(counted)}
    others = [person for person in people if person.id != one.staff_id and person.is_active]
    found = [Suggestion(person, loads.get(person.id, 0)) for person in others]
    return sorted(found, key=lambda s: (s.late, s.person.id))[:SUGGESTED]


def is_offered(one: FollowUp) -> bool:
    return one.is_open and one.raised >= OFFERED
