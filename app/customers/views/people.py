"""stand-in"""

from flask import Blueprint

from app.core.doors import door
from app.core.web import page

bp = Blueprint("people", __name__)


@bp.get("/customers")
@door("customers.read")
def index():
    return page("layouts/staff.html")


@bp.get("/customers/new")
@door("customers.write")
def new():
    return page("layouts/staff.html")


@bp.get("/customers/<int:customer_id>")
@door("customers.read")
def show(customer_id):
    return page("layouts/staff.html")
