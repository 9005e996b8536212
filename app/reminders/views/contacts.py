"""The one composer of a customer: what just happened, and when next."""

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.core.clock import end_of, today
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import done, page
from app.customers import notes
from app.customers.views.people import find as find_customer
from app.reminders import followups, times
from app.reminders.forms import ContactForm
from app.reminders.views import enclosing
from app.reminders.views.planning import ask_who, offered, who
from app.reminders.views.sentences import about
from app.staff.signing_in import me

bp = Blueprint("contacts", __name__)

OFFERED = 5  # open follow-ups that the box offers to finish


@bp.get("/customers/<int:customer_id>/contacts/new")
@door("followups.write")
def new(customer_id):
    customer = find_customer(customer_id)
    return _box(customer, _fresh(customer))


@bp.post("/customers/<int:customer_id>/contacts")
@door("followups.write")
def create(customer_id):
    customer = find_customer(customer_id)
    form, open_ones = _form(customer)
    if not form.validate():
        return _box(customer, form, status=422)
    try:
        enclosed = enclosing.take(form)
        next_at = _save(customer, form, open_ones, enclosed)
    except Refused as no:
        refuse(form, no)
        return _box(customer, form, status=422)
    db.session.commit()
    answer = done(
        "reminders/contacts/_box.html", url_for("people.show", customer_id=customer.id),
        say=_("记好了"), customer=customer, form=_fresh(customer),
        offered=offered(customer, next_at), limits=enclosing.LIMITS,
    )  # fmt: skip
    answer.headers["HX-Trigger"] = "contact-saved"
    return answer


def _save(customer, form, open_ones, enclosed):
    """Write it down; the moment of what is planned next."""
    said = {name: form[name].data or "" for name in ("text", "method", "result")}
    next_at = when(form)
    finished = {str(one.id): one for one in open_ones}.get(form.finishes.data)
    if finished:
        what = next_what(form, finished)
        followups.finish(
            finished, by=me(), next_at=next_at, next_what=what, next_staff=who(form),
            enclosed=enclosed, **said,
        )  # fmt: skip
        return next_at
    if any(said.values()) or enclosed or not next_at:
        notes.write(
            customer, said["text"], by=me(), method=said["method"], result=said["result"],
            enclosed=enclosed,
        )  # fmt: skip
    if next_at:
        what = next_what(form)
        followups.plan(customer, what=what, due_at=next_at, staff=who(form), by=me())
    return next_at


def when(form):
    """The moment of the chips of a form; None when nothing was chosen."""
    return times.moment_of(form.next.data or "", form.at.data, form.said.data or "")


def next_what(form, finished=None):
    """What is to be done next: as typed, or the same again."""
    before = finished.what if finished else ""
    return form.what.data or before or (form.text.data or "")[:200] or _("回访")


def _form(customer, blank=False):
    form = ask_who(ContactForm(None) if blank else ContactForm())
    open_ones = followups.of(customer)[:OFFERED]
    form.finishes.choices = [(str(one.id), about(one)) for one in open_ones]
    if open_ones:
        form.finishes.choices.append(("0", _("都不是")))
    return form, open_ones


def _fresh(customer):
    """An empty box; what is due today is marked as done by it."""
    form, open_ones = _form(customer, blank=True)
    due = [one for one in open_ones if one.due_at < end_of(today())]
    form.finishes.data = str(due[0].id) if due else "0"
    return form


def _box(customer, form, status=200):
    return page(
        "reminders/contacts/new.html", part="reminders/contacts/_box.html",
        customer=customer, form=form, status=status, offered=None,
        limits=enclosing.LIMITS,
    )  # fmt: skip
