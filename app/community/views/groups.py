"""The shop's communities: all of them, one with its members, a new one, and changing one."""

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.community import community, figures, groups, memberships
from app.community.forms import GroupForm, NewGroupForm
from app.community.models import Group
from app.core import paging
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import arg, page, see
from app.customers import listing
from app.staff import accounts
from app.staff.signing_in import me

bp = Blueprint("groups", __name__)


@bp.get("/groups")
@door("topics.write")
def index():
    found = groups.every()
    return page(
        "community/groups/index.html", found=found, kinds=groups.KINDS,
        figures=figures.of_all(found), owners={one.id: groups.owner_of(one) for one in found},
    )  # fmt: skip


@bp.post("/groups/first")
@door("groups.write")
def begin():
    """A house that the worker has not looked after yet gets its three at once."""
    groups.open_first()
    community.refresh.later(line=community.LINE)
    db.session.commit()
    return see(url_for(".index"))


@bp.get("/groups/new")
@door("groups.write")
def new():
    return _new(_people(NewGroupForm(None)))


@bp.post("/groups")
@door("groups.write")
def create():
    form = _people(NewGroupForm())
    if not form.validate():
        return _new(form, 422)
    try:
        group = groups.open_group(
            form.name.data, kind=form.kind.data, purpose=form.purpose.data,
            owner=_owner(form), by=me(),
        )  # fmt: skip
    except Refused as no:
        refuse(form, no)
        return _new(form, 422)
    community.refresh.later(line=community.LINE)
    db.session.commit()
    return see(url_for(".show", group_id=group.id), say=_("建好了，正在看哪些客户该进来"))


@bp.get("/groups/<int:group_id>")
@door("topics.write")
def show(group_id):
    group = find(group_id)
    after = paging.read(arg("after", most=60), memberships.NEWEST)
    found = memberships.page(group, me(), after)
    key = paging.write(found.next)
    return page(
        "community/groups/show.html", part="community/members/_members.html", rows=found.rows,
        next_url=url_for(".show", group_id=group.id, after=key) if key else None,
        staff_names=listing.owners(), **about(group),
    )  # fmt: skip


@bp.get("/groups/<int:group_id>/edit")
@door("topics.write")
def edit(group_id):
    group = led(group_id)
    deputies = [one.staff_id for one in groups.deputies_of(group)]
    form = _people(GroupForm(None, obj=group, owner=group.owner_id or 0, deputies=deputies))
    form.owner.data, form.deputies.data = group.owner_id or 0, deputies
    return _edit(group, form)


@bp.post("/groups/<int:group_id>")
@door("topics.write")
def update(group_id):
    group, form = led(group_id), _people(GroupForm())
    if not form.validate():
        return _edit(group, form, 422)
    chosen = [one for one in accounts.active() if one.id in (form.deputies.data or [])]
    try:
        groups.edit(
            group, name=form.name.data, purpose=form.purpose.data, owner=_owner(form),
            deputies=chosen, by=me(),
        )  # fmt: skip
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _edit(group, form, 422)
    db.session.commit()
    return see(url_for(".show", group_id=group.id), say=_("保存好了"))


@bp.post("/groups/<int:group_id>/closing")
@door("groups.write")
def close(group_id):
    groups.close(find(group_id), by=me())
    db.session.commit()
    return see(url_for(".index"), say=_("收起来了"))


def find(group_id):
    """A community that is open: whoever works here may look at it."""
    return db.one_or_404(db.select(Group).where(Group.id == group_id, Group.gone_at.is_(None)))


def led(group_id):
    """A community in which this colleague decides; others find nothing to change."""
    return db.one_or_404(groups.led_by(me()).where(Group.id == group_id))


def about(group):
    """The head of every page of a community."""
    return {
        "group": group, "figures": figures.of(group), "leads": groups.leads(me(), group),
        "owner": groups.owner_of(group), "kinds": groups.KINDS,
        "deputies": [one.staff for one in groups.deputies_of(group)],
    }  # fmt: skip


def _people(form):
    active = accounts.active()
    form.owner.choices = [(0, _("店主"))] + [(one.id, one.display) for one in active]
    form.deputies.choices = [(one.id, one.display) for one in active]
    return form


def _owner(form):
    return next((one for one in accounts.active() if one.id == form.owner.data), None)


def _new(form, status=200):
    return page("community/groups/new.html", form=form, status=status)


def _edit(group, form, status=200):
    last = len([one for one in groups.every() if one.kind == group.kind]) < 2
    return page("community/groups/edit.html", form=form, group=group, last=last, status=status)
