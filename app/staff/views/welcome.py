"""Behind a link that works once: become a colleague, or choose a new password.

The token leaves the address at once, so that neither the history nor a Referer keeps it.
"""

from flask import Blueprint, redirect, request, session, url_for
from flask_babel import gettext as _

from app.core.db import db, let_go
from app.core.doors import public
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.staff import accounts, links, signing_in, throttle
from app.staff.forms import JoinForm, NewPassword
from app.staff.roles import LABELS

bp = Blueprint("welcome", __name__)

HELD = "link"


@bp.get("/welcome/<token>")
@public
def arrive(token):
    """Looking uses nothing up: chat programs open every link before a person does."""
    session[HELD] = token[:100]
    return redirect(url_for(".show"), 303)


@bp.get("/welcome")
@public
def show():
    try:
        link = links.find(_token())
    except Refused as no:
        return _dead(no)
    return _page(link, _form(link, None))


@bp.post("/welcome")
@public
def accept():
    try:
        throttle.refuse_full(throttle.source_of(request.remote_addr or ""))
        link = links.find(_token())
    except Refused as no:
        return _dead(no)
    form = _form(link)
    if not form.validate():
        return _page(link, form, 422)
    try:
        return _join(link, form) if link.role else _choose(link, form)
    except Refused as no:
        refuse(form, no)
        return _page(link, form, 422)


def _token():
    return session.get(HELD, "")


def _join(link, form):
    let_go()
    hashed = accounts.hashed(form.password.data, accounts.account_name(form.name.data))
    person = links.join(link, name=form.name.data, display=form.display.data, password_hash=hashed)
    token = signing_in.open_session(person, **signing_in.asking())
    db.session.commit()
    return signing_in.give_cookie(redirect(url_for("today.show"), 303), token)


def _choose(link, form):
    let_go()
    links.set_password(link, accounts.hashed(form.password.data, link.staff.name))
    db.session.commit()
    session.pop(HELD, None)
    return see(url_for("sessions.new"), say=_("密码改好了，请用新密码登录"))


def _form(link, *given):
    kind = JoinForm if link.role else NewPassword
    return kind(*given, data={"display": link.display} if link.role and given else None)


def _page(link, form, status=200):
    role = LABELS.get(link.role, "")
    return page("staff/welcome/show.html", form=form, link=link, role=role, status=status)


def _dead(no):
    answer = page("staff/welcome/dead.html", reason=_(no.message, **no.params))
    answer.status_code = 429 if isinstance(no, throttle.TooManyTries) else 410
    return answer
