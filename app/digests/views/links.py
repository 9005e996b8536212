"""The pages behind the links of a message: looking shows, a tap on the button acts.

No session and no token: the signed link is the secret. A link preview only looks, so it changes
nothing; that a person has opened the page is told by the page's own script, with a POST.
"""

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import platform
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.core.words import speaking
from app.digests import acting, letters, links
from app.digests.forms import NoteForm
from app.digests.models import MONTH, WEEK

bp = Blueprint("links", __name__)


@bp.get("/a/<token>")
@platform
def show(token):
    try:
        found = links.find(token)
    except Refused as no:
        return _over(no)
    return _shown(token, found)


@bp.post("/a/<token>")
@platform
def act(token):
    try:
        found = links.find(token)
    except Refused as no:
        return _over(no)
    form = NoteForm()
    if not form.validate():
        return _shown(token, found, form, 422)
    try:
        acting.act(found, text=form.text.data, what=_("回访"), address=request.remote_addr or "")
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _shown(token, links.find(token), form, 422)
    db.session.commit()
    return see(url_for(".show", token=token))


@bp.post("/a/<token>/opened")
@platform
def opened(token):
    try:
        acting.opened(links.find(token))
    except Refused:
        return Response(status=204)
    db.session.commit()
    return Response(status=204)


def _shown(token, found, form=None, status=200):
    with speaking(found.person.language):
        if found.delivery.kind in (WEEK, MONTH):
            shown = letters.brief(found.delivery)
            return page("digests/links/brief.html", token=token, status=status, **shown)
        if found.line is None:
            return page(
                "digests/links/list.html", token=token, name=found.person.display,
                is_settled=acting.is_settled, status=status,
                **letters.contents(found.delivery),
            )  # fmt: skip
        to = acting.moves_to(found.line)
        return page(
            "digests/links/show.html", token=token, found=found,
            ask={**links.ASKS, **links.asks(found.line)}[found.purpose],
            form=form or NoteForm(None), used=acting.is_used(found),
            settled=acting.is_settled(found.line), status=status,
            row=letters.row(found.delivery, found.line), list_url=_list_url(found.delivery),
            to=letters.day_words(to), next_day=acting.is_tomorrow(to),
        )  # fmt: skip


def _list_url(delivery):
    return url_for(".show", token=links.write(links.LIST, delivery.id, delivery))


def _over(no):
    return page("digests/links/over.html", reason=no.message, status=410)
