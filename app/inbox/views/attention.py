"""The number in the menu and the title, while one works on another page."""

from flask import Blueprint, Response, url_for

from app.core.doors import door
from app.core.web import arg, page, see, wants_part
from app.inbox import listing
from app.staff.signing_in import me

bp = Blueprint("attention", __name__)


@bp.get("/inbox/unread")
@door("inbox.read")
def show():
    """Asked every quarter of a minute by every open page: 204 while the number is the same."""
    if not wants_part():
        return see(url_for("conversations.index"))
    unread = listing.unread_of(me())
    if arg("seen") == str(unread):
        return Response(status=204)
    return page("inbox/attention/_news.html", unread=unread)
