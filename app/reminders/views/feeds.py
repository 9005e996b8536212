"""A colleague's calendar address: made, shown once, taken back; and the calendar behind it."""

from flask import Blueprint, Response, abort, current_app, request, url_for
from flask_babel import gettext as _

from app.core import shop
from app.core.db import db
from app.core.doors import door, public
from app.core.web import page, see
from app.reminders import feeds
from app.reminders.views.sentences import about
from app.staff.signing_in import me

bp = Blueprint("feeds", __name__)


@bp.get("/profile/calendar")
@door("profile.write")
def edit():
    return _page()


@bp.post("/profile/calendar")
@door("profile.write")
def create():
    token = feeds.make(me())
    db.session.commit()
    return _page(_absolute(url_for(".show", token=token)))


@bp.post("/profile/calendar/revocation")
@door("profile.write")
def revoke():
    feeds.revoke(me())
    db.session.commit()
    return see(url_for(".edit"), say=_("停掉了，原来的地址不能再用"))


@bp.get("/calendar/<token>.ics")
@public
def show(token):
    """The address is the key: no session, and nothing but 404 for a wrong one."""
    person = feeds.reader_of(token) or abort(404)
    text = feeds.calendar(
        person,
        name=_("%(shop)s · 跟进", shop=shop.name() or _("熟客")),
        about=about,
        address_of=lambda number: _absolute(url_for("followups.show", followup_id=number)),
    )
    return Response(text, content_type="text/calendar; charset=utf-8")


def _absolute(path):
    settings = current_app.config["SHUKE"]
    return (settings.public_url or request.host_url).rstrip("/") + path


def _page(address=""):
    return page("reminders/feeds/edit.html", address=address, feed=feeds.of(me()))
