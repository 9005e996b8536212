"""What a person leaves in the inbox beside the rows: files, and the index of what was said."""

from sqlalchemy import select

from app.core import indexes
from app.core.db import db
from app.customers.erasing import Handle
from app.customers.models import Customer
from app.inbox import indexing
from app.inbox.attaching import FOLDER
from app.inbox.models import Conversation, Media, Message


def unindex(customer: Customer) -> None:
    """Before the rows go: the index is told what it must no longer find."""
    indexing.forget([customer.id])


def sweep(_handles: list[Handle]) -> None:
    """What the index was told to forget, it forgets for good."""
    indexes.purge("message_words_index")


def files_of(customer: Customer) -> list[tuple[str, str]]:
    """(folder, name) of every file that was sent to or by them."""
    mine = (
        select(Media.file)
        .join(Message, Message.id == Media.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.customer_id == customer.id, Media.file != "")
    )
    return [(FOLDER, name) for name in db.session.scalars(mine)]
