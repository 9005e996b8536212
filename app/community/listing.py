"""Topics as rows: one list across the communities, and the columns of a board.

A list is a few ranges of an index, one for each state, merged in the order in which things are
due; the statements are built once for each colleague and choice.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, or_, select, union_all

from app.community import terms, topics
from app.community.models import SOLVED, Handover, Topic
from app.core import paging
from app.core.clock import FAR_OFF, now
from app.core.db import ask, how_many
from app.core.errors import N_
from app.core.paging import Arm, By
from app.customers.models import Customer
from app.staff.models import Staff

WHOSE = {"mine": N_("我的"), "all": N_("全部")}
OPEN, LATE = "open", "late"
STATES = {OPEN: N_("没办完的"), LATE: N_("超时的"), **terms.STATES}
PAGE, CARDS, MOST_COUNTED = 30, 8, 100
BY_DUE = By(Topic.id, Topic.due_at, descending=False)
BY_SOLVED = By(Topic.id, Topic.due_at)
NEWLY_SOLVED = By(Topic.id, Topic.ends_at)
OFFERED_TO = (
    select(Handover.to_group_id)
    .where(Handover.topic_id == Topic.id, Handover.state == "offered")
    .correlate(Topic)
    .scalar_subquery()
    .label("offered_to")
)
COLUMNS = (
    Topic.id.label("id"), Topic.title, Topic.kind, Topic.state, Topic.due_at, Topic.answer_due_at,
    Topic.waiting_since, Topic.ends_at, Topic.last_at, Topic.closed_at, Topic.rating, Topic.unseen,
    Topic.version, Topic.owner_id, Topic.group_id, Topic.customer_id, Customer.name, OFFERED_TO,
)  # fmt: skip
JOINS = ((Customer, Customer.id == Topic.customer_id),)


@dataclass(frozen=True)
class Choice:
    """What is asked for. Nothing: everything that one may see and that is not solved."""

    whose: str = "all"
    group_id: int | None = None
    kind: str = ""
    state: str = OPEN

    @property
    def states(self) -> tuple[str, ...]:
        if self.state in terms.STATES:
            return (self.state,)
        return terms.OURS if self.state == LATE else terms.OPEN


def rows(staff: Staff, choice: Choice, after: paging.Key | None = None) -> paging.Page:
    """One page of the list, what is due first on top."""
    arms = [_arm(staff, choice, state) for state in choice.states]
    return paging.fetch(COLUMNS, arms, order_of(choice), after=after, most=PAGE)


def order_of(choice: Choice) -> By:
    return BY_SOLVED if choice.states == (SOLVED,) else BY_DUE


def _arm(staff: Staff, choice: Choice, state: str) -> Arm:
    where: list[Any] = [Topic.state == state]
    if choice.group_id:
        where.append(Topic.group_id == choice.group_id)
    if choice.whose == "mine":
        where.append(Topic.owner_id == staff.id)
    fits = [topics.seen_by(staff)]
    if choice.kind:
        fits.append(Topic.kind == choice.kind)
    if choice.state == LATE:
        fits.append(or_(Topic.due_at <= now(), Topic.answer_due_at <= now()))
    return Arm(tuple(where), tuple(fits), JOINS, start=Topic)


# The board --------------------------------------------------------------------------------------


def board(staff: Staff, group_id: int, *, whose: str, kind: str) -> dict[str, Any]:
    """{state: (cards, how many more, up to MOST_COUNTED)} of one community."""
    key = (staff.id, staff.may("customers.all"), whose, kind)
    values = {"group_id": group_id}
    cards: dict[str, list[Any]] = {state: [] for state in terms.STATES}
    for row in ask(_cards(*key), values):
        cards[row.state].append(row)
    full = tuple(state for state, shown in cards.items() if len(shown) == CARDS)
    counts = ask(_counts(full, *key), values).one()._asdict() if full else {}
    return {
        state: (_in_order(state, shown), counts.get(state, len(shown)) - len(shown))
        for state, shown in cards.items()
    }


def _order(state: str) -> By:
    return NEWLY_SOLVED if state == SOLVED else BY_DUE


def _in_order(state: str, cards: list[Any]) -> list[Any]:
    by = _order(state)
    return sorted(cards, key=by.of, reverse=by.descending)


@lru_cache(maxsize=256)
def _cards(staff_id: int, sees_all: bool, whose: str, kind: str) -> Any:
    """The first cards of every column, at one look."""

    def column(state: str) -> Any:
        statement = select(*COLUMNS).select_from(Topic).join(*JOINS[0])
        statement = statement.where(*_asked(state, staff_id, sees_all, whose, kind))
        return select(statement.order_by(*_order(state).ordered()).limit(CARDS).subquery())

    return union_all(*(column(state) for state in terms.STATES))


@lru_cache(maxsize=512)
def _counts(states: tuple[str, ...], staff_id: int, sees_all: bool, whose: str, kind: str) -> Any:
    """How many there are in the columns that do not show all they have."""

    def counted(state: str) -> Any:
        statement = select(Topic.id).select_from(Topic).join(*JOINS[0])
        statement = statement.where(*_asked(state, staff_id, sees_all, whose, kind))
        return how_many(statement.limit(MOST_COUNTED)).label(state)

    return select(*(counted(state) for state in states))


def _asked(state: str, staff_id: int, sees_all: bool, whose: str, kind: str) -> list[Any]:
    asked = [Topic.group_id == bindparam("group_id"), Topic.state == state]
    if not sees_all:
        asked.append(topics.within_reach_of(staff_id))
    if state == SOLVED:  # what has ended is no work any more: it stands in the list
        asked.append(Topic.ends_at < FAR_OFF)
    if whose == "mine":
        asked.append(Topic.owner_id == staff_id)
    if kind:
        asked.append(Topic.kind == kind)
    return asked
