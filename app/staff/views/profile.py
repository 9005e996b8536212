"""My own page: language and password."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core.db import db, let_go
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.staff import accounts, signing_in
from app.staff.forms import LanguageForm, PasswordForm
from app.staff.roles import LABELS
from app.staff.signing_in import me

bp = Blueprint("profile", __name__)


@bp.get("/settings/me")
@door("profile.write")
def show():
    return _page()


@bp.post("/settings/me/language")
@door("profile.write")
def language():
    form = LanguageForm()
    if not form.validate():
        return _page(language=form, status=422)
    me().language = form.language.data
    db.session.commit()
    return see(url_for(".show"))


@bp.post("/settings/me/password")
@door("profile.write")
def password():
    form = PasswordForm()
    if not form.validate():
        return _page(password=form, status=422)
    try:
        signing_in.confirm(me(), form.current.data, address=request.remote_addr or "")
        let_go()
        new_hash = accounts.hashed(form.password.data, me().name)
    except Refused as no:
        refuse(form, no, "current" if no.field is None else None)
        return _page(password=form, status=422)
    accounts.change_password(me(), new_hash, by=me())
    token = signing_in.open_session(me())
    db.session.commit()
    answer = see(url_for(".show"), say=_("密码已改，其他设备都要重新登录"))
    return signing_in.give_cookie(answer, token)


def _page(status=200, language=None, password=None):
    return page(
        "staff/profile/show.html",
        language_form=language or LanguageForm(None, data={"language": me().language}),
        password_form=password or PasswordForm(None),
        role=LABELS[me().role],
        status=status,
    )
