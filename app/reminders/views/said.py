"""One sentence becomes a follow-up: understood, shown, and only then kept."""

from flask import Blueprint
from flask_babel import gettext as _

from app.core import lunar
from app.core.clock import day_of
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.web import arg, number_arg, page
from app.customers import finding
from app.customers.models import Customer
from app.customers.views.screens import found_by
from app.reminders import mentions, phrases, times, workdays
from app.reminders.views.planning import offer_repeat, plan_form
from app.staff.signing_in import me

bp = Blueprint("said", __name__)

PARTS = ("reminders/said/show.html", "reminders/said/_said.html")


@bp.get("/followups/said")
@door("followups.write")
def show():
    """What was understood of `q`, to be looked over; GET keeps nothing."""
    typed = arg("q", most=phrases.LONGEST)
    if not typed:
        return _page(typed)
    form = plan_form(None)
    people = [one for one in form.people if one.id != me().id]
    staff, text = mentions.colleague(typed, people)
    try:
        said = phrases.read(text)
    except Refused as no:
        return _page(typed, wrong=_(no.message, **no.params), status=422)
    form.what.data, form.at.data, form.next.data = said.rest[:200], said.at, times.CUSTOM
    form.staff.data, form.at.label.text = (staff or me()).id, _("什么时候")
    offer_repeat(form, said.repeat)
    found, sure = _people(said.rest)
    day = day_of(said.at)
    return _page(
        typed, form=form, found=found, sure=sure, day=day, lunar=lunar.name_of(day),
        offer=workdays.offer(said.at),
    )  # fmt: skip


def _people(rest):
    """The customers that may be meant, and whether it is the first for sure."""
    number, typed = number_arg("customer"), arg("who")
    if number:
        known = finding.visible_to(me()).where(Customer.id == number)
        return db.session.scalars(known).all(), True
    if typed:
        found = found_by(typed)
        return found, len(found) == 1
    meant = mentions.customers(me(), rest)
    return meant.people, meant.sure


def _page(typed, *, form=None, wrong="", status=200, **understood):
    whole, part = PARTS
    return page(
        whole, part=part, status=status, typed=typed, form=form, wrong=wrong, who=arg("who"),
        customer_id=number_arg("customer"), **understood,
    )  # fmt: skip
