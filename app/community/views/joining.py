"""The rules of a community: who comes in by what, looked at before it is kept."""

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _

from app.community import groups, rules, ruling
from app.community.forms import RuleForm
from app.community.models import Group, Rule
from app.community.views.groups import about, led
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import arg, page, see
from app.customers import tags
from app.sales import shelf
from app.staff.signing_in import me

bp = Blueprint("joining", __name__)


@bp.get("/groups/<int:group_id>/rules")
@door("topics.write")
def index(group_id):
    group = led(group_id)
    rows = ruling.of(group)
    return page(
        "community/rules/index.html", rows=rows, names=rules.names_of(rows),
        rule_kinds=rules.KINDS, most=rules.MOST, **about(group),
    )  # fmt: skip


@bp.get("/groups/<int:group_id>/rules/new")
@door("topics.write")
def new(group_id):
    group, kind = led(group_id), arg("kind") or rules.ASKED
    if kind not in rules.KINDS:
        abort(404)
    days, fresh = rules.KINDS[kind].days, rules.KINDS[kind].can_be_fresh
    return _show(group, None, kind, _form(None, days=days, fresh=fresh))


@bp.post(f"/groups/<int:group_id>/rules/<any({', '.join(rules.KINDS)}):kind>")
@door("topics.write")
def create(group_id, kind):
    return _put(led(group_id), None, kind)


@bp.get("/groups/rules/<int:rule_id>")
@door("topics.write")
def show(rule_id):
    rule = _find(rule_id)
    group, name = led(rule.group_id), rules.names_of([rule])[rule.id]
    shown = {"words": name, "thing": name, "tag": rule.value, "topic": rule.value}
    return _show(group, rule, rule.kind, _form(None, days=rule.days, fresh=rule.fresh, **shown))


@bp.post("/groups/rules/<int:rule_id>")
@door("topics.write")
def update(rule_id):
    rule = _find(rule_id)
    return _put(led(rule.group_id), rule, rule.kind)


@bp.post("/groups/rules/<int:rule_id>/removal")
@door("topics.write")
def remove(rule_id):
    rule = _find(rule_id)
    ruling.remove(rule, by=me())
    db.session.commit()
    return see(url_for(".index", group_id=rule.group_id), say=_("去掉了，正在重新看每位客户"))


def _find(rule_id):
    mine = groups.led_by(me()).with_only_columns(Group.id)
    return db.one_or_404(db.select(Rule).where(Rule.id == rule_id, Rule.group_id.in_(mine)))


def _form(*blank, **values):
    form = RuleForm(*blank, **values)
    known = [one for kind in (tags.TAG, tags.SOURCE) for one in tags.all_of(kind)]
    form.tag.choices = [(str(one.id), one.name) for one in known]
    form.tag.validate_choice = form.topic.validate_choice = False  # another kind sends none
    return form


def _put(group, rule, kind):
    form = _form()
    if not form.validate():
        return _show(group, rule, kind, form, 422)
    takes = rules.KINDS[kind].takes
    value = {"words": form.words, "tag": form.tag, "thing": form.thing, "topic": form.topic}.get(
        takes
    )
    typed = {"value": (value.data or "") if value is not None else "",
             "days": form.days.data or 0, "fresh": form.fresh.data}  # fmt: skip
    try:
        if request.form.get("look"):
            return _show(group, rule, kind, form, held=ruling.would_hold(group, kind, **typed))
        ruling.put(group, rule, kind=kind, by=me(), **typed)
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _show(group, rule, kind, form, 422)
    db.session.commit()
    return see(url_for(".index", group_id=group.id), say=_("保存好了，正在重新看每位客户"))


def _show(group, rule, kind, form, status=200, held=None):
    return page(
        "community/rules/show.html", part="community/rules/_form.html", status=status, group=group,
        rule=rule, kind=kind, known=rules.KINDS[kind], form=form, held=held, look=ruling.LOOK,
        things=_things() if rules.KINDS[kind].takes == "thing" else (),
    )  # fmt: skip


def _things():
    return [*shelf.categories(), *(one.name for one in shelf.offered())]
