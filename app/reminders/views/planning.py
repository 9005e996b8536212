"""What the pages of follow-ups share: the form of a plan, and what every row names."""

from flask_babel import gettext as _

from app.core.db import db
from app.customers import listing as customers
from app.reminders import followups, repeating, times, workdays
from app.reminders.forms import PlanForm
from app.reminders.views.sentences import about
from app.staff import accounts
from app.staff.models import Staff
from app.staff.signing_in import me


def for_rows():
    """What every row of a follow-up names besides itself."""
    return {
        "about": about,
        "snoozes": times.SNOOZES,
        "names": customers.owners(),
        "outcomes": followups.OUTCOMES,
        "rhythm": rhythm,
    }


def when_and_who(form, one=None):
    staff = db.session.get(Staff, form.staff.data) if form.staff.data else None
    if one and not me().may("customers.all"):
        staff = one.staff or staff
    if one and not (form.next.data or form.at.data or form.said.data):
        return {"due_at": one.due_at, "staff": staff}
    due_at = chosen(form, form.next)
    return {"due_at": workdays.shifted(due_at) if form.moved.data else due_at, "staff": staff}


def offered(customer, due_at):
    """(follow-up, offer) where what was just planned falls on a day off, else None."""
    offer = workdays.offer(due_at) if due_at else None
    planned = (one for one in followups.of(customer) if one.due_at == due_at)
    one = next(planned, None) if offer else None
    return (one, offer) if one else None


def chosen(form, chip):
    return times.chosen(chip.data or "", form.at.data, form.said.data or "")


def plan_form(*blank):
    form = PlanForm(*blank)
    form.people = may_be_given()
    form.staff.choices = [(one.id, one.display) for one in form.people]
    offer_repeat(form, form.repeat.data or "")
    return form


def ask_who(form, usual=None):
    """Who is to do it next: whoever does it now, or oneself, unless another is picked."""
    form.staff.choices = [(one.id, one.display) for one in may_be_given()]
    known = usual if usual in dict(form.staff.choices) else me().id
    form.staff.data = form.staff.data or known
    return form


def who(form):
    return next((one for one in may_be_given() if one.id == form.staff.data), me())


def may_be_given():
    """Agents plan for themselves; who sees every customer may plan for a colleague."""
    return accounts.active() if me().may("customers.all") else [me()]


def offer_repeat(form, typed):
    """Choose a rhythm; one that is not among the usual ones is offered besides."""
    form.repeat.choices = [(key, _(label)) for key, label in repeating.CHOICES.items()]
    if typed not in repeating.CHOICES and repeating.is_known(typed):
        form.repeat.choices.append((typed, repeats(typed)))
    form.repeat.data = typed


def rhythm(one):
    """The rhythm of a follow-up, or of a row; "" for what comes once."""
    return repeats(repeating.written(one.repeat)) if one.repeat else ""


def repeats(typed):
    """«每 3 天»: a rhythm in words."""
    label, params = repeating.said(typed)
    return _(label, **params)
