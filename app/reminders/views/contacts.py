"""stand-in"""

from flask import Blueprint

from app.core.doors import door
from app.core.web import page

bp = Blueprint("contacts", __name__)


@bp.get("/customers/<int:customer_id>/contacts/new")
@door("followups.write")
def new(customer_id):
    return page("layouts/staff.html")
