"""One conversation's messages: the newest, the earlier ones, and what has changed since."""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, bindparam, select

from app.core.db import ask, db
from app.core.formats import remaining
from app.core.outbox import Letter
from app.inbox import meter
from app.inbox.models import Conversation, Message
from app.staff.models import Staff

PAGE = 30
UNDER_WAY = ("queued", "sending")
NEWEST = (  # what the live look asks every second: built once
    select(Message.id, Message.attached, Message.gist, Letter.state, Letter.reason)
    .outerjoin(Letter, Letter.id == Message.letter_id)
    .where(Message.conversation_id == bindparam("chat_id"))
    .order_by(Message.id.desc())
    .limit(PAGE)
)
NEVER = 2**31 - 1  # no message has so high a number
SAID = (
    select(
        Message.id, Message.conversation_id, Message.inbound, Message.kind, Message.text,
        Message.details, Message.at, Message.attached, Message.gist, Message.by_id,
        Staff.display.label("by"),
        Letter.state.label("letter"), Letter.code, Letter.reason,
    )
    .outerjoin(Letter, Letter.id == Message.letter_id)
    .outerjoin(Staff, Staff.id == Message.by_id)
    .where(Message.conversation_id == bindparam("chat_id"))
    .where(Message.id < bindparam("before", type_=Integer))
    .order_by(Message.id.desc())
    .limit(PAGE)
)  # fmt: skip


def messages(chat: Conversation, *, before: int | None = None) -> list[Any]:
    """Up to PAGE messages, oldest first, with what became of their letters and who wrote them."""
    found = ask(SAID, {"chat_id": chat.id, "before": before or NEVER})
    return list(reversed(found.all()))


def around(chat: Conversation, message_id: int) -> list[Any]:
    """A message with what was said before and after it, oldest first."""
    own = Message.conversation_id == chat.id
    after = select(Message.id).where(own, Message.id > message_id).order_by(Message.id)
    last = db.session.scalars(after.limit(PAGE // 2)).all()
    return messages(chat, before=last[-1] + 1 if last else None)


def stamp(
    chat: Conversation, others: Sequence[object] = (), shown: Sequence[Any] | None = None
) -> str:
    """Changes whenever the screen of this conversation would: one indexed look-up, or none when
    the newest messages are at hand."""
    if shown is None:
        rows = [tuple(row) for row in ask(NEWEST, {"chat_id": chat.id})]
    else:
        newest = reversed(shown)
        rows = [(one.id, one.attached, one.gist, one.letter, one.reason) for one in newest]
    return digest([chat.state, chat.assignee_key, _shown(chat), [*others], rows])


def _shown(chat: Conversation) -> object:
    """The meter as it reads: it runs down by itself."""
    found = meter.of(chat)
    return found and (found.left, found.why, remaining(found.until))


def gauge(chat: Conversation, shown: Sequence[Any]) -> meter.Meter | None:
    """The meter beside a thread: what is on its way has as good as gone out."""
    found = meter.of(chat)
    return found and found.less(sum(1 for one in shown if one.letter in UNDER_WAY))


def digest(shown: object) -> str:
    """A short stamp of what a screen shows, so that it is sent again only when it changed."""
    return hashlib.blake2s(repr(shown).encode(), digest_size=8).hexdigest()
