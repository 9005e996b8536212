"""Claim a conversation, read it, resolve and reopen it."""

from flask import Blueprint, Response, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.web import done, see, wants_part
from app.inbox import assigning, closing, nudging
from app.inbox.models import Conversation
from app.inbox.views.conversations import find, screen
from app.staff.signing_in import me

bp = Blueprint("assignments", __name__)


@bp.post("/inbox/<int:chat_id>/claim")
@door("inbox.write")
def claim(chat_id):
    """Of two at once one wins, the other hears who; what one never saw stays a 404."""
    statement = assigning.claimable_by(me()).where(Conversation.id == chat_id)
    chat = db.one_or_404(statement)
    assigning.claim(chat, by=me())
    db.session.commit()
    return _done(chat)


@bp.post("/inbox/<int:chat_id>/reading")
@door("inbox.read")
def reading(chat_id):
    """The assignee, or whoever looks at nobody's conversation, has read it."""
    chat = find(chat_id)
    nudging.has_looked(chat, by=me())
    if chat.unread and chat.assignee_id in (None, me().id):
        chat.unread = 0
    db.session.commit()
    if wants_part():
        return Response(status=204, headers={"HX-Trigger": "has-read"})
    return see(url_for("conversations.show", chat_id=chat.id))


@bp.post("/inbox/<int:chat_id>/unreading")
@door("inbox.write")
def unread(chat_id):
    """Not done with it: it counts as unread again, and one goes back to the list."""
    chat = find(chat_id)
    chat.unread = max(chat.unread, 1)
    db.session.commit()
    return see(url_for("conversations.index"), say=_("已标为未读"))


@bp.post("/inbox/<int:chat_id>/resolution")
@door("inbox.write")
def resolve(chat_id):
    chat = find(chat_id)
    closing.resolve(chat, by=me())
    db.session.commit()
    return _done(chat)


@bp.post("/inbox/<int:chat_id>/reopening")
@door("inbox.write")
def reopen(chat_id):
    chat = find(chat_id)
    closing.reopen(chat, by=me())
    db.session.commit()
    return _done(chat)


def _done(chat):
    url = url_for("conversations.show", chat_id=chat.id)
    return done("inbox/conversations/_thread.html", url, **screen(chat))
