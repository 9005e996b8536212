"""What a voice says, in a colleague's words: so that it can be read and found again."""

from app.inbox import indexing
from app.inbox.models import Message
from app.inbox.receiving import PREVIEW


def write(message: Message, gist: str) -> Message:
    """Put the gist under its message, and into the list when it is the newest line."""
    before, message.gist = message.gist, gist.strip()
    indexing.renew(message, before)
    chat = message.conversation
    if chat.last_at == message.at and chat.last_kind == message.kind:
        chat.last_text = (message.gist or message.text)[:PREVIEW]
    return message
