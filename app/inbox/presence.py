"""Who else is at a conversation: looking, or writing. Rows that fade after some seconds."""

from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from app.core.clock import LONG_AGO, now
from app.core.db import ask, db, insert_once
from app.core.errors import N_, Refused
from app.core.jobs import job
from app.inbox.models import Conversation, Presence
from app.staff.models import Staff

LOOKS = timedelta(seconds=40)  # after the last sign of life
RENEWED = timedelta(seconds=20)
WRITES = timedelta(seconds=9)  # the browser tells of it every four seconds


class Other(NamedTuple):
    """A colleague at the same conversation, as the screen tells it."""

    name: str
    writes: bool


@cache
def _present() -> Any:
    who = (Presence.staff_id, Presence.seen_at, Presence.typing_since, Presence.typing_until)
    statement = select(*who, Staff.display).join(Staff, Staff.id == Presence.staff_id)
    return statement.where(Presence.conversation_id == bindparam("chat_id")).order_by(Presence.id)


def rows_at(chat: Conversation) -> list[Any]:
    """Everybody who was here of late: one look-up by a unique index."""
    return list(ask(_present(), {"chat_id": chat.id}))


def others(rows: list[Any], me: Staff) -> list[Other]:
    """The colleagues who are here now, without me."""
    moment = now()
    fresh = (row for row in rows if row.staff_id != me.id and row.seen_at > moment - LOOKS)
    return [Other(row.display, row.typing_until > moment) for row in fresh]


def is_stale(rows: list[Any], me: Staff) -> bool:
    """Whether my own sign of life is due again."""
    limit = now() - RENEWED
    return not any(row.staff_id == me.id and row.seen_at > limit for row in rows)


def look(chat: Conversation, *, by: Staff) -> None:
    _mark(chat, by, seen_at=now())


def write(chat: Conversation, *, by: Staff) -> None:
    """They are writing: said again every few seconds while keys are pressed."""
    moment = now()
    mine = next((row for row in rows_at(chat) if row.staff_id == by.id), None)
    going_on = mine is not None and mine.typing_until > moment
    since = mine.typing_since if mine is not None and going_on else moment
    _mark(chat, by, seen_at=moment, typing_since=since, typing_until=moment + WRITES)


def quieten(chat: Conversation, *, but: Staff) -> None:
    """Somebody takes over: what the others were writing holds nobody up any more."""
    db.session.execute(
        db.update(Presence)
        .where(Presence.conversation_id == chat.id, Presence.staff_id != but.id)
        .values(typing_until=LONG_AGO)
    )


def give_way(chat: Conversation, *, by: Staff) -> None:
    """Two do not answer at once: who does not have the conversation waits for who wrote first."""
    if chat.assignee_id == by.id:
        return
    moment = now()
    writing = {row.staff_id: row for row in rows_at(chat) if row.typing_until > moment}
    mine = writing.pop(by.id, None)
    for row in writing.values():
        if mine is None or row.typing_since < mine.typing_since:
            raise Refused(
                N_("%(name)s 正在写回复。要由你来回，请先点「接手」；你写的还在"), name=row.display
            )


def _mark(chat: Conversation, by: Staff, **values: Any) -> None:
    known = (Presence.conversation_id == chat.id, Presence.staff_id == by.id)
    fresh = {"typing_since": LONG_AGO, "typing_until": LONG_AGO, "created_at": now(), **values}
    if insert_once(Presence, conversation_id=chat.id, staff_id=by.id, **fresh) is None:
        db.session.execute(
            db.update(Presence)
            .where(*known)
            .values(**values)
            .execution_options(synchronize_session=False)
        )


@job()
def sweep() -> None:
    """Forget who was where yesterday."""
    db.session.execute(db.delete(Presence).where(Presence.seen_at < now() - timedelta(days=1)))
