"""Becoming a member: what is kept and why is told first, and each thing is agreed to by itself."""

from flask import Blueprint, abort, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import public
from app.core.web import arg, page, see
from app.portal import browsers, cards, consents, sessions
from app.portal.forms import JoinForm
from app.wechat import accounts

bp = Blueprint("join", __name__)


@bp.get("/m/join")
@public
def show():
    if sessions.visit() is None:
        return see(url_for("entry.show", to=url_for(".show")))
    return _page(JoinForm(None, to=sessions.member_path(arg("to", most=500)), service=True))


@bp.post("/m/join")
@public
def create():
    visit, form = sessions.visit(), JoinForm()
    if visit is None:
        abort(401)
    if not form.validate() or not form.agree.data:
        form.agree.errors = [_("要先看过告知书、勾上同意，才能成为会员；不同意也可以随便看看")]
        return _page(form, 422)
    customer = sessions.recognise() or _met(visit)
    cards.join(customer, service=form.service.data, marketing=form.marketing.data)
    browsers.settle(visit, customer)
    db.session.commit()
    return see(sessions.member_path(form.to.data), say=_("已经是会员了"))


@bp.get("/m/notice")
@public
def notice():
    """What we keep, why, how long, who gets it, and what one may ask for."""
    sessions.recognise()
    return page("portal/join/notice.html", version=consents.VERSION)


def _met(visit):
    account = accounts.get(visit.account)
    source = "practice" if account and account.practice else "wechat"
    return cards.meet(visit.account, visit.openid, source=source)


def _page(form, status=200):
    purposes, why = consents.PURPOSES, consents.WHY
    name = "portal/join/show.html"
    return page(name, status=status, form=form, purposes=purposes, why=why)
