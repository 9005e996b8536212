"""stand-in"""

from flask import Blueprint

from app.core.doors import door
from app.core.web import page

bp = Blueprint("orders", __name__)


@bp.get("/orders")
@door("orders.write")
def index():
    return page("layouts/staff.html")


@bp.get("/orders/new")
@door("orders.write")
def new():
    return page("layouts/staff.html")
