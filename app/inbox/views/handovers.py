"""Give a conversation to a colleague, or ask them; answer what was asked; take over."""

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import arg, done, page, see
from app.customers import finding
from app.inbox import handing
from app.inbox.forms import HandForm
from app.inbox.views.conversations import find, screen
from app.staff import accounts
from app.staff.models import Staff
from app.staff.signing_in import me

bp = Blueprint("handovers", __name__)


@bp.get("/inbox/<int:chat_id>/handovers/new")
@door("inbox.write")
def new(chat_id):
    chat = find(chat_id)
    return _page(chat, _form(chat, None))


@bp.post("/inbox/<int:chat_id>/handovers")
@door("inbox.write")
def create(chat_id):
    """At once, or as a question to the colleague."""
    chat = find(chat_id)
    form = _form(chat)
    if not form.validate():
        return _page(chat, form, 422)
    to = db.session.get_one(Staff, form.to.data)
    hand = handing.offer if form.how.data == "ask" else handing.give
    try:
        hand(chat, to, reason=form.reason.data, by=me())
    except Refused as no:
        refuse(form, no)
        return _page(chat, form, 422)
    db.session.commit()
    if form.how.data == "ask":
        return see(_after(chat), say=_("已经问%(name)s了", name=to.display))
    return see(_after(chat), say=_("已交给%(name)s", name=to.display))


@bp.post("/inbox/<int:chat_id>/handovers/acceptance")
@door("inbox.write")
def accept(chat_id):
    chat = find(chat_id)
    handing.accept(chat, by=me())
    db.session.commit()
    return _done(chat)


@bp.post("/inbox/<int:chat_id>/handovers/refusal")
@door("inbox.write")
def decline(chat_id):
    chat = find(chat_id)
    handing.decline(chat, by=me())
    db.session.commit()
    return see(_after(chat), say=_("已经告诉同事你接不了"))


@bp.post("/inbox/<int:chat_id>/handovers/withdrawal")
@door("inbox.write")
def withdraw(chat_id):
    chat = find(chat_id)
    handing.withdraw(chat, by=me())
    db.session.commit()
    return _done(chat)


@bp.post("/inbox/<int:chat_id>/takeover")
@door("inbox.write")
def take_over(chat_id):
    chat = find(chat_id)
    handing.take_over(chat, by=me())
    db.session.commit()
    return _done(chat)


def _form(chat, *formdata):
    form = HandForm(*formdata, how=arg("how", "give"))
    colleagues = [p for p in accounts.active() if p.id not in (chat.assignee_id, me().id)]
    form.to.choices = [(p.id, p.display) for p in colleagues]
    return form


def _page(chat, form, status=200):
    return page("inbox/handovers/new.html", status=status, chat=chat, form=form)


def _after(chat):
    """The thread, where one may still see it."""
    if finding.sees(me(), chat.customer):
        return url_for("conversations.show", chat_id=chat.id)
    return url_for("conversations.index")


def _done(chat):
    url = url_for("conversations.show", chat_id=chat.id)
    return done("inbox/conversations/_thread.html", url, **screen(chat))
