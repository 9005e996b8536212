"""The board of a community: a column for each state, cards that one moves."""

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.community import groups, listing, moving, terms
from app.community.models import Group
from app.community.topic_forms import StateForm
from app.community.views.topics import find, version_of, words
from app.core.db import db
from app.core.doors import door
from app.core.web import arg, done, page
from app.staff.signing_in import me

bp = Blueprint("boards", __name__)


@bp.get("/groups/<int:group_id>/board")
@door("topics.write")
def show(group_id):
    return page("community/boards/show.html", part="community/boards/_board.html",
                **_screen(_find(group_id)))  # fmt: skip


@bp.post("/groups/<int:group_id>/board/<int:topic_id>")
@door("topics.write")
def move(group_id, topic_id):
    """Put a card into another column: dragged, by the arrow keys, or from its «移到»."""
    group, topic, form = _find(group_id), find(topic_id), StateForm()
    moving.move(topic, form.state.data or "", by=me(), version=version_of(form))
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
    return {
        "group": group, "whose": whose, "kind": kind, "all_whose": listing.WHOSE,
        "columns": listing.board(me(), group.id, whose=whose, kind=kind), "ways": moving.WAYS,
        "most": listing.MOST_COUNTED, "groups": groups.every(), **words(),
    }  # fmt: skip
