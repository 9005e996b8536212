"""A member takes everything along in one file: asked for, waited for, saved."""

from flask import Blueprint, abort, url_for
from flask_babel import get_locale

from app.core import files
from app.core.db import db
from app.core.doors import member
from app.core.web import page, see
from app.portal import parcels, sessions

bp = Blueprint("parcels", __name__)


@bp.get("/m/privacy/parcel")
@member
def show():
    """Ready, on its way, or not asked for yet; looked at anew by itself while it is on its way."""
    customer = sessions.member()
    return page(
        "portal/parcels/show.html", parcel=parcels.of(customer),
        waiting=parcels.is_waiting(customer), days=parcels.KEPT.days,
    )  # fmt: skip


@bp.post("/m/privacy/parcel")
@member
def create():
    parcels.ask(sessions.member(), language=str(get_locale() or "zh"))
    db.session.commit()
    return see(url_for(".show"))


@bp.get("/m/privacy/parcel.zip")
@member
def take():
    found = parcels.of(sessions.member())
    if found is None:
        abort(404)
    return files.hand_out(found.path, "application/zip", "my-data.zip", save=True)
