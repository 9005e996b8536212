"""Quick replies: the panel beside a composer, and the pages on which they are kept."""

from flask import Blueprint, abort, url_for
from flask_babel import gettext as _

from app.core import files
from app.core.db import db, intend, stop_writing
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.inbox import quick_pictures, quick_replies, variables
from app.inbox.forms import QuickReplyForm
from app.inbox.models import QuickReply
from app.inbox.quick_replies import Typed
from app.inbox.views.conversations import find as find_chat
from app.staff.signing_in import me

bp = Blueprint("quick_replies", __name__)

TYPED = ("title", "text", "section", "link", "link_title", "code")


@bp.get("/inbox/<int:chat_id>/quick-replies")
@door("inbox.write")
def panel(chat_id):
    """What may be put into this conversation's composer, filled in for its customer."""
    chat = find_chat(chat_id)
    return page(
        "inbox/quick_replies/panel.html",
        part="inbox/quick_replies/_panel.html",
        chat=chat,
        sections=quick_replies.sections(me()),
        sought=quick_replies.sought,
        filled=lambda row: quick_replies.filled(row, chat, by=me()),
        is_drawn=quick_pictures.small_of,
    )


@bp.get("/inbox/quick-replies/<int:reply_id>/picture")
@door("inbox.write")
def picture(reply_id):
    """The picture that goes out with one, small: for the panel and the list."""
    reply = db.one_or_404(quick_replies.visible_to(me()).where(QuickReply.id == reply_id))
    path = quick_pictures.small_of(reply)
    if path is None:
        abort(404)
    return files.hand_out(path, "image/jpeg", "picture.jpg")


@bp.get("/settings/quick-replies")
@door("inbox.write")
def index():
    return page(
        "inbox/quick_replies/index.html",
        sections=quick_replies.sections(me()),
        pieces=quick_replies.pieces,
        all_of=quick_replies.whole,
        is_drawn=quick_pictures.small_of,
        may_share=_may_share(),
    )


@bp.get("/settings/quick-replies/new")
@door("inbox.write")
def new():
    return _page(None, QuickReplyForm(None, data={"shared": _may_share()}))


@bp.post("/settings/quick-replies")
@door("inbox.write")
def create():
    return _keep(None, lambda typed, shared: quick_replies.create(typed, by=me(), shared=shared))


@bp.get("/settings/quick-replies/<int:reply_id>")
@door("inbox.write")
def show(reply_id):
    reply = _find(reply_id)
    return _page(reply, QuickReplyForm(None, obj=reply))


@bp.post("/settings/quick-replies/<int:reply_id>")
@door("inbox.write")
def update(reply_id):
    reply = _find(reply_id)
    return _keep(
        reply, lambda typed, shared: quick_replies.edit(reply, typed, by=me(), shared=shared)
    )


@bp.post("/settings/quick-replies/<int:reply_id>/removal")
@door("inbox.write")
def remove(reply_id):
    reply = _find(reply_id)
    quick_replies.remove(reply)
    db.session.commit()
    quick_pictures.forget(reply.picture)
    return see(url_for(".index"), say=_("删掉了"))


def _find(reply_id):
    return db.one_or_404(quick_replies.editable_by(me()).where(QuickReply.id == reply_id))


def _may_share():
    return me().may("quick_replies.write")


def _keep(reply, put):
    form = QuickReplyForm()
    if not form.validate():
        return _page(reply, form, 422)
    picture = before = reply.picture if reply else ""
    try:
        picture = _picture(form, before)
        typed = {name: form[name].data for name in TYPED}
        put(Typed(**typed, picture=picture), form.shared.data and _may_share())
        if picture and picture != before:
            quick_pictures.make_small.later(picture)
    except Refused as no:
        refuse(form, no)
        db.session.rollback()
        if picture != before:
            quick_pictures.forget(picture)
        return _page(reply, form, 422)
    db.session.commit()
    if before != picture:
        quick_pictures.forget(before)
    return see(url_for(".index"), say=_("保存好了"))


def _picture(form, before):
    """The picture that it has from now on. Copying one holds no lock."""
    upload = form.picture.data
    if not upload or not upload.filename:
        return "" if form.without.data else before
    stop_writing()
    try:
        return quick_pictures.keep(upload.stream)
    except Refused as no:
        raise Refused(no.message, field="picture", **no.params) from no
    finally:
        intend("write")


def _page(reply, form, status=200):
    return page(
        "inbox/quick_replies/edit.html",
        reply=reply,
        form=form,
        meanings=variables.MEANINGS,
        is_drawn=quick_pictures.small_of,
        may_share=_may_share(),
        status=status,
    )
