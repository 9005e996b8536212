"""Pictures, voices and films of a conversation: shown, saved, fetched again, sent, summed up."""

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _

from app.core import files, uploads
from app.core.db import db, intend, stop_writing
from app.core.doors import door
from app.core.errors import N_, Refused
from app.core.forms import refuse
from app.core.web import done, page
from app.customers.views.screens import looked_at
from app.inbox import attaching, gists, places, presence, receiving, replying, sharing
from app.inbox.forms import FileForm, GistForm
from app.inbox.models import Media, Message
from app.inbox.views.conversations import find, screen
from app.staff import access
from app.staff.signing_in import me

bp = Blueprint("attachments", __name__)

ENDINGS = {"image/jpeg": ".jpg", "audio/mpeg": ".mp3", "video/mp4": ".mp4"}
NOTHING = {
    "image": N_("先选一张图片"), "voice": N_("先录一段语音"), "video": N_("先选一段视频"),
    "file": N_("先选一个文件"),
}  # fmt: skip


@bp.get("/inbox/<int:chat_id>/media/<int:media_id>")
@door("inbox.read")
def show(chat_id, media_id):
    """The file itself, for those who may see the customer at this moment."""
    media = _find(chat_id, media_id)
    message = media.message
    if message.attached != attaching.READY:
        abort(404)
    path = files.where(attaching.FOLDER, media.file)
    small = files.small_of(path)
    kind, save = media.kind, "save" in request.args
    if "small" in request.args and small.exists():
        path, kind = small, "image/jpeg"
    if not path.exists():
        abort(404)
    if save:
        looked_at(message.conversation.customer, access.FILE)
    return files.hand_out(path, kind, _called(message, kind), save=save)


@bp.post("/inbox/<int:chat_id>/media/<int:media_id>/fetching")
@door("inbox.write")
def fetch(chat_id, media_id):
    media = _find(chat_id, media_id)
    attaching.fetch_again(media)
    db.session.commit()
    return _done(media.message.conversation)


@bp.get("/inbox/<int:chat_id>/media/<int:media_id>/gist")
@door("inbox.write")
def edit_gist(chat_id, media_id):
    media = _find(chat_id, media_id)
    return _gist(media, GistForm(None, gist=media.message.gist))


@bp.post("/inbox/<int:chat_id>/media/<int:media_id>/gist")
@door("inbox.write")
def write_gist(chat_id, media_id):
    media = _find(chat_id, media_id)
    form = GistForm()
    if not form.validate():
        return _gist(media, form, status=422)
    gists.write(media.message, form.gist.data)
    db.session.commit()
    return _done(media.message.conversation)


@bp.post("/inbox/<int:chat_id>/pictures")
@door("inbox.write")
def send_picture(chat_id):
    return _send(chat_id, "image")


@bp.post("/inbox/<int:chat_id>/voices")
@door("inbox.write")
def send_voice(chat_id):
    return _send(chat_id, "voice")


@bp.post("/inbox/<int:chat_id>/videos")
@door("inbox.write")
def send_video(chat_id):
    return _send(chat_id, "video")


@bp.post("/inbox/<int:chat_id>/files")
@door("inbox.write")
def send_file(chat_id):
    return _send(chat_id, "file")


@bp.post("/inbox/<int:chat_id>/places")
@door("inbox.write")
def send_place(chat_id):
    """Where the shop is."""
    chat, form = find(chat_id), FileForm()
    try:
        presence.give_way(chat, by=me())
        replying.reply_card(chat, places.ours(), "location", by=me(), once=form.once.data)
    except Refused as no:
        refuse(form, no, "file")
        return _again(chat, form)
    db.session.commit()
    return _done(chat)


def _send(chat_id, kind):
    chat = find(chat_id)
    form = FileForm()
    if not form.validate():
        return _again(chat, form)
    try:
        if kind == "file":
            sharing.admit(chat)
        stop_writing()  # copying a large file takes a moment; nothing is read until it is done
        kept = _kept(form, kind)
        intend("write")
        chat = find(chat_id)
        presence.give_way(chat, by=me())
        replying.reply_with(
            chat, kind, kept.name, kept.digest, by=me(), once=form.once.data, called=kept.called
        )
    except Refused as no:
        refuse(form, no, "file")
        return _again(chat, form)
    db.session.commit()
    return _done(chat)


def _kept(form, kind):
    upload = form.file.data
    if not upload or not upload.filename:
        raise Refused(NOTHING[kind])
    return uploads.keep(upload.stream, kind, attaching.FOLDER, called=upload.filename)


def _again(chat, form):
    """The thread as it was, with what is wrong with the file above the composer."""
    db.session.rollback()
    return page(
        "inbox/conversations/alone.html",
        part="inbox/conversations/_thread.html",
        status=422,
        **{**screen(chat), "file_once": form.once.data or "", "refused": form},
    )


def _gist(media, form, status=200):
    return page(
        "inbox/media/gist.html",
        part="inbox/media/_gist.html",
        status=status,
        media=media,
        form=form,
        kind=receiving.KINDS[media.message.kind],
    )


def _find(chat_id, media_id):
    chat = find(chat_id)
    held = db.select(Media).join(Message, Message.id == Media.message_id)
    return db.one_or_404(held.where(Media.id == media_id, Message.conversation_id == chat.id))


def _called(message, kind):
    """The name under which it is saved: a customer's own words, cleaned, or what it is."""
    if message.kind == "file" and message.text:
        shown = "".join(c for c in message.text if c.isprintable() and c not in "/\\")
        return shown[:120] or f"{message.id}"
    return f"{_(receiving.KINDS[message.kind])}-{message.id}{ENDINGS.get(kind, '')}"


def _done(chat):
    url = url_for("conversations.show", chat_id=chat.id)
    return done("inbox/conversations/_thread.html", url, **screen(chat))
