"""One conversation's messages: the newest, the earlier ones, and what has changed since."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from app.core.db import ask, db
from app.core.formats import remaining
from app.core.outbox import Letter
from app.inbox import meter
from app.inbox.models import Conversation, Message

PAGE = 40
UNDER_WAY = ("queued", "sending")
NEWEST = (  # what the live look asks every second: built once
    select(Message.id, Message.attached, Message.gist, Letter.state, Letter.reason)
    .outerjoin(Letter, Letter.id == Message.letter_id)
    .where(Message.conversation_id == bindparam("chat_id"))
    .order_by(Message.id.desc())
    .limit(PAGE)
)


def messages(chat: Conversation, *, before: int | None = None) -> list[Message]:
    """Up to PAGE messages, oldest first, with their letters and writers."""
    statement = (
        select(Message)
        .options(joinedload(Message.letter), joinedload(Message.by))
        .where(Message.conversation_id == chat.id)
    )
    if before:
        statement = statement.where(Message.id < before)
    newest = db.session.scalars(statement.order_by(Message.id.desc()).limit(PAGE))
    return list(reversed(newest.all()))


def around(chat: Conversation, message_id: int) -> list[Message]:
    """A message with what was said before and after it, oldest first."""
    own = Message.conversation_id == chat.id
    after = select(Message.id).where(own, Message.id > message_id).order_by(Message.id)
    last = db.session.scalars(after.limit(PAGE // 2)).all()
    return messages(chat, before=last[-1] + 1 if last else None)


def stamp(
    chat: Conversation, others: Sequence[object] = (), shown: Sequence[Message] | None = None
) -> str:
    """Changes whenever the screen of this conversation would: one indexed look-up, or none when
    the newest messages are at hand."""
    if shown is None:
        rows = [tuple(row) for row in ask(NEWEST, {"chat_id": chat.id})]
    else:
        rows = [(one.id, one.attached, one.gist, *_fate(one.letter)) for one in reversed(shown)]
    return digest([chat.state, chat.assignee_key, _shown(chat), [*others], rows])


def _fate(letter: Letter | None) -> tuple[str | None, str | None]:
    """A letter that was refused for now looks another: the reason stands below it."""
    return (letter.state, letter.reason) if letter else (None, None)


def _shown(chat: Conversation) -> object:
    """The meter as it reads: it runs down by itself."""
    found = meter.of(chat)
    return found and (found.left, found.why, remaining(found.until))


def gauge(chat: Conversation, shown: list[Message]) -> meter.Meter | None:
    """The meter beside a thread: what is on its way has as good as gone out."""
    found = meter.of(chat)
    letters = [message.letter for message in shown if message.letter]
    return found and found.less(sum(1 for one in letters if one.state in UNDER_WAY))


def digest(shown: object) -> str:
    """A short stamp of what a screen shows, so that it is sent again only when it changed."""
    return hashlib.blake2s(repr(shown).encode(), digest_size=8).hexdigest()
