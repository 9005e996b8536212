"""Resolve and reopen."""

from app.core.clock import FAR_OFF
from app.core.errors import N_, Refused
from app.customers import timeline
from app.inbox.models import OPEN, RESOLVED, Conversation
from app.staff.models import Staff

CLOSED = timeline.kind("chat.resolved", N_("对话已解决"), group="talk")
REOPENED = timeline.kind("chat.reopened", N_("对话重新打开"), group="talk")


def resolve(chat: Conversation, *, by: Staff) -> Conversation:
    if chat.state == RESOLVED:
        raise Refused(N_("这个对话已经解决了"))
    chat.state, chat.waiting_since, chat.unread, chat.alarm = RESOLVED, FAR_OFF, 0, 0
    chat.undelivered = 0  # who resolves it has seen what did not arrive
    timeline.record(CLOSED, chat.customer, by=by, subject=chat)
    timeline.answered(chat.customer)
    return chat


def reopen(chat: Conversation, *, by: Staff) -> Conversation:
    if chat.is_open:
        raise Refused(N_("这个对话本来就开着"))
    chat.state = OPEN
    timeline.record(REOPENED, chat.customer, by=by, subject=chat)
    return chat
