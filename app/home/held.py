"""Letters of a restored shop that wait for the owner's word."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.db import ask, db
from app.core.outbox import Letter
from app.customers.models import Customer
from app.inbox.models import Conversation, Message

SHOWN = 100


@dataclass(frozen=True)
class Lot:
    rows: list[Any]
    more: bool


def waiting() -> Lot:
    """The oldest first: to whom, what, since when."""
    statement = (
        select(
            Letter.id, Letter.channel, Letter.to, Letter.created_at, Message.text, Message.kind,
            Conversation.id.label("chat_id"), Customer.name.label("customer"),
        )
        .outerjoin(Message, Message.letter_id == Letter.id)
        .outerjoin(Conversation, Conversation.id == Message.conversation_id)
        .outerjoin(Customer, Customer.id == Conversation.customer_id)
        .where(Letter.state == "held")
        .order_by(Letter.id)
        .limit(SHOWN + 1)
    )  # fmt: skip
    rows = ask(statement).all()
    return Lot(rows[:SHOWN], len(rows) > SHOWN)


def some(ids: list[int]) -> list[Letter]:
    """Those of these letters that are still held."""
    held = select(Letter).where(Letter.id.in_(ids), Letter.state == "held")
    return list(db.session.scalars(held.order_by(Letter.id)))
