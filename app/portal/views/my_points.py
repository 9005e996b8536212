"""A member's points and level: the ledger, and exchanging points for a coupon."""

import secrets

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.campaigns import worth
from app.core.db import db
from app.core.doors import member
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.portal import levels, points, sessions
from app.portal.forms import ExchangeForm
from app.portal.views.points import batch_of, choices, exchange_form

bp = Blueprint("my_points", __name__)


@bp.get("/m/points")
@member
def show():
    return _page(exchange_form())


@bp.post("/m/points/exchanges")
@member
def exchange():
    customer, form = sessions.member(), ExchangeForm()
    form.batch.choices = choices()
    if not form.validate():
        return _page(form, 422)
    try:
        key = f"points:{customer.id}:{form.once.data or secrets.token_hex(12)}"
        coupon = points.exchange(customer, batch_of(form), by=None, key=key)
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _page(form, 422)
    db.session.commit()
    said = _("换好了，到店给店员看就能用")
    return see(url_for("my_coupons.show", coupon_id=coupon.id), say=said)


def _page(form, status=200):
    customer = sessions.member()
    return page(
        "portal/my_points/show.html", status=status, form=form, fold=worth.fold,
        balance=points.balance_of(customer), standing=levels.of(customer), kinds=points.KINDS,
        entries=points.of(customer), levels=levels.every(),
    )  # fmt: skip
