"""In which communities a customer is, and a colleague's word about it."""

from flask import Blueprint, request, url_for

from app.community import memberships
from app.community.views.groups import find
from app.core.db import db
from app.core.doors import door
from app.core.web import done, own_path, page, see
from app.customers.views.people import find as find_customer
from app.customers.views.screens import looked_at_alone
from app.staff.signing_in import me

bp = Blueprint("memberships", __name__)

PART = "community/members/_of_customer.html"


@bp.get("/customers/<int:customer_id>/groups")
@door("customers.read")
def of_customer(customer_id):
    """A part of the customer's card, or a look of its own."""
    customer = find_customer(customer_id)
    looked_at_alone(customer)
    return page("community/members/of_customer.html", part=PART, **_shown(customer))


@bp.post("/customers/<int:customer_id>/groups/<int:group_id>/pin")
@door("topics.write")
def pin(customer_id, group_id):
    customer = find_customer(customer_id)
    memberships.pin(customer, find(group_id), by=me())
    return _done(customer)


@bp.post("/customers/<int:customer_id>/groups/<int:group_id>/exclusion")
@door("topics.write")
def exclude(customer_id, group_id):
    customer = find_customer(customer_id)
    memberships.exclude(customer, find(group_id), by=me())
    return _done(customer)


@bp.post("/customers/<int:customer_id>/groups/<int:group_id>/release")
@door("topics.write")
def let_go(customer_id, group_id):
    """By the rules again."""
    customer = find_customer(customer_id)
    memberships.let_go(customer, find(group_id), by=me())
    return _done(customer)


def _done(customer):
    db.session.commit()
    if request.form.get("back"):
        return see(own_path(request.form["back"]))
    url = url_for(".of_customer", customer_id=customer.id)
    return done(PART, url, **_shown(customer))


def _shown(customer):
    return {"customer": customer, "standings": memberships.of(customer)}
