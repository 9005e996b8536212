"""The shop's settings and its colleagues."""

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import Form, Picked, Text, refuse
from app.core.settings import declared
from app.core.web import done, page
from app.staff import accounts, audit
from app.staff.roles import LABELS
from app.staff.signing_in import me

bp = Blueprint("settings", __name__)


@bp.get("/settings")
@door("profile.write")
def show():
    return _page()


@bp.post("/settings/values/<name>")
@door("settings.write")
def put(name):
    setting = declared.get(name) or abort(404)
    form = _form(setting)
    if not form.validate():
        return _again(setting, form)
    try:
        setting.put(form.value.data)
    except Refused as no:
        refuse(form, no, "value")
        form.value.errors, form.form_errors = [_(no.message, **no.params)], []
        return _again(setting, form)
    audit.log(me(), "settings.changed", f"setting:{name}", address=request.remote_addr or "")
    db.session.commit()
    return done(
        "staff/settings/_setting.html", url_for(".show"), say=_("保存好了"),
        setting=setting, form=_form(setting, blank=True),
    )  # fmt: skip


def _form(setting, blank=False):
    """A form of one field, of the kind that the setting's default has."""

    class SettingForm(Form):
        value = _field(setting)

    if not blank:
        return SettingForm()
    return SettingForm(None, data={"value": setting()})


def _field(setting):
    label, own = _(setting.label), f"value-{setting.name}"
    if setting.choices:
        return Picked(label, id=own, choices=[(key, _(said)) for key, said in setting.choices])
    if isinstance(setting.default, bool):
        return BooleanField(label, id=own)
    if isinstance(setting.default, int):
        given = InputRequired(_("请填一个整数"))
        limits = {"min": setting.least, "max": setting.most}
        return IntegerField(label, [given], id=own, render_kw=limits)
    return Text(label, most=200, id=own)


def _again(setting, form):
    return page(
        "staff/settings/show.html", part="staff/settings/_setting.html", status=422,
        **(_shown(setting.name, form)), setting=setting, form=form,
    )  # fmt: skip


def _page():
    return page("staff/settings/show.html", **_shown())


def _shown(name=None, form=None):
    """All that the page names; the form of `name` as it was typed."""
    forms = [(s, form if s.name == name else _form(s, blank=True)) for s in declared.values()]
    return {
        "forms": forms,
        "colleagues": accounts.everybody() if me().may("staff.write") else [],
        "roles": LABELS,
    }
