"""What of a topic leaves the house: a line in the customer's conversation, where that is allowed.

It always stands on the member's own page; so what may not be sent is not lost, and not refused.
"""

from sqlalchemy import select

from app.community import terms
from app.community.models import Topic
from app.core import outbox
from app.core.clock import now
from app.core.db import db
from app.core.errors import N_
from app.customers import timeline
from app.inbox import cards, greeting, indexing, meter, receiving
from app.inbox.models import Conversation, Message

SERVICE = "service"  # what the letter is for: who has switched that off gets none
# In the shop's language, as they reach the customer.
HANDED = N_("您的「%(title)s」已转给%(group)s，由%(name)s接着办")
DONE = N_("您的「%(title)s」办好了。还有问题就直接告诉我们")


def way_to(topic: Topic) -> Conversation | None:
    """The conversation in which something may be said to the customer now, or None."""
    chat = topic.conversation or _latest(topic.customer_id)
    return None if chat is None or meter.obstacle(chat) else chat


def _latest(customer_id: int) -> Conversation | None:
    mine = select(Conversation).where(Conversation.customer_id == customer_id)
    return db.session.scalar(mine.order_by(Conversation.last_at.desc()).limit(1))


def handed(topic: Topic) -> None:
    """Once for each community that it comes to, however often it goes back and forth."""
    words = {"title": topic.title, "group": topic.group.name, "name": topic.owner.display}
    tell(topic, HANDED % words, once=f"to:{topic.group_id}")


def solved(topic: Topic) -> None:
    tell(topic, DONE % {"title": topic.title}, once=f"solved:{topic.reopened}")


def page_of(topic: Topic, chat: Conversation) -> str:
    """Where the member reads it; "" where no page of ours reaches them."""
    base = cards.base_of(chat.channel, chat.account)
    return f"{base}/m/topics/{topic.id}" if base else ""


def tell(topic: Topic, text: str, *, once: str) -> Message | None:
    """Tell the customer by ourselves, once under a key. It is no answer: who waits still waits."""
    chat = way_to(topic) if terms.TELLS() else None
    if chat is None:
        return None
    key, page = f"topic:{topic.id}:{once}", page_of(topic, chat)
    text = f"{text}\n{page}" if page else text
    body: dict[str, object] = {"text": text, "purpose": SERVICE}
    letter = outbox.post(chat.channel, chat.address, body, account=chat.account, key=key)
    if letter is None:
        return None
    message = Message(
        conversation_id=chat.id, inbound=False, kind="text", text=text, details={}, at=now(),
        letter_id=letter.id, attached="", gist="",
    )  # fmt: skip
    db.session.add(message)
    db.session.flush()
    indexing.add(message)
    receiving.show_last(chat, message)
    timeline.record(greeting.SAID, chat.customer, subject=message, text=text[: receiving.PREVIEW])
    return message
