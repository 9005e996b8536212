"""Purchases: the list, one of them, writing one down, and taking one back."""

import secrets

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _

from app.core import paging
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.formats import money
from app.core.forms import refuse
from app.core.web import LARGEST_ID, arg, number_arg, page, see
from app.customers import finding, listing
from app.customers.models import Customer
from app.customers.views.screens import looked_at
from app.sales import book, ordering
from app.sales.forms import OrderForm, VoidForm
from app.sales.models import Order
from app.staff.signing_in import me

bp = Blueprint("orders", __name__)


@bp.get("/orders")
@door("orders.write")
def index():
    found = book.page(me(), paging.read(arg("after"), book.NEWEST))
    return page("sales/orders/index.html", **_rows(found, "orders.index"))


@bp.get("/customers/<int:customer_id>/orders")
@door("orders.write")
def of_customer(customer_id):
    customer = _customer(customer_id)
    looked_at(customer)
    found = book.of(customer, paging.read(arg("after"), book.NEWEST))
    return page(
        "sales/orders/of_customer.html",
        customer=customer,
        **_rows(found, "orders.of_customer", customer_id=customer.id),
    )


@bp.get("/orders/new")
@door("orders.write")
def new():
    """Without a customer the first step is to find one."""
    chosen = number_arg("customer")
    if chosen is None:
        q = arg("q")
        rows = listing.of(finding.search(me(), q, most=20)) if q else []
        return page("sales/orders/choose.html", q=q, rows=rows, tails=listing.tails(rows))
    form = OrderForm(None, once=secrets.token_hex(12))
    return _new(_customer(chosen), form)


@bp.post("/orders")
@door("orders.write")
def create():
    customer, form = _customer(_number(request.form.get("customer", ""))), OrderForm()
    if not form.validate():
        return _new(customer, form, 422)
    key = f"form:{me().id}:{form.once.data}" if form.once.data else None
    try:
        order = ordering.place(
            customer, on=form.on.data, cents=form.amount.data, text=form.text.data or "",
            by=me(), key=key,
        )  # fmt: skip
    except Refused as no:
        refuse(form, no)
        return _new(customer, form, 422)
    db.session.commit()
    url = url_for("people.show", customer_id=customer.id)
    return see(url, say=_("记好了，%(amount)s", amount=money(order.cents)))


@bp.get("/orders/<int:order_id>")
@door("orders.write")
def show(order_id):
    return _show(_order(order_id), VoidForm(None))


@bp.post("/orders/<int:order_id>/voiding")
@door("orders.write")
def void(order_id):
    order, form = _order(order_id), VoidForm()
    if not ordering.may_void(order, me()):
        abort(403)
    if not form.validate():
        return _show(order, form, 422)
    ordering.void(order, reason=form.reason.data, by=me())
    db.session.commit()
    return see(url_for(".show", order_id=order.id), say=_("已作废，不再计入消费"))


def _order(order_id):
    return db.one_or_404(ordering.visible_to(me()).where(Order.id == order_id))


def _customer(customer_id):
    return db.one_or_404(
        finding.visible_to(me()).where(Customer.id == min(customer_id, LARGEST_ID))
    )


def _number(text):
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0


def _rows(found, endpoint, **where):
    after = paging.write(found.next)
    return {
        "rows": found.rows,
        "owners": listing.owners(),
        "next_url": url_for(endpoint, **where, after=after) if after else None,
    }


def _new(customer, form, status=200):
    whole = "sales/orders/new.html"
    return page(whole, part="sales/orders/_new.html", status=status, customer=customer, form=form)


def _show(order, form, status=200):
    return page(
        "sales/orders/show.html",
        part="sales/orders/_show.html",
        status=status,
        order=order,
        form=form,
        may_void=not order.is_void and ordering.may_void(order, me()),
    )
