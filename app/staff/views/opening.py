"""The first page of a shop in production: its owner, made with the code of the installation."""

from flask import Blueprint, abort, current_app, redirect, request, url_for

from app.core.db import db, let_go
from app.core.doors import public
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page
from app.staff import accounts, first_owner, signing_in, throttle
from app.staff.forms import SetupForm

bp = Blueprint("opening", __name__)


@bp.get("/setup")
@public
def show():
    _only_at_first()
    return page("staff/opening/show.html", form=SetupForm(None))


@bp.post("/setup")
@public
def create():
    _only_at_first()
    form, folder = SetupForm(), current_app.config["SHUKE"].instance
    if not form.validate():
        return page("staff/opening/show.html", form=form, status=422)
    try:
        throttle.count_both("setup", throttle.PER_ADDRESS, address=request.remote_addr or "")
        hashed = accounts.hashed(form.password.data, accounts.account_name(form.name.data))
        person = first_owner.open_shop(
            folder, form.setup_code.data,
            name=form.name.data, display=form.display.data, password_hash=hashed,
        )  # fmt: skip
    except Refused as no:
        refuse(form, no)
        return signing_in.refused(page("staff/opening/show.html", form=form), no)
    token = signing_in.open_session(person, **signing_in.asking())
    db.session.commit()
    first_owner.forget_code(folder)
    return signing_in.give_cookie(redirect(url_for("today.show"), 303), token)


def _only_at_first():
    """There is no such page any more once somebody is there, nor in a demo."""
    if current_app.config["SHUKE"].env != "production" or not first_owner.is_missing():
        abort(404)
    let_go()
