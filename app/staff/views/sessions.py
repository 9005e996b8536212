"""Sign in, sign out."""

from flask import Blueprint, current_app, redirect, request, url_for

from app.core.db import db
from app.core.doors import public
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import own_path, page
from app.staff import audit, signing_in
from app.staff.accounts import everybody
from app.staff.forms import CodeForm, SignInForm
from app.staff.roles import LABELS

bp = Blueprint("sessions", __name__)


@bp.get("/login")
@public
def new():
    if signing_in.recognise():
        return redirect(own_path(request.args.get("next")), 303)
    return _form(SignInForm(request.args), 200)


@bp.post("/login")
@public
def create():
    form = SignInForm()
    if not form.validate():
        return _form(form, 422)
    try:
        person, token = signing_in.sign_in(
            form.name.data, form.password.data, **signing_in.asking()
        )
    except Refused as no:
        refuse(form, no)
        return signing_in.refused(_form(form, 422), no)
    signing_in.sign_out(signing_in.token_in_hand())
    db.session.commit()
    target = own_path(form.next.data)
    if person.second_factor:
        target = url_for(".code", next=target)
    return signing_in.give_cookie(redirect(target, 303), token)


@bp.get("/login/code")
@public
def code():
    if signing_in.half_way() is None:
        return redirect(url_for(".new"), 303)
    return page("staff/sessions/code.html", form=CodeForm(request.args))


@bp.post("/login/code")
@public
def confirm():
    half, form = signing_in.half_way(), CodeForm()
    if half is None:
        return redirect(url_for(".new"), 303)
    if not form.validate():
        return page("staff/sessions/code.html", form=form, status=422)
    try:
        token = signing_in.finish(half, form.code.data, **signing_in.asking())
    except Refused as no:
        refuse(form, no)
        return signing_in.refused(page("staff/sessions/code.html", form=form), no)
    db.session.commit()
    return signing_in.give_cookie(redirect(own_path(form.next.data), 303), token)


@bp.post("/logout")
@public
def destroy():
    person = signing_in.recognise()
    signing_in.sign_out(signing_in.token_in_hand())
    if person:
        audit.log(person, "signin.ended", address=request.remote_addr or "")
    db.session.commit()
    return signing_in.take_cookie(redirect(url_for(".new"), 303))


def _form(form, status):
    accounts = []
    if current_app.config["SHUKE"].env == "demo":
        accounts = [(p.name, LABELS[p.role]) for p in everybody() if p.is_demo and p.is_active]
    return page("staff/sessions/new.html", form=form, demo_accounts=accounts, status=status)
