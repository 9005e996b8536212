"""Refunds: giving back what was paid, and taking a refund back."""

import secrets

from flask import Blueprint, abort, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.formats import money
from app.core.forms import refuse
from app.core.web import page, see
from app.sales import refunding
from app.sales.forms import RefundForm
from app.sales.models import Refund
from app.sales.turns import may_change
from app.sales.views.orders import find, log
from app.staff.signing_in import me

bp = Blueprint("refunds", __name__)


@bp.get("/orders/<int:order_id>/refunds/new")
@door("orders.write")
def new(order_id):
    order = find(order_id)
    return _new(order, RefundForm(None, amount=order.net_cents, once=secrets.token_hex(12)))


@bp.post("/orders/<int:order_id>/refunds")
@door("orders.write")
def create(order_id):
    order, form = find(order_id), RefundForm()
    if not form.validate():
        return _new(order, form, 422)
    key = f"refund:{me().id}:{form.once.data}" if form.once.data else None
    try:
        one = refunding.refund(
            order, cents=form.amount.data, on=form.on.data, reason=form.reason.data or "",
            by=me(), key=key,
        )  # fmt: skip
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _new(order, form, 422)
    log("order.refunded", order, cents=one.cents)
    db.session.commit()
    url = url_for("orders.show", order_id=order.id)
    return see(url, say=_("退款记好了，%(amount)s", amount=money(one.cents)))


@bp.post("/refunds/<int:refund_id>/withdrawal")
@door("orders.write")
def withdraw(refund_id):
    one = db.one_or_404(refunding.visible_to(me()).where(Refund.id == refund_id))
    if not may_change(one, me()):
        abort(403)
    refunding.withdraw(one, by=me())
    log("order.refund_withdrawn", one.order, cents=one.cents)
    db.session.commit()
    return see(url_for("orders.show", order_id=one.order_id), say=_("退款撤销了"))


def _new(order, form, status=200):
    return page(
        "sales/refunds/new.html", part="sales/refunds/_new.html", status=status, order=order,
        form=form,
    )  # fmt: skip
