"""Which customer a browser belongs to: who is member(), how a browser gets and loses that.

The only file of the members' rooms beside the views that touches the browser. A session is a row
that can be ended; what goes to WeChat and comes back carries a state that only this browser can
have asked for, that works once and not for long.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import Response, abort, current_app, g, redirect, request, session, url_for
from sqlalchemy import bindparam, select
from werkzeug.wrappers import Response as BaseResponse

from app.core.clock import now
from app.core.db import ask, db, insert_once, let_go, writing
from app.core.forms import clean
from app.core.web import own_path, wants_part
from app.customers import identities
from app.customers.models import OPENID, Customer
from app.portal.models import MemberSession, SpentMark

COOKIE = "shuke_m"
LASTS = timedelta(days=30)
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
        found = db.session.scalar(OF_TOKEN, {"token_hash": _hash(token)})
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
    """A new session; its token is shown to the browser alone. What has ended is swept out."""
    token = secrets.token_urlsafe(32)
    db.session.execute(
        db.delete(MemberSession)
        .where(MemberSession.until <= now())
        .execution_options(synchronize_session=False)
    )
    db.session.add(
        MemberSession(
            customer_id=customer.id if customer else None, token_hash=_hash(token),
            until=now() + LASTS, account=account, openid=openid,
            device=clean(request.user_agent.string)[:200],
        )
    )  # fmt: skip
    return token


def settle(found: MemberSession, customer: Customer) -> None:
    """Whom only WeChat knew is this customer from now on."""
    if found.customer_id is None:
        _put(found, customer)


def _put(found: MemberSession, customer: Customer) -> None:
    db.session.execute(
        db.update(MemberSession)
        .where(MemberSession.id == found.id)
        .values(customer_id=customer.id)
        .execution_options(synchronize_session=False)
    )


def end_in_hand() -> None:
    """This browser leaves: its row goes."""
    token = request.cookies.get(_cookie_name(), "")
    _forget(MemberSession.token_hash == _hash(token))


def end_all(customer: Customer) -> None:
    """Every browser of a customer is out, whatever it holds."""
    _forget(MemberSession.customer_id == customer.id)
    for one in identities.of(customer):
        if one.kind == OPENID:
            _forget((MemberSession.account == one.account) & (MemberSession.openid == one.value))


def _forget(which: Any) -> None:
    db.session.execute(
        db.delete(MemberSession).where(which).execution_options(synchronize_session=False)
    )


def give_cookie(answer: BaseResponse, token: str) -> BaseResponse:
    answer.set_cookie(
        _cookie_name(), token, max_age=int(LASTS.total_seconds()), httponly=True,
        secure=request.is_secure, samesite="Lax", path="/",
    )  # fmt: skip
    return answer


def take_cookie(answer: BaseResponse) -> BaseResponse:
    answer.delete_cookie(_cookie_name(), path="/", secure=request.is_secure, samesite="Lax")
    return answer


def _cookie_name() -> str:
    """Over https the browser itself guards the name."""
    return f"__Host-{COOKIE}" if request.is_secure else COOKIE


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


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
        mine = spend(f"state:{found[2]}", now() + STATE_LASTS)
    return found[1] if mine else ""


def spend(what: str, until: datetime) -> bool:
    """Use something that works once; whether it was still good. Ended ones are swept out."""
    ask(db.delete(SpentMark).where(SpentMark.until <= now()))
    return insert_once(SpentMark, mark=_hash(what), until=until) is not None


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
