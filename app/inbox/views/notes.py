"""Notes among colleagues, in the thread."""

from flask import Blueprint, url_for

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import done, page
from app.inbox import noting
from app.inbox.forms import NoteForm
from app.inbox.views.conversations import find, screen
from app.staff import accounts
from app.staff.signing_in import me

bp = Blueprint("notes", __name__)


@bp.get("/inbox/<int:chat_id>/notes/new")
@door("inbox.write")
def new(chat_id):
    return _page(find(chat_id), _form(None))


@bp.post("/inbox/<int:chat_id>/notes")
@door("inbox.write")
def create(chat_id):
    chat, form = find(chat_id), _form()
    if not form.validate():
        return _page(chat, form, 422)
    told = [person for person in accounts.active() if person.id in form.told.data]
    try:
        noting.write(chat, form.text.data, by=me(), told=told)
    except Refused as no:
        refuse(form, no)
        return _page(chat, form, 422)
    db.session.commit()
    url = url_for("conversations.show", chat_id=chat.id)
    return done("inbox/conversations/_thread.html", url, **screen(chat))


def _form(*formdata):
    form = NoteForm(*formdata)
    form.told.choices = [(p.id, p.display) for p in accounts.active() if p.id != me().id]
    return form


def _page(chat, form, status=200):
    return page("inbox/notes/new.html", part="inbox/notes/_new.html", status=status,
                chat=chat, form=form)  # fmt: skip
