"""A message came."""

from datetime import datetime

from sqlalchemy import select

from app.core.clock import FAR_OFF
from app.core.db import db, insert_once
from app.core.errors import N_
from app.customers import timeline
from app.customers.models import Customer
from app.inbox import assigning, attaching, indexing
from app.inbox.models import OPEN, Conversation, Message

RECEIVED = timeline.kind(
    "message.received", N_("客户发来消息"), "text", "message", group="talk", effect="in", waits=True
)
KINDS = {
    "text": N_("文字"), "image": N_("图片"), "voice": N_("语音"), "video": N_("视频"),
    "location": N_("位置"), "file": N_("文件"), "link": N_("链接"), "other": N_("其他消息"),
}  # fmt: skip
PREVIEW = 120


def receive(
    customer: Customer, *, channel: str, account: str, address: str, kind: str, text: str,
    details: dict[str, object], at: datetime, key: str,
) -> Message | None:  # fmt: skip
    """Put a customer's message into their conversation, once per `key`."""
    if db.session.scalar(select(Message.id).where(Message.key == key)):
        return None
    chat = conversation_with(customer, channel=channel, account=account, address=address)
    message = Message(
        conversation_id=chat.id, inbound=True, kind=kind, text=text, details=details, at=at, key=key
    )
    db.session.add(message)
    db.session.flush()
    indexing.add(message)
    attaching.expect(message, channel, str(details.get("media") or ""))
    chat.state, chat.unread = OPEN, chat.unread + 1
    if chat.waiting_since == FAR_OFF:
        chat.waiting_since = at
    show_last(chat, message)
    timeline.record(RECEIVED, customer, subject=message, at=at, text=text[:PREVIEW], message=kind)
    assigning.assign_if_unassigned(chat)
    return message


def conversation_with(
    customer: Customer, *, channel: str, account: str, address: str
) -> Conversation:
    """The one conversation with this address, made at the first word."""
    where = (
        Conversation.channel == channel,
        Conversation.account == account,
        Conversation.address == address,
    )
    # locked: an answer of this moment must not hide that the customer has spoken again
    locked = select(Conversation).where(*where).with_for_update(key_share=True)
    locked = locked.execution_options(populate_existing=True)
    found = db.session.scalar(locked)
    if found:
        return found
    insert_once(
        Conversation, customer_id=customer.id, channel=channel, account=account, address=address,
        state=OPEN, owner_key=customer.owner_id or 0,
    )  # fmt: skip
    return db.session.scalars(locked).one()


def show_last(chat: Conversation, message: Message) -> None:
    """What the list shows of a conversation: its newest line."""
    if message.at >= chat.last_at:
        chat.last_at, chat.last_kind = message.at, message.kind
        chat.last_text, chat.last_inbound = message.text[:PREVIEW], message.inbound
