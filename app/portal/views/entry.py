"""Coming in: silently by WeChat, by name on a tap; what is told when that does not work."""

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask_babel import gettext as _

from app.core.clock import today
from app.core.db import db, writing
from app.core.doors import public
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import arg, page, see
from app.customers import identities
from app.customers.models import OPENID
from app.portal import counter, sessions
from app.portal.forms import EntryForm
from app.portal.profile import NAME
from app.staff.throttle import TooManyTries
from app.wechat import accounts, oauth

bp = Blueprint("entry", __name__)

INSIDE = "MicroMessenger"


@bp.app_context_processor
def _who():
    """Member pages say who is at home; those of colleagues do not ask."""
    return {"member_here": g.get("member"), "this_year": today().year}


@bp.get("/m/entry")
@public
def show():
    """Straight on to WeChat where that works; else a page that says what does."""
    sessions.going(arg("to", most=500))
    if sessions.visit() is not None:
        return redirect(sessions.was_going())
    account = _account()
    if account is None or not _is_inside():
        return _outside(EntryForm(None))
    return _ask(account, sessions.SILENT)


@bp.post("/m/entry")
@public
def create():
    """Outside of WeChat: the phone, and the code that a colleague has just given."""
    form = EntryForm()
    if not form.validate():
        return _outside(form, 422)
    try:
        found = counter.come_in(form.phone.data, form.code.data, address=request.remote_addr or "")
    except Refused as no:
        refuse(form, no)
        return _outside(form, 429 if isinstance(no, TooManyTries) else 422)
    sessions.end_in_hand()
    token = sessions.open_session(found)
    db.session.commit()
    return sessions.give_cookie(see(sessions.was_going()), token)


@bp.get("/m/entry/named")
@public
def named():
    """A tap on «use my WeChat name»: WeChat asks them, and they may say no."""
    sessions.going(url_for("profiles.edit", question=NAME))
    account = _account()
    if account is None or not _is_inside():
        return _outside(EntryForm(None))
    return _ask(account, sessions.NAMED)


@bp.get("/m/entered")
@public
def entered():
    kind, account = sessions.take_state(arg("state", most=200)), _account()
    if not kind or account is None:
        return _sorry(_("这次进入的链接已经用过，或者不是从这里点的。请从公众号再进一次"), 400)
    code = request.args.get("code", "")
    try:
        visitor = oauth.visitor_of(account, code)
        if kind == sessions.NAMED and not visitor.is_snapshot:
            sessions.called(oauth.nickname_of(account, visitor))
    except oauth.NotTold as no:
        return _sorry(_(no.reason), 503 if no.away else 400)
    if visitor.is_snapshot:
        return page("portal/entry/snapshot.html")
    with writing():
        sessions.end_in_hand()
        known = identities.find(OPENID, visitor.openid, account=account.app_id)
        token = sessions.open_session(known, account=account.app_id, openid=visitor.openid)
    return sessions.give_cookie(redirect(sessions.was_going()), token)


def _ask(account, kind):
    scope = oauth.USERINFO if kind == sessions.NAMED else oauth.BASE
    state = sessions.write_state(kind)
    back = url_for(".entered")
    if not account.practice:  # where we are comes from our settings, never from the request
        back = current_app.config["SHUKE"].address + back
    return redirect(oauth.address(account, back=back, scope=scope, state=state))


def _account():
    """Of a practice phone the practice account, else the shop's own once it has its secret."""
    if sessions.practising() and accounts.practice():
        return accounts.practice()
    found = accounts.real()
    return found if found and found.secret else None


def _is_inside():
    return bool(sessions.practising()) or INSIDE in request.user_agent.string


def _outside(form, status=200):
    return page("portal/entry/show.html", status=status, form=form)


def _sorry(reason, status):
    return page("portal/entry/sorry.html", status=status, reason=reason)
