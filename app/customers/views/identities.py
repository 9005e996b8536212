"""The ways to reach a customer: show a number (and write down who looked), add, remove."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.web import done, page
from app.customers import identities, people
from app.customers.forms import HandleForm
from app.customers.models import BY_PLATFORMS, PHONE, Identity
from app.customers.views.people import find, taken_by
from app.customers.views.screens import card, handles, story, tagging
from app.staff import access, audit
from app.staff.signing_in import me

bp = Blueprint("identities", __name__)

PART = "customers/identities/_handles.html"


@bp.post("/customers/<int:customer_id>/phone")
@door("customers.reveal")
def reveal(customer_id):
    """The whole numbers, only ever as the answer to this; the book keeps who looked at whom."""
    customer = find(customer_id)
    whom, address = f"customer:{customer.id}", request.remote_addr or ""
    audit.log(me(), "phone.revealed", whom, address=address)
    access.note(me(), access.PHONE, whom, address=address)
    db.session.commit()
    return _shown(customer, revealed=True)


@bp.get("/customers/<int:customer_id>/identities/edit")
@door("customers.write")
def edit(customer_id):
    """What is unfolded on the customer's page: adding one, and taking one away."""
    shown = handles(find(customer_id), HandleForm(None))
    return page("customers/identities/edit.html", part="customers/identities/_edit.html", **shown)


@bp.post("/customers/<int:customer_id>/identities")
@door("customers.write")
def create(customer_id):
    customer, form = find(customer_id), HandleForm()
    if not form.validate():
        return _shown(customer, form, status=422)
    try:
        _add(customer, form.kind.data, form.value.data)
    except Refused as no:
        form.value.errors = [_(no.message, **no.params)]
        other = {}
        if isinstance(no, identities.TakenBy):
            other = taken_by(no.other, form.kind.data == PHONE)
        return _shown(customer, form, status=422, **other)
    db.session.commit()
    url = url_for("people.show", customer_id=customer.id)
    return done(PART, url, say=_("已添加"), **handles(customer))


@bp.post("/customers/<int:customer_id>/identities/<int:identity_id>/removal")
@door("customers.write")
def destroy(customer_id, identity_id):
    customer = find(customer_id)
    own = Identity.customer_id == customer.id, Identity.kind.not_in(BY_PLATFORMS)
    one = db.one_or_404(db.select(Identity).where(Identity.id == identity_id, *own))
    identities.detach(one, by=me())
    db.session.commit()
    url = url_for("people.show", customer_id=customer.id)
    return done(PART, url, say=_("已移除"), **handles(customer))


@bp.post("/customers/<int:customer_id>/contact-phone/removal")
@door("customers.write")
def forget_contact(customer_id):
    customer = find(customer_id)
    people.edit(customer, version=customer.version, by=me(), contact_phone="")
    db.session.commit()
    url = url_for("people.show", customer_id=customer.id)
    return done(PART, url, say=_("已移除"), **handles(customer))


def _add(customer, kind, typed):
    """An identity; or, when the person said that it is shared, a number that only reaches."""
    if kind != PHONE:
        value = identities.normal(kind, typed)
        identities.attach(customer, kind, value, source="staff", by=me())
    elif request.form.get("move"):
        people.edit(customer, version=customer.version, by=me(), contact_phone=typed)
    else:
        people.set_phone(customer, typed, source="staff", by=me())


def _shown(customer, form=None, *, status=200, revealed=False, other=None):
    parts = {**card(customer), **tagging(customer), **story(customer)}
    shown = handles(customer, form, revealed=revealed, other=other)
    return page("customers/people/show.html", part=PART, status=status, **{**parts, **shown})
