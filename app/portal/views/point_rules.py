"""The owner's rules of points and the shop's levels, on one page."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.portal import levels, rating
from app.portal.forms import LevelForm, RuleForm
from app.portal.models import MemberLevel
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("point_rules", __name__)


@bp.get("/settings/points")
@door("settings.write")
def show():
    return _page()


@bp.post("/settings/points/<any(yuan, visit, referral):kind>")
@door("settings.write")
def put(kind):
    form = RuleForm()
    if not form.validate():
        return _page(422, kind=kind, rule_form=form)
    try:
        rating.put(kind, points=form.points.data or 0, per_cents=form.per.data or 0)
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _page(422, kind=kind, rule_form=form)
    return _kept("points.rule", kind=kind, points=form.points.data or 0)


@bp.post("/settings/points/levels")
@door("settings.write")
def create():
    return _put(None)


@bp.post("/settings/points/levels/<int:level_id>")
@door("settings.write")
def update(level_id):
    return _put(_level(level_id))


@bp.post("/settings/points/levels/<int:level_id>/removal")
@door("settings.write")
def destroy(level_id):
    level = _level(level_id)
    levels.remove(level)
    return _kept("points.level_removed", level=level_id)


def _put(level):
    form = LevelForm()
    if not form.validate():
        return _page(422, level=level, level_form=form)
    try:
        levels.put(level, name=form.name.data, least=form.least.data, text=form.text.data or "")
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _page(422, level=level, level_form=form)
    return _kept("points.level", least=form.least.data)


def _level(level_id):
    return db.one_or_404(db.select(MemberLevel).where(MemberLevel.id == level_id))


def _kept(did, **details):
    audit.log(me(), did, "points", address=request.remote_addr or "", **details)
    db.session.commit()
    return see(url_for(".show"), say=_("保存好了"))


def _page(status=200, *, kind="", rule_form=None, level=None, level_form=None):
    """All forms; the one that was typed wrongly as it was typed."""
    known, shown = rating.rules(), levels.every()
    forms = {}
    for one in rating.RULES:
        rule = known.get(one)
        filled = {"points": rule.points if rule else None, "per": (rule and rule.per_cents) or 100}
        form = rule_form if one == kind else RuleForm(None, data=filled)
        forms[one] = _apart(form, one)
    typed = {level.id: level_form} if level and level_form else {}
    return page(
        "portal/point_rules/show.html", status=status, rules=rating.RULES, forms=forms,
        levels=[
            (one, _apart(typed.get(one.id) or LevelForm(None, obj=one), one.id)) for one in shown
        ],
        new_form=level_form if level_form and level is None else LevelForm(None),
        by=levels.BY(), bys=dict(levels.BY.choices),
    )  # fmt: skip


def _apart(form, which):
    """Several forms of one kind on a page: each field has an id of its own."""
    for field in form:
        field.id = f"{field.id}-{which}"
    return form
