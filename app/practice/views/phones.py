"""stand-in"""

from flask import Blueprint

from app.core.doors import door
from app.core.web import page

bp = Blueprint("phones", __name__)


@bp.get("/practice")
@door("practice.use")
def show():
    return page("layouts/staff.html")
