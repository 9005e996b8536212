"""What becomes of the conversations of a colleague who leaves: the closed ones too, since a
customer who writes again opens them for whoever has them."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.errors import N_
from app.customers import finding, people
from app.inbox.models import Conversation
from app.staff.leaving import NOBODY, Estate
from app.staff.models import Staff


def _count(leaver: Staff, most: int) -> int:
    some = select(Conversation.id).where(Conversation.assignee_key == leaver.id)
    return len(db.session.scalars(some.limit(most)).all())


def _hand_on(leaver: Staff, to: Staff | None, by: Staff | None, most: int) -> list[int]:
    """To the heir, or to whoever looks after the customer now; the open ones first."""
    mine = select(Conversation).where(Conversation.assignee_key == leaver.id)
    open_first = mine.order_by(Conversation.state, Conversation.last_at, Conversation.id)
    found = db.session.scalars(
        open_first.limit(most).options(joinedload(Conversation.customer))
    ).all()
    return [_give(chat, to or chat.customer.owner) for chat in found]


def _give(chat: Conversation, to: Staff | None) -> int:
    if to and not to.is_active:
        to = None
    chat.assignee_id = to.id if to else None
    db.session.flush()
    if to and not finding.sees(to, chat.customer):
        people.let_help(chat.customer, staff=to, why="inbox")
    return to.id if to else NOBODY


CONVERSATIONS = Estate("conversations", N_("对话"), _count, _hand_on)
