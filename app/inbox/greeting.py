"""What the shop says by itself: a welcome to who follows, and a word outside business hours.

Both leave through the outbox with its guards, once: the welcome for each follower, the other for
each follower and closed period. Neither counts as an answer: who waits still waits.
"""

from datetime import datetime, timedelta

from app.core import outbox
from app.core.clock import LONG_AGO, now
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.settings import Record, Setting
from app.customers import timeline
from app.customers.models import Customer
from app.inbox import opening, receiving
from app.inbox.models import RESOLVED, Conversation, Message
from app.inbox.replying import MOST_BYTES
from app.inbox.variables import fill

SAID = timeline.kind("message.automatic", N_("自动回复"), "text", group="talk")
FRESH = timedelta(minutes=1)  # a welcome may be sent for so long; later nobody expects it
_KEPT: Setting[Record] = Setting("inbox.answers", {}, label=N_("自动回复"))


def texts() -> tuple[str, str]:
    """(welcome, out of hours); an empty one is not sent."""
    kept = _KEPT()
    return kept.get("welcome", ""), kept.get("away", "")


def put(welcome: str, away: str) -> None:
    for field, text in (("welcome", welcome), ("away", away)):
        if len(text.encode()) > MOST_BYTES:
            raise Refused(N_("太长了，微信一条最多约 680 个汉字"), field=field)
    _KEPT.put({"welcome": welcome, "away": away})


def welcome(
    customer: Customer, *, channel: str, account: str, address: str, at: datetime
) -> Message | None:
    """Greet who has just followed. The conversation that this begins waits for nobody."""
    text, _away = texts()
    if not text or now() - at > FRESH:
        return None
    chat = receiving.conversation_with(customer, channel=channel, account=account, address=address)
    if chat.last_at == LONG_AGO:
        chat.state = RESOLVED
    said = _say(chat, text, f"welcome:{chat.id}")
    if said and not chat.unread:
        receiving.show_last(chat, said)
    return said


def answer_when_closed(heard: Message) -> Message | None:
    """Tell who writes to a closed shop that it is closed, unless this is old news."""
    _welcome, text = texts()
    if not text:
        return None
    hours = opening.hours()
    if hours.is_open(heard.at) or hours.is_open(now()):
        return None
    since = hours.closed_since(heard.at)
    if since != hours.closed_since(now()):
        return None
    chat = heard.conversation
    return _say(chat, text, f"away:{chat.id}:{int(since.timestamp())}")


def _say(chat: Conversation, text: str, key: str) -> Message | None:
    text = fill(text, called=chat.customer.name)
    letter = outbox.post(chat.channel, chat.address, {"text": text}, account=chat.account, key=key)
    if letter is None:
        return None
    message = Message(
        conversation_id=chat.id, inbound=False, kind="text", text=text, details={}, at=now(),
        letter_id=letter.id,
    )  # fmt: skip
    db.session.add(message)
    db.session.flush()
    timeline.record(SAID, chat.customer, subject=message, text=text[: receiving.PREVIEW])
    return message
