"""The list of conversations: three tabs, newest first, keyset-paged, as tuples."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select, text, union

from app.core.clock import now
from app.core.db import ask, how_many
from app.core.errors import N_
from app.core.paging import Arm, By, Page, Query
from app.customers import finding
from app.customers.models import Customer, Helper
from app.inbox import labelling, meter, sight
from app.inbox.models import (
    ALARMED,
    OPEN,
    RESOLVED,
    SNOOZED,
    UNREAD,
    Conversation,
    Labelling,
    Nudge,
)
from app.staff.models import Staff

TABS = {"mine": N_("我的"), "free": N_("未分配"), "called": N_("找我的"), "all": N_("全部")}
CLOSING = "closing"  # no state: open ones whose window still runs, the first to close on top
LATE = "late"  # no state either: those of which somebody has been told, the longest waiting on top
STATES = {
    OPEN: N_("打开"), LATE: N_("等太久"), CLOSING: N_("快到时限"), SNOOZED: N_("已推迟"),
    RESOLVED: N_("已解决"),
}  # fmt: skip
PAGE = 30
MOST_COUNTED = 100
LOOKED_AT_TO_COUNT = 200  # nearly all that one has, or nobody has, one also sees
MOST_LOOKED_AT = 1000  # rows that a count passes over at most; a bounded look may count too few

# As a look-up of its own: a join would be paid for each row that is passed over, too.
_name = (
    select(Customer.name)
    .where(Customer.id == Conversation.customer_id)
    .scalar_subquery()
    .label("name")
)
COLUMNS = (
    Conversation.id, Conversation.last_at, Conversation.last_text, Conversation.last_kind,
    Conversation.last_inbound, Conversation.unread, Conversation.undelivered,
    Conversation.waiting_since, Conversation.assignee_id, _name, Conversation.window_until,
    Conversation.window_left, Conversation.touch_until, Conversation.touch_left,
    Conversation.alarm,
)  # fmt: skip
WHOSE = (Conversation.customer_id, Conversation.owner_key)  # what tells who may see it
NEWEST = By(Conversation.id, Conversation.last_at)
FIRST_TO_CLOSE = By(Conversation.id, Conversation.window_until, descending=False)
LONGEST_WAITING = By(Conversation.id, Conversation.waiting_since, descending=False)


@dataclass(frozen=True)
class Choice:
    """What of the inbox is asked for."""

    tab: str = "mine"
    state: str = OPEN
    before: tuple[datetime, int] | None = None
    label: int | None = None


@dataclass(frozen=True)
class Reader:
    """Who looks, as far as the statements differ by it."""

    id: int
    sees_all: bool
    helps: bool


def _reader(staff: Staff) -> Reader:
    sees_all = staff.may("customers.all")
    return Reader(staff.id, sees_all, sees_all or finding.helps(staff.id))


def rows(staff: Staff, choice: Choice) -> Page:
    """One page of a tab."""
    query = _query if choice.label is None and choice.state != CLOSING else _new_query
    found = query(_reader(staff), choice.tab, choice.state, choice.label)
    return found.page(after=choice.before, most=PAGE)


def _new_query(reader: Reader, tab: str, state: str, label: int | None) -> Query:
    arms = _arms(reader, tab, state)
    if label is not None:
        arms = _labelled(reader, tab, state, label, arms)
    return Query(COLUMNS, arms, order_of(state))


_query = lru_cache(maxsize=256)(_new_query)  # where nothing in it changes with the hour or the rows


def order_of(state: str) -> By:
    return {CLOSING: FIRST_TO_CLOSE, LATE: LONGEST_WAITING}.get(state, NEWEST)


def _of_state(state: str) -> tuple[Any, ...]:
    if state == LATE:
        return (Conversation.state == OPEN, text(ALARMED))
    if state != CLOSING:
        return (Conversation.state == state,)
    runs = (Conversation.window_until > now(), Conversation.window_until < meter.UNMETERED)
    return (Conversation.state == OPEN, *runs, Conversation.window_left > 0)


def of_customer(customer: Customer) -> list[Any]:
    """The conversations of one customer: one an address, so there are few."""
    statement = select(*COLUMNS, Conversation.state).where(Conversation.customer_id == customer.id)
    return list(ask(statement.order_by(*NEWEST.ordered()).limit(PAGE)))


def _arms(reader: Reader, tab: str, state: str) -> list[Arm]:
    """Ranges of indexes. Who does not see everybody's has 全部 in three: my own, nobody's, and
    those of customers whom I help; a walk over all of the shop's would find little of mine."""
    if tab == "called":
        return [_called(reader)]
    of_state = _of_state(state)
    mine, free = (Conversation.assignee_key == key for key in (reader.id, 0))
    if reader.sees_all:
        whose = {"mine": (mine,), "free": (free,), "all": ()}[tab]
        return [Arm(where=(*of_state, *whose), small=True)]
    seen = (_seen_by(reader.id),)
    few = state == LATE
    own, nobodys = (Arm(where=(*of_state, whose), fits=seen, small=few) for whose in (mine, free))
    if tab == "all" and not reader.helps:
        return [own, nobodys]
    helped = Arm(
        where=(
            *of_state,
            Helper.staff_id == reader.id,
            ~Conversation.assignee_key.in_((0, reader.id)),
        ),
        joins=((Helper, Helper.customer_id == Conversation.customer_id),),
        small=True,
    )
    return {"mine": [own], "free": [nobodys], "all": [own, nobodys, helped]}[tab]


def _labelled(reader: Reader, tab: str, state: str, label: int, arms: list[Arm]) -> list[Arm]:
    """Of a label on few, those are sorted; a common one is looked for on the way."""
    if labelling.is_common(label):
        on_it = select(Labelling.id).where(
            Labelling.label_id == label, Labelling.conversation_id == Conversation.id
        )
        return [replace(arm, fits=(*arm.fits, on_it.exists()), small=False) for arm in arms]
    few = select(Labelling.conversation_id).where(Labelling.label_id == label)
    chats = few.limit(labelling.FEW).subquery()
    whose = {"mine": reader.id, "free": 0}.get(tab)
    held = () if whose is None else (Conversation.assignee_key == whose,)
    sight = () if reader.sees_all else (_seen_by(reader.id),)
    joined = ((chats, chats.c.conversation_id == Conversation.id),)
    return [Arm((*_of_state(state), *held), sight, joined, small=True)]


def _called(reader: Reader) -> Arm:
    """Where I am wanted, open or resolved: few, so it is sorted as a whole."""
    wanted = (
        select(Nudge.conversation_id)
        .where(Nudge.staff_id == reader.id, Nudge.closed_at.is_(None))
        .distinct()
        .limit(MOST_LOOKED_AT)
        .subquery()
    )
    return Arm(
        fits=() if reader.sees_all else (_seen_by(reader.id),),
        joins=((wanted, wanted.c.conversation_id == Conversation.id),),
        small=True,
    )


def _seen_by(staff_id: int) -> Any:
    customer = select(Customer.id).where(Customer.id == Conversation.customer_id)
    return customer.where(finding.within_sight_of(staff_id)).exists()


def counts(staff: Staff) -> dict[str, int]:
    """Open conversations of each tab, counted up to MOST_COUNTED."""
    reader = _reader(staff)
    counted: dict[str, int] = ask(_each_counted(reader)).one()._asdict()
    found = dict.fromkeys(TABS, 0) | counted
    if not reader.sees_all:
        together = found["mine"] + found["free"] + found["all"]
        found["all"] = min(together, MOST_COUNTED)
    return found


@lru_cache(maxsize=256)
def _each_counted(reader: Reader) -> Any:
    whose = ("mine", "free", "all") if reader.helps else ("mine", "free")
    tabs = [how_many(_counted(reader.id, reader.sees_all, tab)).label(tab) for tab in whose]
    return select(*tabs, how_many(_wanted(reader.id, reader.sees_all)).label("called"))


def unassigned(staff_id: int, sees_all: bool) -> Any:
    """Open conversations that nobody has, counted up to MOST_COUNTED, as a column."""
    return how_many(_counted(staff_id, sees_all, "free"))


def _counted(staff_id: int, sees_all: bool, tab: str) -> Any:
    """What a tab counts; «all» of who does not see everybody's is what the others leave out."""
    statement = select(Conversation.id).where(Conversation.state == OPEN)
    if tab != "all":
        whose = staff_id if tab == "mine" else 0
        statement = statement.where(Conversation.assignee_key == whose)
    elif not sees_all:
        statement = statement.join(Helper, Helper.customer_id == Conversation.customer_id).where(
            Helper.staff_id == staff_id, ~Conversation.assignee_key.in_((0, staff_id))
        )
    if sees_all or tab == "all":
        return statement.limit(MOST_COUNTED)
    # the newest, so that SQLite takes the one index that tells all that is asked
    statement = statement.order_by(*NEWEST.ordered())
    looked_at = statement.add_columns(*WHOSE).limit(LOOKED_AT_TO_COUNT).subquery()
    return _within_sight(looked_at, staff_id, sees_all)


def unread_of(staff: Staff) -> int:
    """Conversations that ask for me: mine and nobody's with something unread, and where a
    colleague wants me."""
    return int(ask(_unread_alone(staff.id, staff.may("customers.all"))).scalar_one())


@lru_cache(maxsize=256)
def _unread_alone(staff_id: int, sees_all: bool) -> Any:
    return select(unread(staff_id, sees_all))


def unread(staff_id: int, sees_all: bool) -> Any:
    """The same number as a column: every page asks for it, together with other things."""
    most = MOST_COUNTED if sees_all else LOOKED_AT_TO_COUNT
    fresh = select(Conversation.id, *WHOSE).where(
        Conversation.assignee_key.in_((staff_id, 0)), Conversation.state == OPEN, text(UNREAD)
    )
    both = union(select(fresh.limit(most).subquery()), select(_where_wanted(staff_id, most)))
    return how_many(_within_sight(both.subquery(), staff_id, sees_all))


def _wanted(staff_id: int, sees_all: bool) -> Any:
    return _within_sight(_where_wanted(staff_id, MOST_COUNTED), staff_id, sees_all)


def _where_wanted(staff_id: int, most: int) -> Any:
    statement = select(Conversation.id, *WHOSE).distinct()
    statement = statement.join(Nudge, Nudge.conversation_id == Conversation.id)
    wanted = (Nudge.staff_id == staff_id, Nudge.closed_at.is_(None))
    return statement.where(*wanted).limit(most).subquery()


def _within_sight(looked_at: Any, staff_id: int, sees_all: bool) -> Any:
    """Of some (id, customer_id, owner_key) those that one may see."""
    within = select(looked_at.c.id).limit(MOST_COUNTED)
    return within if sees_all else within.where(sight.within(looked_at, staff_id))
