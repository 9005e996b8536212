"""stand-in"""

from flask import Blueprint

from app.core.doors import door
from app.core.web import page

bp = Blueprint("settings", __name__)


@bp.get("/settings")
@door("profile.write")
def show():
    return page("layouts/staff.html")
