"""Who has waited too long, and whose window is about to close: first the person, then the manager.

Each minute a job marks the conversations that are due; a mark is set once, and goes when the
customer no longer waits. Only opening time counts, and outside it nothing is raised. A mark is a
column of the conversation, so the list and Today ask one index.
"""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select, text

from app.core.clock import FAR_OFF, now
from app.core.db import ask, db, how_many
from app.core.errors import N_
from app.core.jobs import job
from app.core.settings import setting
from app.customers import timeline
from app.customers.models import Customer
from app.inbox import meter, opening, sight
from app.inbox.models import ALARMED, OPEN, Conversation
from app.staff.models import Staff

WAITING, WAITING_UP, CLOSING, CLOSING_UP = 1, 2, 4, 8  # bits of `Conversation.alarm`
TO_PERSON, TO_MANAGER = WAITING | CLOSING, WAITING_UP | CLOSING_UP
LOOKBACK = timedelta(days=3)  # who waits longer has been told of, and can hardly be answered
CHUNK = 200  # marks in one transaction
SHOWN, MOST_COUNTED, LOOKED_AT_TO_COUNT = 3, 100, 200

WAITED = timeline.kind("chat.waited", N_("等太久，已提醒店长"), group="talk")
CLOSES = timeline.kind("chat.closes", N_("回复时限快到，已提醒店长"), group="talk")

ONLY_OPEN = N_("只算营业时间，打烊后不提醒；0 是不提醒")
TELL_WAITING = setting(
    "inbox.alarm_waiting", 15, label=N_("客户等了几分钟没人回，提醒负责的同事"), hint=ONLY_OPEN,
    least=0, most=1440,
)  # fmt: skip
TELL_WAITING_UP = setting(
    "inbox.alarm_waiting_manager", 60, label=N_("客户等了几分钟没人回，提醒店长"), hint=ONLY_OPEN,
    least=0, most=1440,
)  # fmt: skip
TELL_CLOSING = setting(
    "inbox.alarm_closing", 120, label=N_("离微信的回复时限还有几分钟，提醒负责的同事"),
    hint=ONLY_OPEN, least=0, most=1440,
)  # fmt: skip
TELL_CLOSING_UP = setting(
    "inbox.alarm_closing_manager", 30, label=N_("离微信的回复时限还有几分钟，提醒店长"),
    hint=ONLY_OPEN, least=0, most=1440,
)  # fmt: skip


@job()
def watch() -> None:
    """Mark what is due by now. Running twice, or an hour late, marks the same once."""
    _forget()
    hours, moment = opening.hours(), now()
    if not hours.is_open(moment):
        return
    for bit, minutes in ((WAITING, TELL_WAITING()), (WAITING_UP, TELL_WAITING_UP())):
        since = hours.earlier(moment, timedelta(minutes=minutes))
        if minutes:
            _mark(bit, Conversation.waiting_since.between(moment - LOOKBACK, since))
    for bit, minutes in ((CLOSING, TELL_CLOSING()), (CLOSING_UP, TELL_CLOSING_UP())):
        until = min(hours.later(moment, timedelta(minutes=minutes)), moment + LOOKBACK)
        if minutes:
            answerable = Conversation.window_left > 0
            waits = Conversation.waiting_since < FAR_OFF
            _mark(bit, Conversation.window_until.between(moment, until) & answerable & waits)


def _forget() -> None:
    """Nobody waits there any more, by whatever way that came."""
    db.session.execute(
        db.update(Conversation)
        .where(text(ALARMED))
        .where((Conversation.state != OPEN) | (Conversation.waiting_since == FAR_OFF))
        .values(alarm=0)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def _mark(bit: int, due: Any) -> None:
    fresh = (Conversation.state == OPEN, due, Conversation.alarm.bitwise_and(bit) == 0)
    some = select(Conversation.id).where(*fresh).limit(CHUNK)
    while ids := list(db.session.scalars(some)):
        marked = db.session.scalars(
            db.update(Conversation)
            .where(Conversation.id.in_(ids), *fresh)
            .values(alarm=Conversation.alarm.bitwise_or(bit))
            .returning(Conversation.customer_id)
            .execution_options(synchronize_session=False)
        ).all()
        if bit & TO_MANAGER:
            _write_down(bit, marked)
        db.session.commit()


def _write_down(bit: int, customer_ids: Any) -> None:
    for customer in db.session.scalars(select(Customer).where(Customer.id.in_(customer_ids))):
        timeline.record(WAITED if bit == WAITING_UP else CLOSES, customer)


# Who is told ------------------------------------------------------------------------------------

_name = (
    select(Customer.name)
    .where(Customer.id == Conversation.customer_id)
    .correlate(Conversation)
    .scalar_subquery()
    .label("name")
)
COLUMNS = (
    Conversation.id, Conversation.customer_id, Conversation.waiting_since, Conversation.alarm,
    Conversation.assignee_id, Conversation.last_text, Conversation.last_kind,
    Conversation.window_until, Conversation.window_left, Conversation.touch_until,
    Conversation.touch_left, _name,
)  # fmt: skip


def of(staff: Staff) -> tuple[list[Any], int]:
    """The alarms that a colleague is to hear: the longest waiting ones, and how many there are."""
    found = ask(_longest(staff.id, staff.may("customers.all"))).all()
    return found, found[0].told if found else 0


def count(staff: Staff) -> int:
    return int(ask(_count(staff.id, staff.may("customers.all"))).scalar_one())


@lru_cache(maxsize=256)
def _longest(staff_id: int, sees_all: bool) -> Any:
    told = _told(staff_id, sees_all).subquery()
    counted = select(told.c.id, func.count().over().label("told"))
    first = counted.order_by(told.c.waiting_since, told.c.id).limit(SHOWN).subquery()
    shown = select(*COLUMNS, first.c.told).join(first, first.c.id == Conversation.id)
    return shown.order_by(Conversation.waiting_since, Conversation.id)


@lru_cache(maxsize=256)
def _count(staff_id: int, sees_all: bool) -> Any:
    return select(how_many(_told(staff_id, sees_all)))


def _told(staff_id: int, sees_all: bool) -> Any:
    """My own and nobody's; of the others' only what has come to the manager."""
    mine = Conversation.assignee_key.in_((staff_id, 0))
    when = (Conversation.id, Conversation.waiting_since)
    if sees_all:
        up = Conversation.alarm.bitwise_and(TO_MANAGER) != 0
        # coalesce: by the state alone SQLite would walk over all that is open
        is_open = func.coalesce(Conversation.state, "") == OPEN
        return select(*when).where(text(ALARMED), is_open, mine | up).limit(MOST_COUNTED)
    own = select(*when, Conversation.customer_id, Conversation.owner_key)
    own = own.where(text(ALARMED), Conversation.state == OPEN, mine)
    looked_at = own.limit(LOOKED_AT_TO_COUNT).subquery()
    seen = select(looked_at.c.id, looked_at.c.waiting_since)
    return seen.where(sight.within(looked_at, staff_id)).limit(MOST_COUNTED)


def reaches_manager(alarm: int) -> bool:
    return bool(alarm & TO_MANAGER)


def is_closing(row: Any) -> bool:
    """Told because of the window, and the window still runs."""
    if not row.alarm & (CLOSING | CLOSING_UP):
        return False
    found = meter.of(row)
    return found is not None and found.left > 0
