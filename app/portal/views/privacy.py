"""我的隐私卡: what is held, who looked, the switches; take a copy, delete, leave."""

import json

from flask import Blueprint, abort, make_response, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import member, public
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import arg, page, see
from app.customers import erasing
from app.portal import browsers, cards, consents, copying, privacy, sessions
from app.portal.forms import SureForm, SwitchForm
from app.staff import devices

bp = Blueprint("privacy", __name__)

WITHDRAWN = {consents.PHONE: privacy.forget_phone, consents.CHILD: privacy.forget_child}
ENDS = ("left", "deleted")


@bp.get("/m/privacy")
@member
def show():
    customer = sessions.member()
    total, selling = privacy.messages_this_month(customer)
    return page(
        "portal/privacy/show.html",
        held=privacy.held(customer),
        looks=privacy.looks(customer),
        switches=[(key, consents.PURPOSES[key], consents.WHY[key], consents.holds(customer, key))
                  for key in consents.SWITCHES],
        withdrawable=[(key, consents.PURPOSES[key]) for key in WITHDRAWN
                      if consents.holds(customer, key)],
        evidence=[(one, consents.PURPOSES.get(one.purpose, one.purpose))
                  for one in consents.all_of(customer, most=20)],
        total=total,
        selling=selling,
        card=cards.of(customer),
        devices=[(devices.words(one.device), one.created_at) for one in browsers.of(customer)],
    )  # fmt: skip


@bp.post("/m/privacy/consents/<purpose>")
@member
def switch(purpose):
    """A switch works at once, for what waits in the outbox too."""
    if purpose not in consents.SWITCHES:
        abort(404)
    form = SwitchForm()
    consents.put(sessions.member(), purpose, form.on.data)
    db.session.commit()
    say = _("打开了") if form.on.data else _("关掉了，马上生效")
    return see(url_for(".show"), say=say)


@bp.post("/m/privacy/consents/<purpose>/withdrawal")
@member
def withdraw(purpose):
    """What was given for one purpose goes, and nothing else changes."""
    if purpose not in WITHDRAWN:
        abort(404)
    WITHDRAWN[purpose](sessions.member())
    db.session.commit()
    return see(url_for(".show"), say=_("删掉了"))


@bp.post("/m/privacy/copy")
@member
def copy():
    """To be read: every table in plain rows."""
    found = copying.copy_of(sessions.member())
    db.session.commit()
    return page("portal/privacy/copy.html", copy=found, names=copying.NAMES)


@bp.post("/m/privacy/copy.json")
@member
def copy_file():
    """To be kept, or read by another programme."""
    found = copying.copy_of(sessions.member())
    db.session.commit()
    answer = make_response(json.dumps(found, ensure_ascii=False, indent=1))
    answer.mimetype = "application/json"
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer


@bp.get("/m/privacy/deletion")
@member
def deletion():
    return _deletion(SureForm(None))


@bp.post("/m/privacy/deletion")
@member
def delete():
    form = SureForm()
    if not form.sure.data:
        form.sure.errors = [_("删了就找不回来了，确定的话请勾上")]
        return _deletion(form, 422)
    customer = sessions.member()
    try:
        browsers.end_all(customer)
        erasing.erase(customer)
    except Refused as no:
        db.session.rollback()
        refuse(form, no)
        return _deletion(form, 422)
    db.session.commit()
    return sessions.take_cookie(see(url_for(".bye", end="deleted")))


@bp.post("/m/privacy/signing-out")
@member
def sign_out():
    """Every browser is out; being a member goes on."""
    browsers.end_all(sessions.member())
    db.session.commit()
    return sessions.take_cookie(see(url_for("storefront.show"), say=_("都退出登录了")))


@bp.get("/m/privacy/leaving")
@member
def leaving():
    return page("portal/privacy/leaving.html")


@bp.post("/m/privacy/leaving")
@member
def leave():
    """No more messages, and every browser is out. What was bought stays until it is deleted."""
    customer = sessions.member()
    cards.leave(customer)
    browsers.end_all(customer)
    db.session.commit()
    return sessions.take_cookie(see(url_for(".bye", end="left")))


@bp.get("/m/bye")
@public
def bye():
    end = arg("end")
    return page("portal/privacy/bye.html", end=end if end in ENDS else "left")


def _deletion(form, status=200):
    owed = sessions.member().owed_cents
    return page("portal/privacy/deletion.html", status=status, form=form, owed=owed)
