"""The way to all settings, and the colleagues."""

from flask import Blueprint

from app.core.doors import door
from app.core.web import page
from app.staff import accounts
from app.staff.roles import LABELS
from app.staff.signing_in import me

bp = Blueprint("settings", __name__)


@bp.get("/settings")
@door("profile.write")
def show():
    colleagues = accounts.everybody() if me().may("staff.write") else []
    return page("staff/settings/show.html", colleagues=colleagues, roles=LABELS)
