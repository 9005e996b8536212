"""Notes among colleagues: lines of a thread that no customer ever sees."""

from collections.abc import Iterable

from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.inbox import indexing, nudging
from app.inbox.models import EVENT, NOTE, Conversation, Message
from app.staff import accounts
from app.staff.models import Staff

# What happened among colleagues, as the thread tells it: a row keeps the word and the names.
EVENTS = {
    "claimed": N_("%(by)s 认领了对话"),
    "given": N_("%(by)s 把对话交给了 %(to)s"),
    "offered": N_("%(by)s 想把对话交给 %(to)s"),
    "accepted": N_("%(by)s 接下了对话"),
    "declined": N_("%(by)s 现在接不了"),
    "withdrawn": N_("%(by)s 收回了，不用 %(to)s 接"),
    "snoozed": N_("%(by)s 把对话推迟到 %(to)s"),
    "until_they_write": N_("%(by)s 把对话推迟到客户再来消息"),
    "woken": N_("推迟的时间到了"),
    "topic": N_("%(by)s 提了主题：%(to)s"),
    "taken": N_("%(by)s 接手了对话，原来由 %(to)s 接待"),
}


def write(chat: Conversation, text: str, *, by: Staff, told: Iterable[Staff] = ()) -> Message:
    """A note in the thread. Whoever is picked or called by «@name» is told, and may look."""
    text = text.strip()
    if not text:
        raise Refused(N_("便笺还是空的：写一句再保存"), field="text")
    note = Message(
        conversation_id=chat.id, inbound=False, kind=NOTE, text=text, details={}, at=now(),
        by_id=by.id,
    )  # fmt: skip
    db.session.add(note)
    wanted = {person.id: person for person in [*told, *called(text)]}
    for person in wanted.values():
        if person.id != by.id:
            nudging.want(chat, person, nudging.NAMED, by=by)
    note.details = {"told": [person.display for person in wanted.values() if person.id != by.id]}
    db.session.flush()
    indexing.add(note)
    return note


def called(text: str) -> list[Staff]:
    """The colleagues whom a text calls by «@name»; of 小李 and 小李子 the longer one is meant."""
    found = []
    for person in sorted(accounts.active(), key=lambda one: -len(one.display)):
        if f"@{person.display}" in text:
            text = text.replace(f"@{person.display}", "")
            found.append(person)
    return found


def note_down(
    chat: Conversation, what: str, *, by: Staff | None, to: Staff | str = "", reason: str = ""
) -> Message:
    """A line of the thread that says what happened among colleagues, and why."""
    names = {"by": by.display if by else "", "to": to if isinstance(to, str) else to.display}
    line = Message(
        conversation_id=chat.id, inbound=False, kind=EVENT, text=reason,
        details={"what": what, **names}, at=now(), by_id=by.id if by else None,
    )  # fmt: skip
    db.session.add(line)
    db.session.flush()
    indexing.add(line)
    return line
