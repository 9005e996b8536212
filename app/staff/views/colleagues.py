"""Colleagues: who they are, their role and their browsers; invitations and new passwords."""

from flask import Blueprint, current_app, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.staff import accounts, devices, leaving, links, second_factor, signing_in
from app.staff.forms import InviteForm, RoleForm
from app.staff.models import Staff, StaffLink, StaffSession
from app.staff.roles import LABELS
from app.staff.signing_in import me

bp = Blueprint("colleagues", __name__)


@bp.get("/settings/colleagues")
@door("staff.write")
def index():
    return _index()


@bp.post("/settings/colleagues/invitations")
@door("staff.write")
def invite():
    form = InviteForm()
    if not form.validate():
        return _index(form, status=422)
    _link, token = links.invite(role=form.role.data, display=form.display.data, by=me())
    db.session.commit()
    return _index(link=_address(token))


@bp.post("/settings/colleagues/invitations/<int:link_id>/withdrawal")
@door("staff.write")
def withdraw(link_id):
    link = db.one_or_404(db.select(StaffLink).where(StaffLink.id == link_id, StaffLink.role != ""))
    links.withdraw(link, by=me())
    db.session.commit()
    return see(url_for(".index"), say=_("邀请撤回了，那个链接不能再用"))


@bp.get("/settings/colleagues/<int:staff_id>")
@door("staff.write")
def show(staff_id):
    return _show(_find(staff_id))


@bp.post("/settings/colleagues/<int:staff_id>/role")
@door("staff.write")
def role(staff_id):
    person, form = _find(staff_id), RoleForm()
    if not form.validate():
        return _show(person, form, status=422)
    try:
        accounts.change_role(person, form.role.data, by=me())
    except Refused as no:
        refuse(form, no, "role")
        return _show(person, form, status=422)
    db.session.commit()
    return see(url_for(".show", staff_id=staff_id), say=_("角色改了，对方要重新登录"))


@bp.post("/settings/colleagues/<int:staff_id>/password-link")
@door("staff.write")
def password_link(staff_id):
    person = _find(staff_id)
    token = links.let_choose_password(person, by=me())
    db.session.commit()
    return _show(person, link=_address(token))


@bp.post("/settings/colleagues/<int:staff_id>/second-factor-removal")
@door("staff.write")
def remove_second_factor(staff_id):
    """The colleague has lost phone and codes."""
    person = _find(staff_id)
    second_factor.switch_off(person, by=me())
    accounts.end_sessions(person)
    db.session.commit()
    return see(url_for(".show", staff_id=staff_id), say=_("两步验证关掉了，对方要重新登录"))


@bp.post("/settings/colleagues/<int:staff_id>/sessions/<int:session_id>/ending")
@door("staff.write")
def end_session(staff_id, session_id):
    mine = (StaffSession.id == session_id, StaffSession.staff_id == staff_id)
    devices.end(db.one_or_404(db.select(StaffSession).where(*mine)), by=me())
    db.session.commit()
    return see(url_for(".show", staff_id=staff_id), say=_("那台设备退出了"))


@bp.post("/settings/colleagues/<int:staff_id>/sessions/ending")
@door("staff.write")
def end_sessions(staff_id):
    devices.end_all(_find(staff_id), by=me(), but=signing_in.session_in_hand())
    db.session.commit()
    return see(url_for(".show", staff_id=staff_id), say=_("其他设备都退出了"))


@bp.post("/settings/colleagues/<int:staff_id>/return")
@door("staff.write")
def take_back(staff_id):
    accounts.take_back(_find(staff_id), by=me())
    db.session.commit()
    return see(url_for(".show", staff_id=staff_id), say=_("账号恢复了，可以用原来的密码登录"))


def _find(staff_id):
    return db.one_or_404(db.select(Staff).where(Staff.id == staff_id))


def _address(token):
    """The link as it is handed on: its host comes from our settings, never from the request."""
    return current_app.config["SHUKE"].address + url_for("welcome.arrive", token=token)


def _index(form=None, status=200, link=""):
    return page(
        "staff/colleagues/index.html", status=status, form=form or InviteForm(None),
        colleagues=accounts.everybody(), invitations=links.open_ones(), roles=LABELS, link=link,
    )  # fmt: skip


def _show(person, form=None, status=200, link=""):
    return page(
        "staff/colleagues/show.html", status=status, person=person, roles=LABELS, link=link,
        role_form=form or RoleForm(None, data={"role": person.role}),
        sessions=devices.of(person), device=devices.words, in_hand=signing_in.session_in_hand(),
        departure=leaving.last_of(person),
    )  # fmt: skip
