"""Invite a friend: a member's link and what came of it, and the page that the friend opens."""

from flask import Blueprint, abort, current_app, url_for
from flask_babel import gettext as _

from app.campaigns import offers, referrals, worth
from app.core.db import db
from app.core.doors import member, public
from app.core.web import page, see
from app.portal import rating, sessions
from app.portal.views.cards import drawn

bp = Blueprint("invites", __name__)


@bp.get("/m/invite")
@member
def show():
    customer = sessions.member()
    mark = referrals.mark_of(customer)
    came, bought = referrals.tally(customer)
    rule = rating.rules().get(rating.REFERRAL)
    path = url_for(".landing", mark=mark) if mark else ""
    return page(
        "portal/invites/show.html", link=current_app.config["SHUKE"].address + path if mark else "",
        came=came, bought=bought, points=rule.points if rule else 0,
        batch=offers.of_event(offers.REFERRAL), fold=worth.fold,
        at_once=referrals.REWARD_AT() == referrals.AT_ONCE,
    )  # fmt: skip


@bp.post("/m/invite")
@member
def create():
    """A link of one's own; a second press finds the same."""
    referrals.make_mark(sessions.member())
    db.session.commit()
    return see(url_for(".show"))


@bp.get("/m/invite/picture.svg")
@member
def picture():
    mark = referrals.mark_of(sessions.member())
    return drawn(url_for(".landing", mark=mark)) if mark else abort(404)


@bp.get("/m/i/<mark>")
@public
def landing(mark):
    """What a friend opens. WeChat says who it is first; nothing is written by looking."""
    inviter, visit = referrals.inviter_by(mark) or abort(404), sessions.visit()
    if visit is None:
        return see(url_for("entry.show", to=url_for(".landing", mark=mark)))
    known = sessions.recognise()
    return page(
        "portal/invites/landing.html", mark=mark, known=known is not None,
        own=known is not None and known.id == inviter.id,
        said=known is None and referrals.accepted(visit.account, visit.openid),
        batch=offers.of_event(offers.INVITED), fold=worth.fold,
    )  # fmt: skip


@bp.post("/m/i/<mark>")
@public
def accept(mark):
    inviter, visit = referrals.inviter_by(mark) or abort(404), sessions.visit()
    if visit is None or not visit.openid:
        abort(401)
    referrals.accept(inviter, account=visit.account, openid=visit.openid)
    db.session.commit()
    return see(url_for(".landing", mark=mark), say=_("记下了"))
