"""Put a conversation off."""

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.inbox import snoozing
from app.inbox.forms import SnoozeForm
from app.inbox.views.conversations import find
from app.staff.signing_in import me

bp = Blueprint("snoozes", __name__)


@bp.get("/inbox/<int:chat_id>/snooze/new")
@door("inbox.write")
def new(chat_id):
    return _page(find(chat_id), SnoozeForm(None))


@bp.post("/inbox/<int:chat_id>/snooze")
@door("inbox.write")
def create(chat_id):
    chat, form = find(chat_id), SnoozeForm()
    if not form.validate():
        return _page(chat, form, 422)
    try:
        until = snoozing.moment_of(form.to.data, form.at.data)
        snoozing.snooze(chat, until, by=me())
    except Refused as no:
        refuse(form, no)
        return _page(chat, form, 422)
    db.session.commit()
    return see(url_for("conversations.index"), say=_("已推迟，到时候会自己回来"))


def _page(chat, form, status=200):
    return page("inbox/snoozes/new.html", status=status, chat=chat, form=form)
