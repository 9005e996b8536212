"""Points of a customer: the ledger, putting it right, exchanging for a coupon at the counter."""

import secrets

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.campaigns import offers, worth
from app.campaigns.models import CouponBatch
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import done, page
from app.customers import identities
from app.customers.views.people import find
from app.customers.views.screens import looked_at_alone
from app.portal import levels, points
from app.portal.forms import CorrectionForm, ExchangeForm
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("points", __name__)

PART = "portal/points/_of_customer.html"


@bp.get("/customers/<int:customer_id>/points")
@door("coupons.use")
def of_customer(customer_id):
    """A part of the customer's card, or a look of its own."""
    customer = find(customer_id)
    looked_at_alone(customer)
    return _page(customer)


@bp.post("/customers/<int:customer_id>/points")
@door("points.correct")
def correct(customer_id):
    customer, form = find(customer_id), CorrectionForm()
    if not form.validate():
        return _page(customer, 422, correction=form)
    if identities.is_self(customer, me()):  # the book keeps who tried
        _log("points.own_refused", customer)
        db.session.commit()
    try:
        points.correct(customer, form.points.data, reason=form.reason.data, by=me())
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _page(customer, 422, correction=form)
    _log("points.corrected", customer, points=form.points.data)
    return _done(customer, _("调整好了"))


@bp.post("/customers/<int:customer_id>/points/exchanges")
@door("coupons.use")
def exchange(customer_id):
    customer, form = find(customer_id), ExchangeForm()
    form.batch.choices = choices()
    if not form.validate():
        return _page(customer, 422, exchange=form)
    try:
        key = f"points:{customer.id}:{form.once.data or secrets.token_hex(12)}"
        coupon = points.exchange(customer, batch_of(form), by=me(), key=key)
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _page(customer, 422, exchange=form)
    _log("points.exchanged", customer, coupon=coupon.id)
    return _done(customer, _("换好了：%(name)s", name=coupon.batch.name))


def choices():
    """What can be had for points, and for how many."""
    return [
        (one.id, _("%(name)s：%(n)s 积分", name=one.name, n=one.price))
        for one in offers.for_points()
    ]


def batch_of(form):
    return db.one_or_404(db.select(CouponBatch).where(CouponBatch.id == form.batch.data))


def exchange_form():
    form = ExchangeForm(None, once=secrets.token_hex(12))
    form.batch.choices = choices()
    return form


def _log(did, customer, **details):
    address = request.remote_addr or ""
    audit.log(me(), did, f"customer:{customer.id}", address=address, **details)


def _done(customer, said):
    db.session.commit()
    url = url_for(".of_customer", customer_id=customer.id)
    return done(PART, url, say=said, **_shown(customer))


def _shown(customer, correction=None, exchange=None):
    return {
        "customer": customer,
        "balance": points.balance_of(customer),
        "standing": levels.of(customer),
        "entries": points.of(customer, most=10),
        "kinds": points.KINDS,
        "correction": correction or CorrectionForm(None),
        "exchange": exchange or exchange_form(),
        "fold": worth.fold,
    }


def _page(customer, status=200, **forms):
    whole = "portal/points/of_customer.html"
    return page(whole, part=PART, status=status, **_shown(customer, **forms))
