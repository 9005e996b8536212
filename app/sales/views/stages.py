"""The owner's table of stages: lines of care and their points."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.sales import shelf, stages
from app.sales.forms import LineOfCareForm, StageForm
from app.sales.models import CareLine, Stage
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("stages", __name__)


@bp.get("/settings/stages")
@door("settings.write")
def index():
    return _page()


@bp.post("/settings/stages")
@door("settings.write")
def create_line():
    form = LineOfCareForm()
    if not form.validate():
        return _page(form, 422)
    try:
        stages.add_line(form.name.data, basis=form.basis.data, category=form.category.data or "")
    except Refused as no:
        refuse(form, no)
        return _page(form, 422)
    return _changed("stages.added")


@bp.post("/settings/stages/ready/<any(baby, car, lenses, pet, hair):kind>")
@door("settings.write")
def create_ready(kind):
    """Begin with a line that many shops have; every stage of it can be changed."""
    ready = stages.READY[kind]
    line = stages.add_line(
        _(ready.name), basis=ready.basis, category=_(ready.category) if ready.category else ""
    )
    if not stages.stages_of(line):
        for name, after, unit, ahead, says in ready.stages:
            stages.put_stage(
                line, None, name=_(name), after=after, unit=unit, ahead=ahead, says=_(says)
            )
    return _changed("stages.added")


@bp.post("/settings/lines/<int:line_id>/removal")
@door("settings.write")
def remove_line(line_id):
    stages.remove_line(_line(line_id))
    return _changed("stages.removed")


@bp.get("/settings/lines/<int:line_id>/stages/new")
@door("settings.write")
def new(line_id):
    return _show(None, StageForm(None, unit="month"), line=_line(line_id))


@bp.post("/settings/lines/<int:line_id>/stages")
@door("settings.write")
def create(line_id):
    return _put(_line(line_id), None, StageForm())


@bp.get("/settings/stages/<int:stage_id>")
@door("settings.write")
def show(stage_id):
    stage = _stage(stage_id)
    return _show(stage, StageForm(None, obj=stage))


@bp.post("/settings/stages/<int:stage_id>")
@door("settings.write")
def update(stage_id):
    stage = _stage(stage_id)
    return _put(stage.line, stage, StageForm())


@bp.post("/settings/stages/<int:stage_id>/removal")
@door("settings.write")
def remove(stage_id):
    stages.remove_stage(_stage(stage_id))
    return _changed("stages.removed")


def _put(line, stage, form):
    if not form.validate():
        return _show(stage, form, 422, line=line)
    try:
        stages.put_stage(
            line, stage, name=form.name.data, after=form.after.data, unit=form.unit.data or "day",
            ahead=form.ahead.data or 0, says=form.says.data,
        )  # fmt: skip
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _show(stage, form, 422, line=line)
    return _changed("stages.changed")


def _line(line_id):
    return db.one_or_404(
        db.select(CareLine).where(CareLine.id == line_id, CareLine.gone_at.is_(None))
    )


def _stage(stage_id):
    present = (Stage.id == stage_id, Stage.gone_at.is_(None), CareLine.gone_at.is_(None))
    return db.one_or_404(db.select(Stage).join(CareLine).where(*present))


def _changed(did):
    audit.log(me(), did, address=request.remote_addr or "")
    db.session.commit()
    return see(url_for(".index"), say=_("保存好了"))


def _page(form=None, status=200):
    known = stages.everything()
    names = {line.name for line, _some in known}
    return page(
        "sales/stages/index.html", part="sales/stages/_index.html", status=status, known=known,
        form=form or LineOfCareForm(None, basis=stages.AGE), units=stages.UNITS,
        bases=stages.BASES, categories=shelf.categories(),
        ready={key: one for key, one in stages.READY.items() if _(one.name) not in names},
    )  # fmt: skip


def _show(stage, form, status=200, line=None):
    return page(
        "sales/stages/show.html", part="sales/stages/_form.html", status=status, stage=stage,
        line=line or stage.line, form=form,
    )  # fmt: skip
