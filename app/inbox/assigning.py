"""Whose conversation it is."""

from sqlalchemy import Select, select

from app.core.db import db
from app.core.errors import N_, Refused
from app.core.jobs import job
from app.customers import finding, people
from app.customers.models import Customer, Moment
from app.inbox import noting, sight
from app.inbox.models import Conversation
from app.staff.models import Staff

TAKEN = N_("已经由%(name)s接待了")


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
    people.tell_who_won(chat.customer, by=by)
    if won:
        noting.note_down(chat, "claimed", by=by)
    bring_along(chat, by, by=by)
    return chat


def answered_by(chat: Conversation, by: Staff) -> None:
    """Answering is claiming: nobody's conversation becomes mine, and its customer of the pool too.

    Whoever only lends a hand in a colleague's conversation takes nothing away.
    """
    if chat.assignee_id is None:
        chat.assignee_id = by.id
    if chat.assignee_id == by.id != chat.customer.owner_id:
        people.tell_who_won(chat.customer, by=by)
        bring_along(chat, by, by=by)


def bring_along(chat: Conversation, to: Staff, *, by: Staff) -> None:
    """Whoever has the conversation may see its customer; one of the pool becomes theirs."""
    customer = chat.customer
    if customer.owner_id is not None:
        if not to.may("customers.all"):
            people.let_help(customer, staff=to, why="inbox")
    elif to.id == by.id:
        people.claim(customer, by=by)
    else:
        people.hand_over(customer, to=to, by=by)


HANDED = ("customer.handed", "customer.claimed", "customer.unhelped")


@job()
def follow_owner(moment_id: int) -> None:
    """Listens to the bell: when a customer changes hands, so do the conversations that nobody
    has, and those of a colleague who may see the customer no more."""
    customer = db.session.get_one(Moment, moment_id).customer
    sight.keep(customer)  # again: one that began at that very instant was not there to be told
    for chat in db.session.scalars(
        select(Conversation).where(Conversation.customer_id == customer.id)
    ):
        if chat.assignee and not finding.sees(chat.assignee, customer):
            chat.assignee_id = None
        assign_if_unassigned(chat)


def visible_to(staff: Staff) -> Select[Conversation]:
    """The conversations with the customers that a colleague may see."""
    statement = select(Conversation).join(Customer, Customer.id == Conversation.customer_id)
    return statement.where(finding.seen_by(staff))


def claimable_by(staff: Staff) -> Select[Conversation]:
    """What a colleague may try to claim: theirs to see, or of a customer who left the pool just
    now, so that who comes second hears who won."""
    statement = select(Conversation).join(Customer, Customer.id == Conversation.customer_id)
    return statement.where(finding.seen_by(staff) | people.just_claimed(Customer.id))
