"""A colleague is writing: told by the browser every few seconds while keys are pressed."""

from flask import Blueprint, Response, url_for

from app.core.db import db
from app.core.doors import door
from app.core.web import see, wants_part
from app.inbox import presence
from app.inbox.views.conversations import find
from app.staff.signing_in import me

bp = Blueprint("presences", __name__)


@bp.post("/inbox/<int:chat_id>/presence")
@door("inbox.write")
def create(chat_id):
    chat = find(chat_id)
    presence.write(chat, by=me())
    db.session.commit()
    if wants_part():
        return Response(status=204)
    return see(url_for("conversations.show", chat_id=chat.id))
