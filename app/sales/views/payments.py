"""Money that comes in for what was owed, and taking such a line back."""

import secrets

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _

from app.core.clock import today
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.formats import money
from app.core.forms import refuse
from app.core.web import page, see
from app.customers import finding
from app.customers.models import Customer
from app.sales import debts
from app.sales.forms import PaymentForm
from app.sales.models import Payment
from app.sales.turns import may_change
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("payments", __name__)


@bp.post("/customers/<int:customer_id>/payments")
@door("orders.write")
def create(customer_id):
    customer = db.one_or_404(finding.visible_to(me()).where(Customer.id == customer_id))
    form = PaymentForm()
    if not form.validate():
        return debts_page(customer, form, 422)
    key = f"pay:{me().id}:{form.once.data}" if form.once.data else None
    try:
        paid = debts.pay(
            customer, cents=form.amount.data, on=form.on.data, method=form.method.data or "",
            by=me(), key=key,
        )  # fmt: skip
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return debts_page(customer, form, 422)
    _log("payment.received", paid[0], cents=form.amount.data)
    db.session.commit()
    url = url_for("debts.of_customer", customer_id=customer.id)
    return see(url, say=_("收款记好了，%(amount)s", amount=money(form.amount.data)))


@bp.post("/payments/<int:payment_id>/withdrawal")
@door("orders.write")
def withdraw(payment_id):
    one = db.one_or_404(debts.visible_to(me()).where(Payment.id == payment_id))
    if not may_change(one, me()):
        abort(403)
    debts.withdraw(one, by=me())
    _log("payment.withdrawn", one, cents=one.cents)
    db.session.commit()
    url = url_for("debts.of_customer", customer_id=one.order.customer_id)
    return see(url, say=_("收款撤销了"))


def _log(did, payment, **details):
    about = f"order:{payment.order_id}"
    audit.log(me(), did, about, address=request.remote_addr or "", **details)


def fresh(customer):
    return PaymentForm(None, amount=customer.owed_cents, once=secrets.token_hex(12))


def debts_page(customer, form, status=200):
    """What a customer owes, since when and until when, and what they have paid."""
    return page(
        "sales/debts/of_customer.html", part="sales/debts/_of_customer.html", status=status,
        customer=customer, form=form, unpaid=debts.unpaid(customer), today=today(),
        payments=debts.payments_of(customer), methods=debts.METHODS,
        may_undo=lambda one: may_change(one, me()),
    )  # fmt: skip
