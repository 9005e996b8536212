"""Coupons of a customer: what they have, giving one, one to look at, and taking it back."""

import secrets

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.campaigns import coupons, offers, redeeming, worth
from app.campaigns.forms import GrantForm, WithdrawForm
from app.campaigns.models import Coupon, CouponBatch
from app.core.clock import today
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import done, page, see
from app.customers import timeline
from app.customers.views.people import find as find_customer
from app.customers.views.screens import looked_at_alone
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("coupons", __name__)

HISTORY = ("coupon.granted", "coupon.used", "coupon.undone", "coupon.withdrawn")


@bp.get("/customers/<int:customer_id>/coupons")
@door("coupons.use")
def of_customer(customer_id):
    """A part of the customer's card, or a look of its own."""
    customer = find_customer(customer_id)
    looked_at_alone(customer)
    return _page(customer)


@bp.post("/customers/<int:customer_id>/coupons")
@door("coupons.use")
def create(customer_id):
    customer, form = find_customer(customer_id), GrantForm()
    form.batch.choices = _offered()
    if not form.validate():
        return _page(customer, form, 422)
    key = f"form:{me().id}:{form.once.data}" if form.once.data else None
    try:
        coupon = coupons.grant(_batch(form.batch.data), customer, by=me(), key=key)
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _page(customer, form, 422)
    log("coupon.granted", coupon)
    db.session.commit()
    url = url_for(".of_customer", customer_id=customer.id)
    said = _("发好了：%(name)s", name=coupon.batch.name)
    return done("campaigns/coupons/_of_customer.html", url, say=said, **_shown(customer))


@bp.get("/coupons/<int:coupon_id>")
@door("coupons.use")
def show(coupon_id):
    return _show(_find(coupon_id), WithdrawForm(None))


@bp.post("/coupons/<int:coupon_id>/withdrawal")
@door("coupons.use")
def withdraw(coupon_id):
    coupon, form = _find(coupon_id), WithdrawForm()
    if not form.validate():
        return _show(coupon, form, 422)
    try:
        coupons.withdraw(coupon, reason=form.reason.data, by=me())
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _show(coupon, form, 422)
    log("coupon.withdrawn", coupon)
    db.session.commit()
    return see(url_for(".show", coupon_id=coupon.id), say=_("收回了，客户不能再用它"))


def log(did, coupon, **details):
    """A line in the book of what colleagues did: which coupon, of whom."""
    address, about = request.remote_addr or "", f"customer:{coupon.customer_id}"
    audit.log(me(), did, about, address=address, coupon=coupon.id, **details)


def _find(coupon_id):
    return db.one_or_404(coupons.visible_to(me()).where(Coupon.id == coupon_id))


def _batch(batch_id):
    return db.one_or_404(db.select(CouponBatch).where(CouponBatch.id == batch_id))


def _offered():
    return [(one.id, one.name) for one in offers.by_hand()]


def _form():
    form = GrantForm(None, once=secrets.token_hex(12))
    form.batch.choices = _offered()
    return form


def _shown(customer, form=None):
    return {
        "customer": customer,
        "coupons": coupons.of(customer),
        "form": form or _form(),
        "state_of": coupons.state_of,
        "states": coupons.STATES,
        "fold": worth.fold,
        "is_fan": coupons.is_fan(customer),
    }


def _page(customer, form=None, status=200):
    return page(
        "campaigns/coupons/of_customer.html", part="campaigns/coupons/_of_customer.html",
        status=status, **_shown(customer, form),
    )  # fmt: skip


def _show(coupon, form, status=200):
    return page(
        "campaigns/coupons/show.html", status=status, coupon=coupon, form=form,
        state=coupons.STATES[coupons.state_of(coupon)], whys=coupons.WHYS, fold=worth.fold,
        history=timeline.about(coupon, *HISTORY), moment_kinds=timeline.kinds, today=today(),
        may_withdraw=coupons.may_withdraw(coupon, me()),
        may_undo=redeeming.may_undo(coupon, me()),
    )  # fmt: skip
