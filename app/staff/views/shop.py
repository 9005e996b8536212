"""The shop's own page: name, trade, clock, and its picture."""

from contextlib import closing

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired

from app.core import files, shop
from app.core.db import db
from app.core.doors import door, public
from app.core.errors import Refused
from app.core.forms import Form, refuse
from app.core.settings import declared
from app.core.web import YEAR, page, see
from app.staff import audit, logo
from app.staff.signing_in import me
from app.staff.views.rules import form_of

bp = Blueprint("shop", __name__)


class LogoForm(Form):
    file = FileField(
        _l("图片"),
        [FileRequired(_l("请选一张图片"))],
        render_kw={"accept": "image/png,image/jpeg,image/webp,image/gif"},
    )


@bp.get("/settings/shop")
@door("settings.write")
def show():
    return _page(LogoForm(None))


@bp.post("/settings/shop/logo")
@door("settings.write")
def put_logo():
    form = LogoForm()
    if not form.validate():
        return _page(form, 422)
    try:
        with closing(form.file.data) as sent:
            logo.put(sent.stream)
    except Refused as no:
        refuse(form, no)
        return _page(form, 422)
    return _changed(_("换好了"))


@bp.post("/settings/shop/logo/removal")
@door("settings.write")
def remove_logo():
    logo.remove()
    return _changed(_("去掉了"))


@bp.get("/shop/logo/<name>")
@public
def picture(name):
    """The present picture, for the sign-in page too; another name is another picture."""
    if not name or name != shop.logo():
        abort(404)
    answer = files.hand_out(logo.place(name), "image/jpeg", "logo.jpg")
    answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return answer


def _changed(say):
    audit.log(me(), "settings.changed", "setting:shop.logo", address=request.remote_addr or "")
    db.session.commit()
    shop.look_again()
    return see(url_for(".show"), say=say)


def _page(form, status=200):
    own = [one for one in declared.values() if one.room == "shop"]
    return page(
        "staff/shop/show.html", part="staff/shop/_logo.html", status=status,
        forms=[(one, form_of(one, blank=True)) for one in own], logo_form=form,
    )  # fmt: skip
