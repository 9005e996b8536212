"""Purchases: the list, one of them, writing one down, putting it right, and taking it back."""

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
from app.sales import basket, book, debts, ordering, refunding, shelf
from app.sales.forms import EditForm, OrderForm, VoidForm
from app.sales.models import Order
from app.sales.turns import may_change
from app.staff import audit
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
    customer = _customer(chosen)
    return _new(customer, *_order_form(customer, None, once=secrets.token_hex(12)))


@bp.post("/orders")
@door("orders.write")
def create():
    customer = _customer(_number(request.form.get("customer", "")))
    form, usual = _order_form(customer)
    if not form.validate():
        return _new(customer, form, usual, 422)
    key = f"form:{me().id}:{form.once.data}" if form.once.data else None
    try:
        order = ordering.place(
            customer, on=form.on.data, cents=form.amount.data, text=form.text.data or "",
            by=me(), key=key, things=basket.understood(form.typed, _picked(form, usual)),
            owed=form.owed.data or 0, due_on=form.due_on.data,
        )  # fmt: skip
    except Refused as no:
        refuse(form, no)
        return _new(customer, form, usual, 422)
    db.session.commit()
    url = url_for("people.show", customer_id=customer.id)
    return see(url, say=_("记好了，%(amount)s", amount=money(order.cents)))


@bp.get("/orders/<int:order_id>")
@door("orders.write")
def show(order_id):
    return _show(find(order_id), VoidForm(None))


@bp.get("/orders/<int:order_id>/edit")
@door("orders.write")
def edit(order_id):
    order = _changeable(order_id)
    lines = [
        {"name": one.name, "quantity": one.quantity, "price": one.cents} for one in basket.of(order)
    ]
    owed, due = (order.owed_cents, order.due_on) if order.owed_cents else (None, None)
    data = {"amount": order.cents, "lines": lines, "owed": owed, "due_on": due}
    return _edit(order, EditForm(None, data={**data, **_seen(order)}))


@bp.post("/orders/<int:order_id>")
@door("orders.write")
def update(order_id):
    order, form = _changeable(order_id), EditForm()
    if not form.validate():
        return _edit(order, form, 422)
    try:
        was, asked = order.cents, request.form
        ordering.edit(
            order, version=form.version.data or 0, on=form.on.data, cents=form.amount.data,
            text=form.text.data or "", by=me(),
            things=basket.understood(form.typed) if "lines-0-name" in asked else None,
            owed=form.owed.data or 0 if "owed" in asked else None, due_on=form.due_on.data,
        )  # fmt: skip
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _edit(order, form, 422)
    log("order.edited", order, was=was, now=order.cents)
    db.session.commit()
    return see(url_for(".show", order_id=order.id), say=_("改好了，原来写的还在修改记录里"))


@bp.post("/orders/<int:order_id>/voiding")
@door("orders.write")
def void(order_id):
    order, form = _changeable(order_id), VoidForm()
    if not form.validate():
        return _show(order, form, 422)
    ordering.void(order, reason=form.reason.data, by=me())
    log("order.voided", order, cents=order.cents)
    db.session.commit()
    return see(url_for(".show", order_id=order.id), say=_("已作废，不再计入消费"))


def find(order_id):
    return db.one_or_404(ordering.visible_to(me()).where(Order.id == order_id))


def _seen(order):
    """What the form of a change begins with."""
    return {"on": order.on, "text": order.text, "version": order.version}


def _changeable(order_id):
    order = find(order_id)
    if not may_change(order, me()):
        abort(403)
    return order


def log(did, order, **details):
    """A line in the book of what colleagues did: which purchase, how much, no words of it."""
    audit.log(me(), did, f"order:{order.id}", address=request.remote_addr or "", **details)


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


def _order_form(customer, *blank, **values):
    """The form, and what this customer usually buys: one tap each."""
    form, usual = OrderForm(*blank, **values), shelf.usual_of(customer)
    form.picks.choices = [(one.id, one.name) for one in usual]
    return form, usual


def _picked(form, usual):
    return [one for one in usual if one.id in (form.picks.data or ())]


def _new(customer, form, usual, status=200):
    return page(
        "sales/orders/new.html", part="sales/orders/_new.html", status=status,
        customer=customer, form=form, usual=usual,
    )  # fmt: skip


def _show(order, form, status=200):
    return page(
        "sales/orders/show.html",
        part="sales/orders/_show.html",
        status=status,
        order=order,
        form=form,
        may_change=not order.is_void and may_change(order, me()),
        things=basket.of(order),
        refunds=refunding.of(order),
        payments=debts.paid_for(order),
        methods=debts.METHODS,
        may_undo=lambda one: may_change(one, me()),
        history=ordering.history_of(order),
    )


def _edit(order, form, status=200):
    return page(
        "sales/orders/edit.html", part="sales/orders/_edit.html", status=status, order=order,
        form=form,
    )  # fmt: skip
