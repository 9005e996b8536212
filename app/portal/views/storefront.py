"""The shop as a customer sees it: where, when, and its communities. For guests too."""

from flask import Blueprint

from app.community import groups
from app.core.clock import now
from app.core.doors import public
from app.core.errors import Refused
from app.core.web import page
from app.inbox import opening, places
from app.portal import sessions

bp = Blueprint("storefront", __name__)


@bp.get("/m/shop")
@public
def show():
    sessions.recognise()
    week, _off = opening.typed()
    return page(
        "portal/storefront/show.html",
        place=_place(),
        days=list(zip(opening.DAYS, week, strict=True)),
        all_day=opening.ALL_DAY,
        is_open=opening.hours().is_open(now()),
        groups=groups.every(),
    )


def _place():
    try:
        return places.ours()
    except Refused:  # no address has been typed yet
        return None
