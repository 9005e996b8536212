"""Whose a conversation's customer is, kept beside the conversation.

Every page of a clerk counts conversations, up to a hundred of several kinds, and of each it must
be known whether the clerk may see it. Asked of the customers, that is hundreds of look-ups all
over the largest table; with a copy here the index that is counted by answers alone.

The copy only counts. Whoever is shown a row is asked of the customer, as everywhere.
"""

from typing import Any

from sqlalchemy import bindparam, select, update

from app.core.db import ask
from app.customers.finding import POOL
from app.customers.models import Customer, Helper
from app.inbox.models import Conversation

KEEP = (
    update(Conversation)
    .where(Conversation.customer_id == bindparam("of_customer"))
    .where(Conversation.owner_key != bindparam("now_of"))
    .values(owner_key=bindparam("now_of"))
)


def keep(customer: Customer) -> None:
    """Heeds `finding`: this customer may have changed hands, or taken over another's talk."""
    ask(KEEP, {"of_customer": customer.id, "now_of": customer.owner_id or POOL})


def within(chats: Any, staff_id: int) -> Any:
    """Own, helped, and the public pool's, as a condition on (customer_id, owner_key)."""
    mine = (Helper.customer_id == chats.c.customer_id, Helper.staff_id == staff_id)
    helped = select(Helper.id).where(*mine)
    return chats.c.owner_key.in_((POOL, staff_id)) | helped.exists()
