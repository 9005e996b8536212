"""Answers that did not arrive are seen in the list, not only by whoever opens the thread."""

from sqlalchemy import case, select

from app.core.db import db
from app.core.outbox import Letter
from app.inbox.models import Conversation, Message

TROUBLE = ("failed", "unknown")


def heed(letter: Letter, before: str) -> None:
    """A letter came to an end, or is sent once more: count the conversation's troubles."""
    step = (letter.state in TROUBLE) - (before in TROUBLE)
    if not step:
        return
    counted = Conversation.undelivered + step
    shown = select(Message.conversation_id).where(Message.letter_id == letter.id)
    db.session.execute(
        db.update(Conversation)
        .where(Conversation.id == shown.scalar_subquery())
        .values(undelivered=case((counted > 0, counted), else_=0))
        .execution_options(synchronize_session=False)
    )
