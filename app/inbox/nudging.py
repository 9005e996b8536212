"""A colleague is wanted at a conversation: told by the list, until they have looked."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from app.core.clock import now
from app.core.db import ask, db
from app.customers import people
from app.inbox.models import Conversation, Nudge
from app.staff.models import Staff

NAMED, OFFERED, GIVEN, TAKEN, DECLINED = "named", "offered", "given", "taken", "declined"
WOKEN = "woken"
ANY = (
    select(Nudge.id)
    .where(Nudge.conversation_id == bindparam("chat_id"), Nudge.closed_at.is_(None))
    .limit(1)
)


def want(chat: Conversation, staff: Staff, kind: str, *, by: Staff | None) -> Nudge:
    """Tell a colleague that they are wanted here; as a helper they may see the customer."""
    if not staff.may("customers.all"):
        people.let_help(chat.customer, staff=staff, why="inbox")
    nudge = Nudge(
        conversation_id=chat.id, staff_id=staff.id, kind=kind, by_id=by.id if by else None
    )
    db.session.add(nudge)
    db.session.flush()
    return nudge


def open_at(chat: Conversation) -> list[Nudge]:
    """Who is still wanted at a conversation: nobody as a rule, so that is asked the quick way."""
    if ask(ANY, {"chat_id": chat.id}).first() is None:
        return []
    statement = select(Nudge).options(joinedload(Nudge.staff), joinedload(Nudge.by))
    statement = statement.where(Nudge.conversation_id == chat.id, Nudge.closed_at.is_(None))
    return list(db.session.scalars(statement.order_by(Nudge.id)))


def has_looked(chat: Conversation, *, by: Staff) -> None:
    """Whoever opens the conversation has heard; an offer stays until it is answered."""
    for nudge in unheard(open_at(chat), by):
        nudge.closed_at = now()


def unheard(nudges: list[Nudge], by: Staff) -> list[Nudge]:
    return [one for one in nudges if one.staff_id == by.id and one.kind != OFFERED]


def close(nudge: Nudge) -> bool:
    """Close it; False when somebody else was quicker."""
    won = db.session.scalar(
        db.update(Nudge)
        .where(Nudge.id == nudge.id, Nudge.closed_at.is_(None))
        .values(closed_at=now())
        .returning(Nudge.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(nudge)
    return won is not None


def withdraw_offers(chat: Conversation) -> None:
    """The conversation has found its colleague: what was offered to others is over."""
    for nudge in open_at(chat):
        if nudge.kind == OFFERED:
            nudge.closed_at = now()
