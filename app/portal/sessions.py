"""Which customer a browser belongs to: who is member(), how a browser gets and loses that.

The only file of the members' rooms beside the views that touches the browser. A session is a row
that can be ended; what goes to WeChat and comes back carries a state that only this browser can
have asked for, that works once and not for long.
"""

import hashlib
import hmac
import re
import secrets
from datetime import timedelta
from typing import Any

from flask import Response, abort, current_app, g, redirect, request, session, url_for
from sqlalchemy import bindparam, select
from werkzeug.wrappers import Response as BaseResponse

from app.core.clock import now
from app.core.db import db, let_go, writing
from app.core.web import own_path, wants_part
from app.customers import identities
from app.customers.models import OPENID, Customer
from app.portal import browsers
from app.portal.models import MemberSession

COOKIE = "shuke_m"
STATE_LASTS = timedelta(minutes=10)
HOME = "/m/"
OF_TOKEN = select(MemberSession).where(MemberSession.token_hash == bindparam("token_hash"))
BROWSER, GOING, PRACTISING, CALLED = "m_browser", "m_to", "m_practice", "m_called"
STATE = re.compile(r"([ub])([0-9a-f]{16})([0-9a-f]{9})([0-9a-f]{32})")
SILENT, NAMED = "b", "u"  # asked for the openid alone, or for the nickname as well


def member() -> Customer:
    """The customer whose request this is: a real row, inside a @member view."""
    person: Customer = g.member
    return person


def admit(_permission: str) -> Any:
    """The keeper of @member: None, or what to answer instead."""
    if recognise() is not None:
        return None
    where = "join.show" if g.visit is not None else "entry.show"
    if wants_part():
        answer = Response(status=401)
        answer.headers["HX-Redirect"] = url_for(where)
        return answer
    if request.method == "GET":
        return redirect(url_for(where, to=request.full_path.rstrip("?")), 302)
    return abort(401)


def recognise() -> Customer | None:
    """The customer of this browser's session, if it still holds. Leaves no transaction open."""
    if "member" in g:
        return g.member  # type: ignore[no-any-return]
    g.member = g.visit = None
    token = request.cookies.get(_cookie_name())
    if token:
        found = db.session.scalar(OF_TOKEN, {"token_hash": browsers.hashed(token)})
        if found is not None and found.until > now():
            g.visit, g.member = found, found.customer or _met_since(found)
        let_go()
    return g.member  # type: ignore[no-any-return]


def _met_since(found: MemberSession) -> Customer | None:
    """Who came as a stranger may have written to us meanwhile."""
    if not found.openid:
        return None
    return identities.find(OPENID, found.openid, account=found.account)


def visit() -> MemberSession | None:
    """The session in hand, of a customer or of somebody whom only WeChat knows."""
    recognise()
    return g.visit  # type: ignore[no-any-return]


def open_session(customer: Customer | None, *, account: str = "", openid: str = "") -> str:
    """A session for the browser that asks; its token is for the cookie."""
    device = request.user_agent.string
    return browsers.begin(customer, account=account, openid=openid, device=device)


def end_in_hand() -> None:
    """This browser leaves: its row goes."""
    browsers.end(request.cookies.get(_cookie_name(), ""))


def give_cookie(answer: BaseResponse, token: str) -> BaseResponse:
    answer.set_cookie(
        _cookie_name(), token, max_age=int(browsers.LASTS.total_seconds()), httponly=True,
        secure=request.is_secure, samesite="Lax", path="/",
    )  # fmt: skip
    return answer


def take_cookie(answer: BaseResponse) -> BaseResponse:
    answer.delete_cookie(_cookie_name(), path="/", secure=request.is_secure, samesite="Lax")
    return answer


def _cookie_name() -> str:
    """Over https the browser itself guards the name."""
    return f"__Host-{COOKIE}" if request.is_secure else COOKIE


# There and back: WeChat, and what must not be forged ------------------------------------------


def member_path(target: str) -> str:
    """`target` when it is one of the members' own pages, else their first one."""
    path = own_path(target)
    return path if path.startswith((HOME, "/g/")) else HOME


def going(target: str) -> None:
    """Where this browser was going, to be sent there when it is known."""
    session[GOING] = member_path(target)


def was_going() -> str:
    return member_path(session.pop(GOING, HOME))


def write_state(kind: str) -> str:
    """What WeChat brings back: bound to this browser, to be used once, soon."""
    nonce, ends = secrets.token_hex(8), int((now() + STATE_LASTS).timestamp())
    body = f"{kind}{nonce}{ends:09x}"
    return body + _seal(body)


def take_state(text: str) -> str:
    """The kind of a state that this browser asked for and nobody has used; "" for all else."""
    found = STATE.fullmatch(text)
    if found is None or BROWSER not in session:
        return ""
    body, ends = text[:-32], int(found[3], 16)
    if not hmac.compare_digest(found[4], _seal(body)) or ends <= now().timestamp():
        return ""
    with writing():
        mine = browsers.spend(f"state:{found[2]}", now() + STATE_LASTS)
    return found[1] if mine else ""


def _seal(body: str) -> str:
    mark = session.setdefault(BROWSER, secrets.token_hex(16))
    secret = str(current_app.config["SECRET_KEY"]).encode()
    key = hmac.new(secret, b"shuke member states 1", hashlib.sha256).digest()
    return hmac.new(key, f"{mark}:{body}".encode(), hashlib.sha256).hexdigest()[:32]


# Practice: whose telephone this browser plays ---------------------------------------------------


def practise(openid: str) -> None:
    """From now on this browser is that practice phone."""
    session[PRACTISING] = openid


def practising() -> str:
    return str(session.get(PRACTISING, ""))


def called(name: str | None = None) -> str:
    """What somebody calls themselves in WeChat, kept until their profile is saved."""
    if name is not None:
        session[CALLED] = name
    return str(session.get(CALLED, ""))
