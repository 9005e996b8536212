"""群活码: its page for colleagues, the sheet to print, and what a visitor of /g/ sees."""

import io
from contextlib import closing
from datetime import timedelta

import segno
from flask import Blueprint, Response, abort, current_app, url_for
from flask_babel import gettext as _

from app.community import codes, groups
from app.community.forms import PeopleForm, PictureForm
from app.community.models import Group, QrPicture
from app.community.views.groups import about, led
from app.core import files
from app.core.clock import today
from app.core.db import db
from app.core.doors import door, public
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.staff.signing_in import me

bp = Blueprint("codes", __name__)

SIZES = ("a4", "a6")


@bp.get("/groups/<int:group_id>/code")
@door("topics.write")
def show(group_id):
    return _page(led(group_id), _form())


@bp.post("/groups/<int:group_id>/code")
@door("topics.write")
def create(group_id):
    group, form = led(group_id), PictureForm()
    if not form.validate():
        return _page(group, form, 422)
    try:
        with closing(form.file.data) as sent:
            codes.put(group, sent.stream, ends_on=form.ends_on.data, sure=form.sure.data, by=me())
    except Refused as no:
        refuse(form, no)
        return _page(group, form, 422, asks=no.message == codes.NO_CODE)
    db.session.commit()
    return see(url_for(".show", group_id=group.id), say=_("换好了"))


@bp.post("/groups/pictures/<int:picture_id>/full")
@door("topics.write")
def mark_full(picture_id):
    return _changed(_find(picture_id), codes.mark_full)


@bp.post("/groups/pictures/<int:picture_id>/people")
@door("topics.write")
def count(picture_id):
    picture, counting = _find(picture_id), PeopleForm()
    if not counting.validate():
        return _page(picture.group, _form(), 422, counting=counting)
    try:
        codes.count(picture, counting.people.data, by=me())
    except Refused as no:
        refuse(counting, no)
        return _page(picture.group, _form(), 422, counting=counting)
    db.session.commit()
    return see(url_for(".show", group_id=picture.group_id), say=_("记好了，从这个数接着数"))


@bp.post("/groups/pictures/<int:picture_id>/opening")
@door("topics.write")
def mark_open(picture_id):
    return _changed(_find(picture_id), codes.mark_open)


@bp.post("/groups/pictures/<int:picture_id>/removal")
@door("topics.write")
def remove(picture_id):
    return _changed(_find(picture_id), codes.remove)


@bp.get("/groups/pictures/<int:picture_id>")
@door("topics.write")
def picture(picture_id):
    return _handed_out(_find(picture_id))


@bp.get("/groups/<int:group_id>/code.svg")
@door("topics.write")
def drawn(group_id):
    """The lasting address as a QR code."""
    out = io.BytesIO()
    code = segno.make(_address(led(group_id)), error="m", micro=False)
    code.save(out, kind="svg", scale=5, border=4, light="#ffffff", svgclass=None, lineclass=None)
    return Response(out.getvalue(), mimetype="image/svg+xml")


@bp.get("/groups/<int:group_id>/code/<any(a4, a6):size>")
@door("topics.write")
def sheet(group_id, size):
    """A sheet for the counter."""
    group = led(group_id)
    return page(
        "community/codes/sheet.html", group=group, size=size, sizes=SIZES, address=_address(group)
    )


@bp.get(f"{codes.PLACE}<code>")
@public
def visit(code):
    """What somebody sees who opens the lasting address."""
    group = codes.behind(code)
    if group is None:
        abort(404)
    now_shown = codes.shown(codes.row_of(group))
    if now_shown:
        codes.visited(now_shown)
    answer = page(
        "community/codes/visit.html", group=group, picture=now_shown,
        days=codes.days_left(now_shown) if now_shown else 0,
    )  # fmt: skip
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@bp.get(f"{codes.PLACE}<code>/<name>.jpg")
@public
def visited_picture(code, name):
    """The picture that is shown there now, and no other."""
    group = codes.behind(code)
    now_shown = codes.shown(codes.row_of(group)) if group else None
    if now_shown is None or now_shown.file != name:
        abort(404)
    return _handed_out(now_shown)


def _handed_out(picture):
    path = codes.path_of(picture)
    if not path.exists():  # a backup without its files
        abort(404)
    return files.hand_out(path, "image/jpeg", "qr.jpg")


def _find(picture_id):
    mine = groups.led_by(me()).with_only_columns(Group.id)
    here = db.select(QrPicture).where(QrPicture.id == picture_id, QrPicture.group_id.in_(mine))
    return db.one_or_404(here)


def _changed(picture, act):
    act(picture, by=me())
    db.session.commit()
    return see(url_for(".show", group_id=picture.group_id), say=_("保存好了"))


def _form():
    return PictureForm(None, ends_on=today() + timedelta(days=codes.LASTS))


def _address(group):
    return current_app.config["SHUKE"].address + url_for(".visit", code=group.code)


def _page(group, form, status=200, asks=False, counting=None):
    row = codes.row_of(group)
    return page(
        "community/codes/show.html", part="community/codes/_code.html", status=status, row=row,
        now_shown=codes.shown(row), days_left=codes.days_left, form=form, asks=asks,
        counting=counting or PeopleForm(None), visits_left=codes.visits_left,
        address=_address(group), is_public=current_app.config["SHUKE"].has_address,
        soon=codes.SOON, full=codes.FULL, most=codes.MOST, **about(group),
    )  # fmt: skip
