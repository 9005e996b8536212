"""Whose customer it is: claim from the pool, name and claim, hand over; put away and restore."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import done, page, see, wants_part
from app.customers import listing, people
from app.customers.forms import NameForm
from app.customers.models import Customer
from app.customers.views.people import find, table
from app.customers.views.screens import card, customer_page, owner_form
from app.staff.models import Staff
from app.staff.signing_in import me

bp = Blueprint("claims", __name__)


@bp.post("/customers/<int:customer_id>/claim")
@door("customers.write")
def create(customer_id):
    customer = _find_to_claim(customer_id)
    people.claim(customer, by=me())
    db.session.commit()
    return _carded(customer, _("已认领，现在由你负责"))


@bp.post("/customers/<int:customer_id>/naming")
@door("customers.write")
def name(customer_id):
    """From the list the line comes back named, from the page one returns to it."""
    customer, form = _find_to_claim(customer_id), NameForm()
    if not form.validate():
        return _unnamed(customer, form)
    try:
        people.name_and_claim(customer, form.name.data, by=me())
    except Refused as no:
        if no.field is None:
            raise
        refuse(form, no)
        return _unnamed(customer, form)
    db.session.commit()
    say = _("%(name)s 已命名，由你负责", name=customer.name)
    url = url_for("people.show", customer_id=customer.id)
    return done("customers/claims/_follower.html", url, say=say, **_row(customer, form))


@bp.get("/customers/<int:customer_id>/owner")
@door("customers.assign")
def hand(customer_id):
    customer = find(customer_id)
    return page(
        "customers/claims/hand.html", part="customers/claims/_hand.html",
        customer=customer, owner_form=owner_form(customer),
    )  # fmt: skip


@bp.post("/customers/<int:customer_id>/owner")
@door("customers.assign")
def hand_over(customer_id):
    customer = find(customer_id)
    form = owner_form(customer, request.form)
    if not form.validate():
        return customer_page(customer, 422, owner_form=form)
    to = db.session.get(Staff, int(form.owner.data)) if form.owner.data != "0" else None
    people.hand_over(customer, to=to, by=me())
    db.session.commit()
    url = url_for("people.show", customer_id=customer.id)
    return see(url, say=_("已交给%(name)s", name=to.display if to else _("公海")))


@bp.post("/customers/<int:customer_id>/archive")
@door("customers.write")
def archive(customer_id):
    customer = find(customer_id)
    people.archive(customer, by=me())
    db.session.commit()
    return see(url_for("people.show", customer_id=customer.id), say=_("已收起，可以随时恢复"))


@bp.post("/customers/<int:customer_id>/restoration")
@door("customers.write")
def restore(customer_id):
    customer = find(customer_id)
    people.restore(customer, by=me())
    db.session.commit()
    return see(url_for("people.show", customer_id=customer.id), say=_("已恢复"))


def _find_to_claim(customer_id):
    """Who comes second hears who won; a customer who was never in the pool stays a 404."""
    statement = people.claimable_by(me()).where(Customer.id == customer_id)
    customer = db.one_or_404(statement)
    people.tell_who_won(customer, by=me())
    return customer


def _carded(customer, say):
    url = url_for("people.show", customer_id=customer.id)
    return done("customers/people/_card.html", url, say=say, **card(customer))


def _unnamed(customer, form):
    if not wants_part():
        return customer_page(customer, 422, name_form=form)
    part = "customers/claims/_follower.html"
    return page(part, part=part, status=422, **_row(customer, form))


def _row(customer, form):
    found = listing.of([customer.id])
    return {**table(found), "row": found[0], "name_form": form}
