"""My own page: language and password."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core.db import db, let_go
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.staff import accounts, devices, signing_in
from app.staff.forms import AttentionForm, LanguageForm, PasswordForm
from app.staff.models import StaffSession
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


@bp.post("/settings/me/sessions/<int:session_id>/ending")
@door("profile.write")
def end_session(session_id):
    mine = (StaffSession.id == session_id, StaffSession.staff_id == me().id)
    devices.end(db.one_or_404(db.select(StaffSession).where(*mine)), by=me())
    db.session.commit()
    return see(url_for(".show"), say=_("那台设备退出了"))


@bp.post("/settings/me/sessions/ending")
@door("profile.write")
def end_sessions():
    devices.end_all(me(), by=me(), but=signing_in.session_in_hand())
    db.session.commit()
    return see(url_for(".show"), say=_("其他设备都退出了"))


@bp.post("/settings/me/attention")
@door("profile.write")
def attention():
    form = AttentionForm()
    if not form.validate():
        return _page(attention=form, status=422)
    me().sound, me().notices = form.sound.data, form.notices.data
    db.session.commit()
    return see(url_for(".show"), say=_("已保存"))


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
        return signing_in.refused(_page(password=form), no)
    accounts.change_password(me(), new_hash, by=me())
    token = signing_in.open_session(me(), **signing_in.asking())
    db.session.commit()
    answer = see(url_for(".show"), say=_("密码已改，其他设备都要重新登录"))
    return signing_in.give_cookie(answer, token)


def _page(status=200, language=None, password=None, attention=None):
    return page(
        "staff/profile/show.html",
        language_form=language or LanguageForm(None, data={"language": me().language}),
        password_form=password or PasswordForm(None),
        attention_form=attention or AttentionForm(None, obj=me()),
        role=LABELS[me().role],
        sessions=devices.of(me()),
        device=devices.words,
        in_hand=signing_in.session_in_hand(),
        status=status,
    )
