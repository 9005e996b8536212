"""Colleagues and the members' pages: whose number that is, the counter's code, and the claims."""

from flask import Blueprint, abort, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import Form, refuse
from app.core.web import done, page, see
from app.customers import finding
from app.customers.models import Customer
from app.customers.views.people import find as find_customer
from app.customers.views.screens import looked_at_alone
from app.portal import binding, browsers, cards, consents, counter, profile
from app.portal.models import OPEN, PhoneClaim
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("members", __name__)

PART = "portal/members/_of_customer.html"


@bp.get("/members/<number>")
@door("customers.read")
def find(number):
    """What the member's QR code opens in a colleague's telephone: the customer's page."""
    card = cards.by_number(number)
    if card is None:
        abort(404)
    customer = find_customer(card.customer_id)
    return see(url_for("people.show", customer_id=customer.id))


@bp.get("/customers/<int:customer_id>/member")
@door("customers.read")
def of_customer(customer_id):
    """A part of the customer's page, or a look of its own."""
    customer = find_customer(customer_id)
    looked_at_alone(customer)
    return _shown(customer)


@bp.post("/customers/<int:customer_id>/member/code")
@door("customers.write")
def code(customer_id):
    """For who stands at the counter. It is in this answer alone."""
    customer = find_customer(customer_id)
    made = counter.make(customer, by=me())
    db.session.commit()
    return _shown(customer, code=made)


@bp.post("/customers/<int:customer_id>/member/sessions/end")
@door("customers.write")
def end_sessions(customer_id):
    customer = find_customer(customer_id)
    browsers.end_all(customer)
    audit.log(me(), "member.signed_out", f"customer:{customer.id}")
    db.session.commit()
    return _done(customer, _("这位会员的登录都结束了"))


@bp.post("/customers/<int:customer_id>/member/claims/<int:claim_id>/acceptance")
@door("customers.write")
def accept(customer_id, claim_id):
    customer, claim = _claim(customer_id, claim_id)
    try:
        kept = binding.accept(claim, by=me())
    except Refused as no:
        return _refused(customer, no)
    db.session.commit()
    if kept.id != customer.id:
        return see(url_for("people.show", customer_id=kept.id), say=_("已并到这张卡"))
    return _done(customer, _("号码确认了"))


@bp.post("/customers/<int:customer_id>/member/claims/<int:claim_id>/refusal")
@door("customers.write")
def refuse_claim(customer_id, claim_id):
    customer, claim = _claim(customer_id, claim_id)
    binding.refuse(claim, by=me())
    db.session.commit()
    return _done(customer, _("记下了，不是他的"))


def _claim(customer_id, claim_id):
    customer = find_customer(customer_id)
    mine = db.select(PhoneClaim).where(PhoneClaim.customer_id == customer.id)
    return customer, db.one_or_404(mine.where(PhoneClaim.id == claim_id))


def _refused(customer, no):
    db.session.rollback()
    form = Form(None)
    refuse(form, no)
    return _shown(customer, form, status=422)


def _done(customer, say):
    url = url_for("people.show", customer_id=customer.id)
    return done(PART, url, say=say, **_context(customer))


def _shown(customer, form=None, *, code="", status=200):
    whole = "portal/members/of_customer.html"
    return page(whole, part=PART, status=status, **_context(customer, form, code))


def _context(customer, form=None, code=""):
    card = cards.of(customer)
    return {
        "customer": customer,
        "card": card,
        "number": cards.grouped(card.number) if card else "",
        "agreed": [(name, consents.newest(customer, key))
                   for key, name in consents.PURPOSES.items()] if card else [],
        "browsers": browsers.of(customer),
        "answers": [(profile.QUESTIONS[key].label, one.answer)
                    for key, one in profile.answers_of(customer).items() if one.answer],
        "claims": [(one, _owner_of(one)) for one in binding.claims_of(customer)
                   if one.state == OPEN],
        "code": code,
        "minutes": int(counter.LASTS.total_seconds() // 60),
        "form": form or Form(None),
    }  # fmt: skip


def _owner_of(claim):
    """(name, address or "") of the card that has the number, None where nobody has."""
    owner = binding.owner_of(claim)
    if owner is None:
        return None
    seen = finding.visible_to(me()).where(Customer.id == owner.id)
    url = url_for("people.show", customer_id=owner.id) if db.session.scalar(seen) else ""
    return (owner.name or _("未命名"), url)
