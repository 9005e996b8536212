"""Who lends a hand with a customer: shown, asked, and let go."""

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import done, page, see
from app.customers import helping
from app.customers.forms import HelperForm
from app.customers.views.people import find
from app.staff import accounts
from app.staff.models import Staff
from app.staff.signing_in import me

bp = Blueprint("helpers", __name__)

PART = "customers/helpers/_helpers.html"


@bp.get("/customers/<int:customer_id>/helpers")
@door("customers.read")
def index(customer_id):
    return _page(find(customer_id))


@bp.post("/customers/<int:customer_id>/helpers")
@door("customers.write")
def create(customer_id):
    customer = find(customer_id)
    form = _form(customer)
    if not form.validate():
        return _page(customer, form, 422)
    try:
        helping.begin(customer, db.session.get_one(Staff, form.staff.data), by=me())
    except Refused as no:
        refuse(form, no)
        return _page(customer, form, 422)
    db.session.commit()
    return _done(customer)


@bp.post("/customers/<int:customer_id>/helpers/<int:staff_id>/removal")
@door("customers.write")
def destroy(customer_id, staff_id):
    customer = find(customer_id)
    staff = db.one_or_404(db.select(Staff).where(Staff.id == staff_id))
    helping.end(customer, staff, by=me())
    db.session.commit()
    if staff.id == me().id and customer.owner_id != me().id and not me().may("customers.all"):
        return see(url_for("people.index"), say=_("已退出协助"))
    return _done(customer)


def _form(customer):
    form = HelperForm()
    helped = {customer.owner_id, *(person.id for person in helping.of(customer))}
    form.staff.choices = [(p.id, p.display) for p in accounts.active() if p.id not in helped]
    return form


def _shown(customer, form=None):
    return {
        "customer": customer,
        "helpers": helping.of(customer),
        "may_choose": helping.may_choose(customer, me()),
        "form": form or _form(customer),
    }


def _page(customer, form=None, status=200):
    whole = "customers/helpers/index.html"
    return page(whole, part=PART, status=status, **_shown(customer, form))


def _done(customer):
    return done(PART, url_for(".index", customer_id=customer.id), **_shown(customer))
