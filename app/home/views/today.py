"""stand-in"""

from flask import Blueprint

from app.core.doors import door
from app.core.web import page

bp = Blueprint("today", __name__)


@bp.get("/")
@door("home.read")
def show():
    return page("layouts/staff.html")
