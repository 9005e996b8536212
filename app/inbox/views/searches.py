"""Search inside messages: the place found, and the way to it."""

from flask import Blueprint, url_for

from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import arg, number_arg, page
from app.inbox import receiving, searching
from app.inbox.forms import SearchForm
from app.inbox.views.conversations import find
from app.staff.signing_in import me

bp = Blueprint("searches", __name__)


@bp.get("/inbox/search")
@door("inbox.read")
def index():
    typed, chat_id = arg("q"), number_arg("chat")
    chat = find(chat_id) if chat_id else None
    form = SearchForm(None, q=typed, chat=chat_id)
    found = searching.Found([], None)
    try:
        if typed:
            found = searching.search(me(), typed, before=number_arg("before"), chat_id=chat_id)
    except Refused as no:
        refuse(form, no)
    return page(
        "inbox/searches/index.html",
        status=422 if form.errors else 200,
        form=form,
        typed=typed,
        chat=chat,
        hits=found.hits,
        complete=searching.is_complete(),
        next_url=_next(typed, chat_id, found.next),
        message_kinds=receiving.KINDS,
    )


def _next(typed, chat_id, before):
    return before and url_for(".index", q=typed, chat=chat_id, before=before)
