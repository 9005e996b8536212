"""Conversations change hands among colleagues: given, offered and answered, taken over."""

from app.core.db import db
from app.core.errors import N_, Refused
from app.customers import timeline
from app.inbox import assigning, noting, nudging, presence
from app.inbox.models import Conversation, Nudge
from app.staff.models import Staff

GIVEN = timeline.kind("chat.given", N_("对话换人接待"), "to", "text", group="talk")


def give(chat: Conversation, to: Staff, *, reason: str, by: Staff) -> Conversation:
    """Give it to a colleague at once. They are told, and the thread keeps the reason."""
    _check(chat, to, reason, by)
    noting.note_down(chat, "given", by=by, to=to, reason=reason)
    _passes_to(chat, to, reason=reason, by=by)
    nudging.want(chat, to, nudging.GIVEN, by=by)
    return chat


def offer(chat: Conversation, to: Staff, *, reason: str, by: Staff) -> Nudge:
    """Ask a colleague whether they take it. Until they say yes, everything stays as it is."""
    _check(chat, to, reason, by)
    nudging.withdraw_offers(chat)
    noting.note_down(chat, "offered", by=by, to=to, reason=reason)
    return nudging.want(chat, to, nudging.OFFERED, by=by)


def accept(chat: Conversation, *, by: Staff) -> Conversation:
    _answer(chat, by)
    noting.note_down(chat, "accepted", by=by)
    _passes_to(chat, by, reason="", by=by)
    return chat


def decline(chat: Conversation, *, by: Staff) -> Conversation:
    """No; whoever asked is told."""
    nudge = _answer(chat, by)
    noting.note_down(chat, "declined", by=by)
    if nudge.by:
        nudging.want(chat, nudge.by, nudging.DECLINED, by=by)
    return chat


def withdraw(chat: Conversation, *, by: Staff) -> Conversation:
    """Whoever asked, or has the conversation, thinks better of it."""
    offered = [nudge for nudge in nudging.open_at(chat) if nudge.kind == nudging.OFFERED]
    if not offered:
        raise Refused(N_("没有等人接的对话：可能已经有人接下了，请刷新看看"))
    if by.id not in (offered[0].by_id, chat.assignee_id) and not by.may("customers.assign"):
        raise Refused(N_("这是%(name)s提出的，请让他来收回"), name=_name(offered[0].by))
    nudging.withdraw_offers(chat)
    noting.note_down(chat, "withdrawn", by=by, to=offered[0].staff)
    return chat


def take_over(chat: Conversation, *, by: Staff) -> Conversation:
    """Go on in a colleague's place; the colleague is told."""
    before = chat.assignee
    presence.quieten(chat, but=by)
    if before is None:
        return assigning.claim(chat, by=by)
    if before.id == by.id:
        return chat
    noting.note_down(chat, "taken", by=by, to=before)
    _passes_to(chat, by, reason="", by=by)
    if before.is_active:
        nudging.want(chat, before, nudging.TAKEN, by=by)
    return chat


def _check(chat: Conversation, to: Staff, reason: str, by: Staff) -> None:
    if not to.is_active:
        raise Refused(N_("%(name)s 已经停用，请选另一位同事"), field="to", name=to.display)
    if to.id == chat.assignee_id:
        raise Refused(N_("本来就由%(name)s接待，请选另一位同事"), field="to", name=to.display)
    if not reason:
        raise Refused(N_("还没有写原因：写一句，接的人才知道从哪里接着谈"), field="reason")
    if chat.assignee_id not in (None, by.id) and not by.may("customers.assign"):
        raise Refused(
            N_("这个对话由%(name)s接待，请他自己交出来，或者请店长来分配"),
            name=_name(chat.assignee),
        )


def _passes_to(chat: Conversation, to: Staff, *, reason: str, by: Staff) -> None:
    nudging.withdraw_offers(chat)
    assigning.bring_along(chat, to, by=by)
    chat.assignee_id = to.id
    db.session.flush()
    db.session.refresh(chat)
    timeline.record(GIVEN, chat.customer, by=by, subject=chat, to=to.display, text=reason)


def _answer(chat: Conversation, by: Staff) -> Nudge:
    mine = [n for n in nudging.open_at(chat) if n.staff_id == by.id and n.kind == nudging.OFFERED]
    if not mine or not nudging.close(mine[0]):
        raise Refused(N_("这个对话已经不用你接了：可能被收回，或者别人接下了"))
    return mine[0]


def _name(person: Staff | None) -> str:
    return person.display if person else ""
