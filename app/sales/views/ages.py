"""What a customer needs now: the days their care is counted from, and what runs out."""

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.core.clock import today
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import done, page
from app.customers import finding
from app.customers.models import Customer
from app.customers.views.screens import looked_at_alone
from app.sales import ages, stages, supplies
from app.sales.forms import CareDateForm
from app.sales.models import CareDate
from app.staff.signing_in import me

bp = Blueprint("ages", __name__)


@bp.get("/customers/<int:customer_id>/care")
@door("customers.read")
def of_customer(customer_id):
    """A part of the customer's card, or a look of its own."""
    customer = _customer(customer_id)
    looked_at_alone(customer)
    return _panel(customer, _form(None))


@bp.post("/customers/<int:customer_id>/care")
@door("customers.write")
def create(customer_id):
    customer, form = _customer(customer_id), _form()
    if not form.validate():
        return _panel(customer, form, 422)
    line = next(one for one in _lines() if one.id == form.line.data)
    try:
        ages.put(customer, line, name=form.name.data or "", on=form.on.data, by=me())
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _panel(customer, form, 422)
    return _done(customer)


@bp.post("/customers/<int:customer_id>/care/<int:care_date_id>/removal")
@door("customers.write")
def destroy(customer_id, care_date_id):
    customer = _customer(customer_id)
    mine = db.select(CareDate).where(CareDate.id == care_date_id)
    ages.forget(db.one_or_404(mine.where(CareDate.customer_id == customer.id)), by=me())
    return _done(customer)


def _customer(customer_id):
    return db.one_or_404(finding.visible_to(me()).where(Customer.id == customer_id))


def _lines():
    return [one for one in stages.lines() if one.basis == stages.AGE]


def _form(*blank):
    form = CareDateForm(*blank)
    form.line.choices = [(one.id, one.name) for one in _lines()]
    return form


def _done(customer):
    db.session.commit()
    url = url_for("people.show", customer_id=customer.id)
    return done("sales/ages/_of_customer.html", url, say=_("保存好了"), **_shown(customer))


def _shown(customer, form=None):
    return {
        "customer": customer, "standings": ages.standings(customer), "form": form or _form(None),
        "supplies": supplies.of(customer, most=5), "months_of": ages.months_of, "today": today(),
    }  # fmt: skip


def _panel(customer, form, status=200):
    return page(
        "sales/ages/of_customer.html", part="sales/ages/_of_customer.html", status=status,
        **_shown(customer, form),
    )  # fmt: skip
