"""Whose conversation it is."""

from datetime import timedelta

from sqlalchemy import Select, select

from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.jobs import job
from app.customers import finding, people
from app.customers.models import Customer, Moment
from app.inbox.models import Conversation
from app.staff.models import Staff

TAKEN = N_("已经由%(name)s接待了")
A_MOMENT = timedelta(minutes=10)


def assign_if_unassigned(chat: Conversation) -> None:
    """A customer's owner answers; nobody's customer waits under 未分配."""
    owner = chat.customer.owner
    if chat.assignee_id is None and owner and owner.is_active:
        chat.assignee_id = owner.id


def claim(chat: Conversation, *, by: Staff) -> Conversation:
    """Take an unassigned conversation. Of two at once one wins, the other is told who.

    A customer of the public pool comes along; another's customer becomes visible as a helper.
    """
    won = db.session.scalar(
        db.update(Conversation)
        .where(Conversation.id == chat.id, Conversation.assignee_id.is_(None))
        .values(assignee_id=by.id)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(chat)
    if won is None and chat.assignee_id != by.id:
        raise Refused(TAKEN, name=chat.assignee.display if chat.assignee else "")
    if chat.customer.owner_id is None:
        people.claim(chat.customer, by=by)
    elif chat.customer.owner_id != by.id:
        people.let_help(chat.customer, staff=by, why="inbox")
    return chat


def taken_just_now(chat_id: int) -> Conversation | None:
    """A conversation of a customer who has left the public pool a moment ago: whoever still has
    it on the screen is told who was quicker. Everybody could see it until then."""
    claimed = select(Moment.id).where(
        Moment.customer_id == Conversation.customer_id, Moment.kind == people.CLAIMED.name,
        Moment.at > now() - A_MOMENT,
    )  # fmt: skip
    taken = select(Conversation).where(
        Conversation.id == chat_id, Conversation.assignee_id.is_not(None), claimed.exists()
    )
    return db.session.scalar(taken)


HANDED = ("customer.handed", "customer.claimed")


@job()
def follow_owner(moment_id: int) -> None:
    """Listens to the bell: when a customer changes hands, so do the conversations that nobody
    has, and those of a colleague who may see the customer no more."""
    customer = db.session.get_one(Moment, moment_id).customer
    for chat in db.session.scalars(
        select(Conversation).where(Conversation.customer_id == customer.id)
    ):
        if chat.assignee and not _sees(chat.assignee, customer):
            chat.assignee_id = None
        assign_if_unassigned(chat)


def _sees(staff: Staff, customer: Customer) -> bool:
    seen = finding.visible_to(staff).where(Customer.id == customer.id)
    return staff.is_active and db.session.scalar(seen) is not None


def visible_to(staff: Staff) -> Select[Conversation]:
    """The conversations with the customers that a colleague may see."""
    statement = select(Conversation).join(Customer, Customer.id == Conversation.customer_id)
    return statement.where(finding.seen_by(staff))
