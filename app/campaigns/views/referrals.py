"""Who brought a customer, and whom they brought: shown, and written down by hand."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.campaigns import referrals
from app.campaigns.forms import InviterForm
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import arg, done, page
from app.customers import finding, listing
from app.customers.models import Customer
from app.customers.views.people import find
from app.customers.views.screens import looked_at_alone
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("referrals", __name__)

PART = "campaigns/referrals/_of_customer.html"
FEW = 8


@bp.get("/customers/<int:customer_id>/referrals")
@door("customers.read")
def of_customer(customer_id):
    """A part of the customer's card, or a look of its own."""
    customer = find(customer_id)
    looked_at_alone(customer)
    return _page(customer, q=arg("q"))


@bp.post("/customers/<int:customer_id>/referrals")
@door("customers.write")
def create(customer_id):
    """Both are customers whom this colleague may see."""
    customer, form = find(customer_id), InviterForm()
    if not form.validate():
        return _page(customer, form, status=422)
    inviter = find(form.inviter.data)
    try:
        referrals.introduce(customer, inviter, by=me())
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _page(customer, form, status=422)
    address, about = request.remote_addr or "", f"customer:{customer.id}"
    audit.log(me(), "referral.written", about, address=address, inviter=inviter.id)
    db.session.commit()
    url = url_for(".of_customer", customer_id=customer.id)
    return done(PART, url, say=_("记下了"), **_shown(customer))


def _shown(customer, form=None, q=""):
    """The friends of a customer may be other colleagues' customers: those keep their names."""
    of_guest, friends = referrals.of_guest(customer), referrals.of(customer)
    ids = [one.guest_id for one in friends] + ([of_guest.inviter_id] if of_guest else [])
    seen = db.select(Customer.id).where(Customer.id.in_(ids), finding.seen_by(me()))
    found = listing.of(finding.search(me(), q, most=FEW)) if q else []
    return {
        "customer": customer, "of_guest": of_guest, "friends": friends, "q": q,
        "seen": set(db.session.scalars(seen)) if ids else set(),
        "rows": [row for row in found if row.id != customer.id],
        "tails": listing.tails(found), "form": form or InviterForm(None),
    }  # fmt: skip


def _page(customer, form=None, q="", status=200):
    whole = "campaigns/referrals/of_customer.html"
    return page(whole, part=PART, status=status, **_shown(customer, form, q))
