"""A member gives their phone number, and says that it may be kept."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import member
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.customers import identities
from app.customers.models import PHONE
from app.portal import binding, consents, sessions
from app.portal.forms import PhoneForm
from app.portal.models import OPEN
from app.staff.throttle import TooManyTries

bp = Blueprint("numbers", __name__)


@bp.get("/m/phone")
@member
def show():
    return _page(PhoneForm(None))


@bp.post("/m/phone")
@member
def create():
    customer, form = sessions.member(), PhoneForm()
    if not form.validate():
        return _page(form, 422)
    if not form.agree.data:
        form.agree.errors = [_("要同意了才能记下号码，请勾上")]
        return _page(form, 422)
    try:
        done = binding.give_phone(
            customer, form.phone.data, form.code.data, address=request.remote_addr or ""
        )
        if done == binding.WAITS:
            consents.put(customer, consents.PHONE, True)
    except Refused as no:
        refuse(form, no, "phone")
        db.session.rollback()
        return _page(form, 429 if isinstance(no, TooManyTries) else 422)
    db.session.commit()
    if done == binding.PROVED:
        return see(url_for("cards.show"), say=_("绑定好了"))
    return see(url_for(".show"), say=_("收到了，店里核对后生效"))


def _page(form, status=200):
    customer = sessions.member()
    return page(
        "portal/numbers/show.html",
        status=status,
        form=form,
        phones=[one.value for one in identities.of(customer) if one.kind == PHONE],
        waiting=[one.phone for one in binding.claims_of(customer) if one.state == OPEN],
    )
