"""Binding the Official Account: what to copy where, what to type, and the doctor's report."""

from flask import Blueprint, current_app, request, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import done, page
from app.staff import audit
from app.staff.signing_in import me
from app.wechat import abilities, accounts, binding, doctor
from app.wechat.findings import CHECKS
from app.wechat.forms import AppForm, KeysForm, ProofForm

bp = Blueprint("setup", __name__)


@bp.get("/settings/wechat")
@door("settings.write")
def show():
    return _page()


@bp.post("/settings/wechat")
@door("settings.write")
def update():
    """The account's id and secret."""
    form = AppForm()
    if not form.validate():
        return _page(422, app_form=form)
    try:
        changed = binding.put_app(app_id=form.app_id.data, secret=form.secret.data)
    except Refused as no:
        refuse(form, no)
        return _page(422, app_form=form)
    return _kept(changed)


@bp.post("/settings/wechat/keys")
@door("settings.write")
def make_keys():
    """A new token and key, shown in this answer alone."""
    token, aes_key = binding.make_keys()
    _log(["token", "aes_key"])
    db.session.commit()
    accounts.look_again()
    return _page(made={"token": token, "aes_key": aes_key})


@bp.post("/settings/wechat/keys/own")
@door("settings.write")
def put_keys():
    """A token and key that the platform's back office has already."""
    form = KeysForm()
    if not form.validate():
        return _page(422, keys_form=form)
    try:
        binding.put_keys(token=form.token.data, aes_key=form.aes_key.data)
    except Refused as no:
        refuse(form, no)
        return _page(422, keys_form=form)
    return _kept(["token", "aes_key"])


@bp.post("/settings/wechat/checkups")
@door("settings.write")
def check():
    doctor.ask()
    db.session.commit()
    return done("wechat/setup/_checkup.html", url_for(".show") + "#checkup", **_checkup())


@bp.get("/settings/wechat/checkup")
@door("settings.write")
def checkup():
    """The report alone: asked for again and again while a worker looks."""
    return page("wechat/setup/_checkup.html", **_checkup())


def _kept(changed):
    """Write it down, have it looked at, and say so."""
    if changed:
        _log(changed)
        doctor.ask()
    db.session.commit()
    accounts.look_again()
    return done("wechat/setup/_show.html", url_for(".show"), say=_("保存好了"), **_shown())


def _log(names):
    audit.log(me(), "wechat.changed", "wechat", address=request.remote_addr or "", names=names)


def _page(status=200, **more):
    return page(
        "wechat/setup/show.html", part="wechat/setup/_show.html", status=status,
        **{**_shown(), **more},
    )  # fmt: skip


def _shown():
    found = accounts.parts()
    return {
        "parts": found,
        "address": _address(),
        "app_form": AppForm(None, data={"app_id": found.values["app_id"]}),
        "keys_form": KeysForm(None),
        "proof_form": ProofForm(None),
        "proofs": binding.proofs(),
        "names": doctor.NAMES,
        "made": None,
        **_checkup(),
    }


def _address():
    """What to type into the platform's back office; without PUBLIC_URL the address in use now."""
    public = current_app.config["SHUKE"].public_url
    return {"url": (public or request.host_url.rstrip("/")) + url_for("callback.receive"),
            "is_public": bool(public)}  # fmt: skip


def _checkup():
    row = doctor.seen()
    return {
        "report": row,
        "is_running": doctor.is_running(row),
        "checks": CHECKS,
        "kinds": abilities.KINDS,
        "abilities": abilities.BY_NAME,
    }
