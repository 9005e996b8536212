"""核销 at the till: scan or type, look, press once; and take a slip back."""

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _

from app.campaigns import coupons, redeeming, worth
from app.campaigns.forms import NumberForm, RedeemForm
from app.campaigns.views.coupons import log
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.formats import money
from app.core.forms import refuse
from app.core.web import page, see
from app.customers import finding
from app.staff import throttle
from app.staff.signing_in import me

bp = Blueprint("redemptions", __name__)


@bp.get("/redeem")
@door("coupons.use")
def new():
    return _new(NumberForm(None))


@bp.post("/redeem")
@door("coupons.use")
def find():
    """Wrong numbers are counted: nobody at the till needs ten of them in a quarter of an hour."""
    form = NumberForm()
    if not form.validate():
        return _new(form, 422)
    where, bucket = request.remote_addr or "", f"coupon:{me().id}"
    try:
        throttle.count_both(bucket, throttle.PER_ACCOUNT, address=where)
        coupon = redeeming.typed(form.number.data)
    except Refused as no:
        db.session.rollback()
        refuse(form, no, "number")
        return _new(form, 422)
    throttle.forgive(bucket, address=where)
    db.session.commit()
    return see(url_for(".show", code=coupon.code))


@bp.get("/redeem/<code>")
@door("coupons.use")
def show(code):
    return _show(_find(code), RedeemForm(None))


@bp.post("/redeem/<code>")
@door("coupons.use")
def create(code):
    coupon, form = _find(code), RedeemForm()
    if not form.validate():
        return _show(coupon, form, 422)
    cents = form.amount.data if finding.sees(me(), coupon.customer) else None
    try:
        redeeming.redeem(coupon, by=me(), cents=cents)
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _show(coupon, form, 422)
    log("coupon.used", coupon, off=coupon.off_cents)
    db.session.commit()
    return see(url_for(".show", code=coupon.code), say=_said(coupon, cents))


@bp.post("/redeem/<code>/undoing")
@door("coupons.use")
def undo(code):
    coupon = _find(code)
    redeeming.undo(coupon, by=me())
    log("coupon.undone", coupon)
    db.session.commit()
    return see(url_for(".show", code=coupon.code), say=_("撤销了，这张券又可以用了"))


def _said(coupon, cents):
    if cents is None:
        return _("核销好了")
    left = cents - coupon.off_cents
    return _("核销好了，记了一笔消费，应收 %(sum)s", sum=money(left))


def _find(code):
    """Whoever holds the code stands at the till: any colleague may redeem it."""
    return redeeming.by_code(code) or abort(404)


def _new(form, status=200):
    return page(
        "campaigns/redemptions/new.html", part="campaigns/redemptions/_new.html", status=status,
        form=form,
    )  # fmt: skip


def _show(coupon, form, status=200):
    why = ""
    try:
        redeeming.refuse_unusable(coupon)
    except Refused as no:
        why = _(no.message, **no.params)
    return page(
        "campaigns/redemptions/show.html", part="campaigns/redemptions/_show.html", status=status,
        coupon=coupon, form=form, why=why, state=coupons.STATES[coupons.state_of(coupon)],
        known=finding.sees(me(), coupon.customer), fold=worth.fold,
        may_undo=redeeming.may_undo(coupon, me()),
    )  # fmt: skip
