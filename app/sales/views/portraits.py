"""What a customer's history suggests: a part of the customer's page, and a page of its own."""

from datetime import date

from flask import Blueprint
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import N_
from app.core.formats import money, roughly, short_day
from app.core.web import page
from app.customers import finding
from app.customers.models import Customer
from app.customers.views.screens import looked_at
from app.sales import portrait
from app.staff.signing_in import me

bp = Blueprint("portraits", __name__)

NAMES = {
    "potential": N_("获利潜力"), "cross": N_("交叉购买"), "upgrade": N_("增值购买"),
    "credit": N_("退货和欠款"),
}  # fmt: skip
SUMS = {"low": roughly, "high": roughly, "sum": roughly, "owed": money}


@bp.get("/customers/<int:customer_id>/portrait")
@door("orders.write")
def show(customer_id):
    customer = db.one_or_404(finding.visible_to(me()).where(Customer.id == customer_id))
    looked_at(customer)
    return page(
        "sales/portraits/show.html", part="sales/portraits/_show.html", customer=customer,
        traits=portrait.of(customer), is_super=portrait.is_super(customer),
        best=portrait.bestsellers(), names=NAMES, told=told,
    )  # fmt: skip


def told(fact):
    """A fact in words: amounts and days as they look everywhere."""
    sentence, params = fact
    return _(sentence, **{name: _shown(name, value) for name, value in params.items()})


def _shown(name, value):
    if isinstance(value, date):
        return short_day(value)
    return SUMS[name](value) if name in SUMS else value
