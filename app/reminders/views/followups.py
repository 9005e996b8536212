"""stand-in"""

from flask import Blueprint

from app.core.doors import door
from app.core.web import page

bp = Blueprint("followups", __name__)


@bp.get("/followups")
@door("followups.write")
def index():
    return page("layouts/staff.html")


@bp.get("/followups/new")
@door("followups.write")
def new():
    return page("layouts/staff.html")
