"""A colleague leaves: who gets what, and what went to whom."""

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.staff import accounts, leaving
from app.staff.forms import DepartureForm
from app.staff.models import Departure, Staff
from app.staff.signing_in import me

bp = Blueprint("departures", __name__)


@bp.get("/settings/colleagues/<int:staff_id>/departure")
@door("staff.write")
def new(staff_id):
    person = _find(staff_id)
    return _form(person, _choices(DepartureForm(None), person))


@bp.post("/settings/colleagues/<int:staff_id>/departure")
@door("staff.write")
def create(staff_id):
    person = _find(staff_id)
    form = _choices(DepartureForm(), person)
    if not form.validate():
        return _form(person, form, 422)
    try:
        heirs = {name: leaving.heir(chosen) for name, chosen in form.values.items()}
        departure = leaving.leave(person, heirs, by=me())
    except Refused as no:
        refuse(form, no)
        return _form(person, form, 422)
    db.session.commit()
    return see(url_for(".show", departure_id=departure.id), say=_("账号停用了，对方已经退出"))


@bp.get("/settings/departures/<int:departure_id>")
@door("staff.write")
def show(departure_id):
    """What went to whom; asks again every second while the worker is at it."""
    departure = db.one_or_404(db.select(Departure).where(Departure.id == departure_id))
    return page(
        "staff/departures/show.html", part="staff/departures/_result.html",
        departure=departure, lines=leaving.lines(departure),
    )  # fmt: skip


def _find(staff_id):
    return db.one_or_404(db.select(Staff).where(Staff.id == staff_id, Staff.is_active))


def _choices(form, person):
    others = [(str(p.id), p.display) for p in accounts.active() if p.id != person.id]
    form.customers.choices = [("", _("放进公海，谁都可以认领")), *others]
    form.followups.choices = form.conversations.choices = [("", _("跟着客户走")), *others]
    return form


def _form(person, form, status=200):
    held = leaving.held_by(person)
    name = "staff/departures/new.html"
    return page(name, person=person, form=form, held=held, status=status)
