"""Answer, and decide about a doubtful bubble."""

from flask import Blueprint, url_for

from app.core import outbox
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import LARGEST_ID, done, page
from app.inbox import presence, quick_pictures, quick_replies, replying
from app.inbox.forms import ReplyForm
from app.inbox.models import Message
from app.inbox.views.conversations import find, screen
from app.staff.signing_in import me

bp = Blueprint("messages", __name__)


@bp.post("/inbox/<int:chat_id>/messages")
@door("inbox.write")
def create(chat_id):
    chat = find(chat_id)
    form = ReplyForm()
    if not form.validate():
        return _again(chat, form)
    try:
        presence.give_way(chat, by=me())
        _reply(chat, form)
    except Refused as no:
        db.session.rollback()  # of several messages the first may be written down already
        refuse(form, no)
        return _again(chat, form)
    db.session.commit()
    return _done(chat)


@bp.post("/inbox/<int:chat_id>/messages/<int:message_id>/resend")
@door("inbox.write")
def resend(chat_id, message_id):
    chat, message = _find_sent(chat_id, message_id)
    replying.send_again(message)
    db.session.commit()
    return _done(chat)


@bp.post("/inbox/<int:chat_id>/messages/<int:message_id>/delivered")
@door("inbox.write")
def delivered(chat_id, message_id):
    chat, message = _find_sent(chat_id, message_id)
    outbox.mark_delivered(message.letter)
    db.session.commit()
    return _done(chat)


def _reply(chat, form):
    """What is typed is one message; what a quick reply put there may be several."""
    text, quick = form.text.data, _number(form.quick.data)
    if quick is None:
        replying.reply(chat, text, by=me(), once=form.once.data)
        return
    kept = quick_replies.find(me(), quick)
    picture, once = kept.picture if kept else "", form.once.data
    is_new = replying.reply_all(
        chat, quick_replies.parts(kept, text), by=me(), once=once, more=1 if picture else 0
    )
    if not is_new:  # the same form sent twice: its picture has gone out, its use is counted
        return
    if picture:
        name = quick_pictures.for_message(picture)
        replying.reply_with(chat, "image", name, picture, by=me(), once=once)
    quick_replies.count_use(me(), quick)


def _number(text):
    return min(int(text), LARGEST_ID) if text.isascii() and text.isdigit() else None


def _find_sent(chat_id, message_id):
    chat = find(chat_id)
    sent = db.select(Message).where(
        Message.id == message_id, Message.conversation_id == chat.id, Message.letter_id.is_not(None)
    )
    return chat, db.one_or_404(sent)


def _again(chat, form):
    return page(
        "inbox/conversations/alone.html",
        part="inbox/conversations/_thread.html",
        status=422,
        **screen(chat, form),
    )


def _done(chat):
    url = url_for("conversations.show", chat_id=chat.id)
    return done("inbox/conversations/_thread.html", url, **screen(chat))
