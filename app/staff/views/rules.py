"""The shop's working rules: pages made from the declared settings, and changing one of them."""

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired

from app.core.db import db
from app.core.doors import door
from app.core.errors import N_, Refused
from app.core.forms import Form, Picked, Text, refuse
from app.core.settings import declared
from app.core.web import arg, done, page
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("rules", __name__)

# The pages, in their order; a room that is not named here stands under the last.
GROUPS = {
    "shop": N_("本店"), "customers": N_("客户"), "inbox": N_("消息"),
    "community": N_("社群和主题"), "reminders": N_("提醒和跟进"), "wechat": N_("公众号"),
    "staff": N_("同事和记录"),
    "": N_("其他"),
}  # fmt: skip


@bp.get("/settings/rules")
@door("profile.write")
def index():
    return page("staff/rules/index.html", part="staff/rules/_index.html", **_shown())


@bp.post("/settings/values/<name>")
@door("settings.write")
def put(name):
    setting = declared.get(name) or abort(404)
    form, was = form_of(setting), setting()
    if not form.validate():
        return _again(setting, form)
    try:
        setting.put(form.value.data)
    except Refused as no:
        refuse(form, no, "value")
        form.value.errors, form.form_errors = [_(no.message, **no.params)], []
        return _again(setting, form)
    address, details = request.remote_addr or "", _change(was, setting())
    audit.log(me(), "settings.changed", f"setting:{name}", address=address, **details)
    db.session.commit()
    url = url_for("shop.show" if setting.room == "shop" else ".index")
    return done(
        "staff/rules/_setting.html", url, say=_("保存好了"),
        setting=setting, form=form_of(setting, blank=True),
    )  # fmt: skip


def _change(was, now):
    """What the book keeps of a change: numbers and choices; a text may name somebody."""
    return {"was": was, "now": now} if not isinstance(now, str) or len(now) <= 20 else {}


def form_of(setting, blank=False):
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
        "staff/rules/index.html", part="staff/rules/_setting.html", status=422,
        **(_shown(setting.name, form)), setting=setting, form=form,
    )  # fmt: skip


def _shown(name=None, form=None):
    """The settings that fit what is looked for, by group; the form of `name` as it was typed."""
    q = "" if name else arg("q")
    groups: dict[str, list[tuple[object, Form]]] = {}
    for one in declared.values():
        if fits(one, q):
            own = form if one.name == name else form_of(one, blank=True)
            room = one.room if one.room in GROUPS else ""
            groups.setdefault(room, []).append((one, own))
    return {"groups": [(GROUPS[room], groups[room]) for room in GROUPS if room in groups], "q": q}


def fits(setting, q):
    """Every word of `q` stands somewhere in what the reader sees of the setting."""
    said = [setting.label, setting.hint, *(label for _key, label in setting.choices)]
    text = " ".join(_(one) for one in said if one).lower()
    return all(word in text for word in q.lower().split())
