"""We answer."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core import outbox
from app.core.clock import FAR_OFF, now
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.outbox import Letter
from app.customers import timeline
from app.inbox import assigning, attaching, cards, indexing, meter, receiving
from app.inbox.cards import Card
from app.inbox.models import OPEN, Conversation, Message
from app.staff.models import Staff

REPLIED = timeline.kind("message.replied", N_("回复客户"), "text", group="talk", effect="out")

MOST_BYTES = 2048  # the platform's limit of a text message


def reply(chat: Conversation, text: str, *, by: Staff, once: str = "") -> Message:
    """Answer a conversation: a letter in the outbox, a bubble in the thread, no more waiting.

    The same words with the same `once` are one answer: a form that was sent twice.
    """
    return _say(chat, text, by, once).message


def reply_all(
    chat: Conversation, pieces: Sequence[str | Card], *, by: Staff, once: str = "", more: int = 0
) -> bool:
    """Several messages in one go, in this order, and `more` after them; all of them, or none.

    Whether anything new was said: the same form sent twice says nothing the second time.
    """
    found, count = meter.of(chat), len(pieces) + more
    if found and 0 < found.left < count:
        raise Refused(
            N_("这要连发 %(count)s 条，微信只让再发 %(left)s 条。请删去几条"), field="text",
            count=count, left=found.left,
        )  # fmt: skip
    said = []
    for number, piece in enumerate(pieces or [""]):
        key = f"{once}.{number}" if once and number else once
        if isinstance(piece, str):
            said.append(_say(chat, piece, by, key))
        else:
            said.append(_hand(chat, piece, by, key))
    return any(one.new for one in said)


def write_down(chat: Conversation, text: str, *, by: Staff, once: str = "") -> Message:
    """An answer as a letter and a bubble, whatever the channel admits at this moment."""
    return _write(chat, "text", {"text": text}, by, once, text=text).message


def reply_card(chat: Conversation, card: Card, kind: str, *, by: Staff, once: str = "") -> Message:
    """Answer with a card: a link, or the shop's place."""
    return _hand(chat, card, by, once, kind).message


def reply_with(
    chat: Conversation, kind: str, name: str, digest: str, *, by: Staff, once: str = "",
    called: str = "",
) -> Message:  # fmt: skip
    """Answer with a picture, a voice, a film or a document: a file uploaded under `name`."""
    meter.admit(chat)
    return _write(
        chat, kind, {"kind": kind}, by, once, text=called, file=name, digest=digest
    ).message


@dataclass(frozen=True)
class _Said:
    """What stands in the thread, and whether it stands there since now."""

    message: Message
    new: bool


def _say(chat: Conversation, text: str, by: Staff, once: str) -> _Said:
    text = text.strip()
    if not text:
        raise Refused(N_("还没有写内容：写一句再发送"), field="text")
    if len(text.encode("utf-8")) > MOST_BYTES:
        raise Refused(N_("太长了，微信一条最多约 680 个汉字，请分成两条发"), field="text")
    meter.admit(chat)
    return _write(chat, "text", {"text": text}, by, once, text=text)


def _hand(chat: Conversation, card: Card, by: Staff, once: str, kind: str = "link") -> _Said:
    meter.admit(chat)
    if not cards.are_taken(chat.channel):
        return _write(chat, "text", {"text": card.words}, by, once, text=card.words)
    text = card.text if kind == "location" else card.title
    details: dict[str, object] = {"url": card.url, "about": card.text}
    return _write(chat, kind, card.body, by, once, text=text, details=details)


def _write(
    chat: Conversation, kind: str, body: dict[str, object], by: Staff, once: str, *, text: str,
    details: dict[str, object] | None = None, file: str = "", digest: str = "",
) -> _Said:  # fmt: skip
    """The one way into the thread and the outbox: of the same form sent twice, once."""
    db.session.refresh(chat, with_for_update={"key_share": True})  # of two at once the other waits
    assigning.answered_by(chat, by)
    key = _key(chat, digest or text, by, once) if once else None
    if said := _said_before(key):
        return _Said(said, new=False)
    message = _written(chat, kind, text, by, details or {})
    if file:
        body = {**body, "media": attaching.hold(message, file).id}
    _posted(message, chat, body, key)
    return _Said(message, new=True)


def _said_before(key: str | None) -> Message | None:
    said = select(Message).join(Letter, Letter.id == Message.letter_id).where(Letter.key == key)
    return db.session.scalar(said) if key else None


def _written(
    chat: Conversation, kind: str, text: str, by: Staff, details: dict[str, object]
) -> Message:
    message = Message(
        conversation_id=chat.id, inbound=False, kind=kind, text=text, details=details, at=now(),
        by_id=by.id, attached="", gist="",
    )  # fmt: skip
    db.session.add(message)
    db.session.flush()
    indexing.add(message)
    return message


def _posted(message: Message, chat: Conversation, body: dict[str, object], key: str | None) -> None:
    """The letter goes into the outbox, and the conversation waits no longer."""
    by, text = message.by, message.text[: receiving.PREVIEW]
    letter = outbox.post(chat.channel, chat.address, body, account=chat.account, key=key)
    message.letter_id = letter.id if letter else None
    chat.state, chat.waiting_since, chat.unread, chat.alarm = OPEN, FAR_OFF, 0, 0
    receiving.show_last(chat, message)
    timeline.record(REPLIED, chat.customer, by=by, subject=message, text=text)
    timeline.answered(chat.customer)


def send_again(message: Message) -> None:
    """A person decides that what failed or is in doubt goes out once more, if it may."""
    if message.letter is None:
        raise Refused(N_("这条消息不是我们发的，不用重发"))
    meter.admit(message.conversation)
    outbox.send_again(message.letter)


def _key(chat: Conversation, text: str, by: Staff, once: str) -> str:
    said = hashlib.blake2s(f"{once} {text}".encode(), digest_size=16).hexdigest()
    return f"reply:{chat.id}:{by.id}:{said}"
