"""The board of a community: a column for each state, cards that one moves."""

import re

from flask import Blueprint, abort, url_for
from flask_babel import gettext as _

from app.community import groups, listing, moving, terms
from app.community.models import Group
from app.community.topic_forms import MoveForm
from app.community.views.topics import find, words
from app.core.db import db
from app.core.doors import door
from app.core.web import arg, done, page
from app.staff.signing_in import me

bp = Blueprint("boards", __name__)

PRESSED = re.compile(r"(\d{1,9})~(\d{1,9})~([a-z]{1,16})")


@bp.get("/groups/<int:group_id>/board")
@door("topics.write")
def show(group_id):
    return page("community/boards/show.html", part="community/boards/_board.html",
                **_screen(_find(group_id)))  # fmt: skip


@bp.post("/groups/<int:group_id>/board")
@door("topics.write")
def move(group_id):
    """Put a card into another column: dragged, by the arrow keys, or from its «移到». What is
    pressed names the card, the version that was shown, and the column."""
    group, form = _find(group_id), MoveForm()
    pressed = PRESSED.fullmatch(form.move.data or "") or abort(404)
    topic = find(int(pressed[1]))
    moving.move(topic, pressed[3], by=me(), version=int(pressed[2]))
    db.session.commit()
    shown = _screen(group)
    url = url_for(".show", group_id=group.id, whose=shown["whose"], kind=shown["kind"] or None)
    return done("community/boards/_board.html", url, say=_("移好了"), **shown)


def _find(group_id):
    return db.one_or_404(db.select(Group).where(Group.id == group_id, Group.gone_at.is_(None)))


def _screen(group):
    whose, kind = arg("whose", "all"), arg("kind")
    whose = whose if whose in listing.WHOSE else "all"
    kind = kind if kind in terms.KINDS else ""
    every = groups.every()
    return {
        "group": group, "whose": whose, "kind": kind, "all_whose": listing.WHOSE,
        "columns": listing.board(me(), group.id, whose=whose, kind=kind), "ways": moving.WAYS,
        "groups": every, "most": listing.MOST_COUNTED, **words(every),
    }  # fmt: skip
