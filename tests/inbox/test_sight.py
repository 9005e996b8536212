"""Whose a conversation's customer is, kept beside the conversation for who counts."""

from app.core.db import db
from app.customers import people
from app.customers.models import Customer
from app.inbox import lateness, listing
from app.inbox.models import Conversation
from app.portal import binding
from tests import make


def copies_are_true():
    pairs = db.session.execute(
        db.select(Conversation.owner_key, Customer.owner_key)
        .join(Customer, Customer.id == Conversation.customer_id)
        .execution_options(populate_existing=True)
    )
    return all(copy == original for copy, original in pairs)


def test_the_copy_follows_a_customer_from_hand_to_hand(told, lin, amy, ben, max_):
    chat = told(lin)
    assert listing.counts(amy)["mine"] == listing.unread_of(amy) == 1
    for step in (
        lambda: people.hand_over(lin, to=ben, by=max_),
        lambda: people.hand_over(lin, to=None, by=max_),
        lambda: people.claim(lin, by=ben),
    ):
        step()
        db.session.commit()
        assert copies_are_true()
    # the conversation is still amy's until the bell is heard; what she may not see she is not told
    assert db.session.get_one(Conversation, chat.id).assignee_id == amy.id
    assert listing.counts(amy)["mine"] == listing.unread_of(amy) == 0
    chat.alarm = lateness.WAITING
    db.session.commit()
    assert lateness.of(amy) == ([], 0)


def test_the_copy_follows_a_talk_to_another_card(told, amy):
    stranger, known = make.customer("", owner=None), make.customer("王姐", owner=amy)
    told(stranger)
    assert copies_are_true()
    binding.bring(stranger, known, by=amy)
    db.session.commit()
    assert db.session.scalars(db.select(Conversation.customer_id)).all() == [known.id]
    assert copies_are_true()
