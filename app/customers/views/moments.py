"""The story of a customer, page by page."""

from flask import Blueprint

from app.core.doors import door
from app.core.web import page
from app.customers.views.people import find
from app.customers.views.screens import looked_at, story

bp = Blueprint("moments", __name__)


@bp.get("/customers/<int:customer_id>/moments")
@door("customers.read")
def index(customer_id):
    customer = find(customer_id)
    looked_at(customer)
    whole = "customers/moments/index.html"
    return page(whole, part="customers/moments/_moments.html", **story(customer))
