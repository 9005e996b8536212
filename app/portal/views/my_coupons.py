"""A member's coupons: what they have, and one to show at the till."""

from flask import Blueprint, abort, url_for

from app.campaigns import coupons, redeeming, worth
from app.campaigns.models import OPEN, Coupon
from app.core.db import db
from app.core.doors import member
from app.core.errors import Refused
from app.core.web import page
from app.core.words import say as _
from app.portal import sessions
from app.portal.views.cards import drawn

bp = Blueprint("my_coupons", __name__)


@bp.get("/m/coupons")
@member
def index():
    mine = coupons.of(sessions.member())
    return page(
        "portal/my_coupons/index.html",
        good=[one for one in mine if coupons.state_of(one) in (OPEN, "early")],
        others=[one for one in mine if coupons.state_of(one) not in (OPEN, "early")],
        state_of=coupons.state_of, states=coupons.STATES, fold=worth.fold,
    )  # fmt: skip


@bp.get("/m/coupons/<int:coupon_id>")
@member
def show(coupon_id):
    coupon, why = _find(coupon_id), ""
    try:
        redeeming.refuse_unusable(coupon)
    except Refused as no:
        why = _(no.message, **no.params)
    return page(
        "portal/my_coupons/show.html", coupon=coupon, why=why, fold=worth.fold,
        state=coupons.STATES[coupons.state_of(coupon)],
    )  # fmt: skip


@bp.get("/m/coupons/<int:coupon_id>/picture.svg")
@member
def picture(coupon_id):
    """The QR of a coupon that is still good, for its member alone: a colleague's phone opens it."""
    coupon = _find(coupon_id)
    if coupon.state != OPEN:
        abort(404)
    return drawn(url_for("redemptions.show", code=coupon.code))


def _find(coupon_id):
    """Somebody else's is a page that there is not."""
    mine = db.select(Coupon).where(Coupon.customer_id == sessions.member().id)
    return db.one_or_404(mine.where(Coupon.id == coupon_id))
