"""Colleagues and the members' cards: whose number that is."""

from flask import Blueprint, abort, url_for

from app.core.doors import door
from app.core.web import see
from app.customers.views.people import find as find_customer
from app.portal import cards

bp = Blueprint("members", __name__)


@bp.get("/members/<number>")
@door("customers.read")
def find(number):
    """What the member's QR code opens in a colleague's telephone: the customer's page."""
    card = cards.by_number(number)
    if card is None:
        abort(404)
    customer = find_customer(card.customer_id)
    return see(url_for("people.show", customer_id=customer.id))
