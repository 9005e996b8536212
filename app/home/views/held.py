"""What a restored shop had not sent: send it after all, or leave it."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core import outbox
from app.core.db import db
from app.core.doors import door
from app.core.outbox import Letter
from app.core.web import done, page
from app.home import held
from app.inbox import receiving
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("held", __name__)


@bp.get("/settings/held")
@door("backups.manage")
def index():
    return page("home/held/index.html", part="home/held/_list.html", **_screen())


@bp.post("/settings/held/<int:letter_id>/release")
@door("backups.manage")
def release(letter_id):
    return _decided(_find(letter_id), outbox.release, "letter.released", _("好的，马上发出"))


@bp.post("/settings/held/<int:letter_id>/drop")
@door("backups.manage")
def drop(letter_id):
    return _decided(_find(letter_id), outbox.drop, "letter.dropped", _("好的，不发了"))


@bp.post("/settings/held/drops")
@door("backups.manage")
def drop_all():
    """All that the page shows; what it does not show is not decided."""
    ids = [int(one) for one in request.form.getlist("letter") if one.isascii() and one.isdigit()]
    for letter in held.some(ids[: held.SHOWN]):
        outbox.drop(letter)
        audit.log(me(), "letter.dropped", f"letter:{letter.id}")
    db.session.commit()
    return done("home/held/_list.html", url_for(".index"), say=_("好的，都不发了"), **_screen())


def _find(letter_id):
    return db.one_or_404(db.select(Letter).where(Letter.id == letter_id, Letter.state == "held"))


def _decided(letter, decide, what, say):
    decide(letter)
    audit.log(me(), what, f"letter:{letter.id}")
    db.session.commit()
    return done("home/held/_list.html", url_for(".index"), say=say, **_screen())


def _screen():
    return {"letters": held.waiting(), "message_kinds": receiving.KINDS}
