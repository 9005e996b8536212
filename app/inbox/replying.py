"""We answer."""

import hashlib

from sqlalchemy import select

from app.core import outbox
from app.core.clock import FAR_OFF, now
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.outbox import Letter
from app.customers import timeline
from app.inbox import assigning, meter, receiving
from app.inbox.models import OPEN, Conversation, Message
from app.staff.models import Staff

REPLIED = timeline.kind("message.replied", N_("回复客户"), "text", group="talk", effect="out")

MOST_BYTES = 2048  # the platform's limit of a text message


def reply(chat: Conversation, text: str, *, by: Staff, once: str = "") -> Message:
    """Answer a conversation: a letter in the outbox, a bubble in the thread, no more waiting.

    The same words with the same `once` are one answer: a form that was sent twice.
    """
    text = text.strip()
    if not text:
        raise Refused(N_("还没有写内容：写一句再发送"), field="text")
    if len(text.encode("utf-8")) > MOST_BYTES:
        raise Refused(N_("太长了，微信一条最多约 680 个汉字，请分成两条发"), field="text")
    meter.admit(chat)
    return write_down(chat, text, by=by, once=once)


def write_down(chat: Conversation, text: str, *, by: Staff, once: str = "") -> Message:
    """An answer as a letter and a bubble, whatever the channel admits at this moment."""
    db.session.refresh(chat, with_for_update={"key_share": True})  # of two at once the other waits
    assigning.answered_by(chat, by)
    key = _key(chat, text, by, once) if once else None
    letter = outbox.post(chat.channel, chat.address, {"text": text}, account=chat.account, key=key)
    if letter is None:
        said = select(Message).join(Letter, Letter.id == Message.letter_id).where(Letter.key == key)
        return db.session.scalars(said).one()
    message = Message(
        conversation_id=chat.id, inbound=False, kind="text", text=text, details={}, at=now(),
        by_id=by.id, letter_id=letter.id,
    )  # fmt: skip
    db.session.add(message)
    db.session.flush()
    chat.state, chat.waiting_since, chat.unread = OPEN, FAR_OFF, 0
    receiving.show_last(chat, message)
    timeline.record(REPLIED, chat.customer, by=by, subject=message, text=text[: receiving.PREVIEW])
    timeline.answered(chat.customer)
    return message


def send_again(message: Message) -> None:
    """A person decides that what failed or is in doubt goes out once more, if it may."""
    if message.letter is None:
        raise Refused(N_("这条消息不是我们发的，不用重发"))
    meter.admit(message.conversation)
    outbox.send_again(message.letter)


def _key(chat: Conversation, text: str, by: Staff, once: str) -> str:
    said = hashlib.blake2s(f"{once} {text}".encode(), digest_size=16).hexdigest()
    return f"reply:{chat.id}:{by.id}:{said}"
