"""Password, code, session: who is at the door, and who is me()."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any, TypedDict

from argon2.exceptions import InvalidHashError, VerificationError
from flask import Response, abort, current_app, g, redirect, request, session, url_for
from sqlalchemy import bindparam, select
from werkzeug.wrappers import Response as BaseResponse

from app.core.clock import now
from app.core.db import db, let_go, writing
from app.core.doors import READS
from app.core.errors import N_, Refused
from app.core.forms import clean
from app.core.web import wants_part
from app.staff import audit, guessing, second_factor, throttle
from app.staff.accounts import account_name, by_name, hasher
from app.staff.models import Staff, StaffSession
from app.staff.roles import OWNER

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
TOUCH = timedelta(minutes=5)
HALF = timedelta(minutes=10)  # from the password to the code
COOKIE = "shuke"
SECURE = "profile.secure"  # what who must first set up a second factor may do
# Asked by every request, so built once.
OF_TOKEN = select(StaffSession).where(StaffSession.token_hash == bindparam("token_hash"))
NOBODY = hasher.hash(secrets.token_hex(16))  # unknown names cost the same time as wrong passwords


def sign_in(name: str, password: str, *, address: str, device: str = "") -> tuple[Staff, str]:
    """The colleague and a new session token. Commits its counters: a guess counts at once.

    Who has a second factor gets half a session, which opens nothing but the page for the code.
    """
    known = account_name(name)
    throttle.refuse_full(throttle.source_of(address))
    try:
        throttle.count_both(f"account:{known}", throttle.PER_ACCOUNT, address=address)
    except throttle.TooManyTries as no:
        guessing.heed(known, no, address=address)
        db.session.commit()
        raise
    person = by_name(known)
    let_go()  # hashing is slow on purpose and must not hold a transaction
    good = _fits(person.password_hash if person else NOBODY, password)
    if not (good and person and _may_sign_in(person)):
        audit.log(person, "signin.failed", address=address)
        db.session.commit()
        raise Refused(N_("登录名或密码不对，请再试一次"))
    throttle.forgive(f"account:{known}", address=address)
    half = person.second_factor
    audit.log(person, "signin.half" if half else "signin.ok", address=address)
    return person, open_session(person, device=device, address=address, half=half)


def finish(half: StaffSession, typed: str, *, address: str, device: str = "") -> str:
    """The second half of signing in; the token of a whole session. Commits its counters."""
    person, bucket = half.staff, f"code:{half.staff_id}"
    throttle.count_both(bucket, throttle.PER_CODE, address=address)
    how = second_factor.accepts(person, typed)
    if not how:
        audit.log(person, "signin.code_failed", address=address)
        db.session.commit()
        raise Refused(second_factor.WRONG, field="code")
    throttle.forgive(bucket, address=address)
    db.session.execute(db.delete(StaffSession).where(StaffSession.id == half.id))
    audit.log(person, "signin.ok", address=address, second=how)
    return open_session(person, device=device, address=address)


def _may_sign_in(person: Staff) -> bool:
    """Demo people, whose password everybody knows, come in only where the demo is."""
    return person.is_active and (not person.is_demo or current_app.config["SHUKE"].env == "demo")


def _fits(password_hash: str, password: str) -> bool:
    try:
        return len(password) <= 128 and hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def confirm(person: Staff, password: str, *, address: str) -> None:
    """The signed-in colleague proves to be themselves; counted like a sign-in."""
    throttle.count_both(f"account:{person.name}", throttle.PER_ACCOUNT, address=address)
    let_go()
    if not _fits(person.password_hash, password):
        raise Refused(N_("现在的密码不对，请再试一次"), field="current")
    throttle.forgive(f"account:{person.name}", address=address)


def open_session(person: Staff, *, device: str = "", address: str = "", half: bool = False) -> str:
    """A new session of this colleague; its token is shown to the browser alone."""
    token = secrets.token_urlsafe(32)
    db.session.execute(db.delete(StaffSession).where(StaffSession.created_at < now() - ABSOLUTE))
    db.session.add(
        StaffSession(
            staff_id=person.id, token_hash=_hash(token), seen_at=now(), half=half,
            device=clean(device)[:200], address=address[:64],
        )
    )  # fmt: skip
    return token


def sign_out(token: str | None) -> None:
    if token:
        db.session.execute(db.delete(StaffSession).where(StaffSession.token_hash == _hash(token)))


def give_cookie(answer: BaseResponse, token: str) -> BaseResponse:
    """Put the session token in the browser; a new sign-in also gets a new CSRF secret."""
    session.clear()
    answer.set_cookie(
        _cookie_name(), token, max_age=int(ABSOLUTE.total_seconds()), httponly=True,
        secure=request.is_secure, samesite="Lax", path="/",
    )  # fmt: skip
    return answer


def take_cookie(answer: BaseResponse) -> BaseResponse:
    session.clear()
    answer.delete_cookie(_cookie_name(), path="/", secure=request.is_secure, samesite="Lax")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def token_in_hand() -> str | None:
    return request.cookies.get(_cookie_name())


def _cookie_name() -> str:
    """Over https the browser itself guards the name."""
    return f"__Host-{COOKIE}" if request.is_secure else COOKIE


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


# The keeper of @door --------------------------------------------------------------------------


def admit(permission: str) -> Any:
    """Let a colleague with this permission in; None, or what to answer instead."""
    person = recognise()
    if person is None:
        return _elsewhere("sessions.new", back=True)
    if lacks_second_factor(person) and permission != SECURE:
        return _elsewhere("second_factors.show", back=False)
    if not person.may(permission):
        abort(403)
    return None


def lacks_second_factor(person: Staff) -> bool:
    """A server that the whole world reaches wants more than a password of its owner."""
    public: bool = current_app.config["SHUKE"].is_public
    return public and person.role == OWNER and not person.second_factor


def half_way() -> StaffSession | None:
    """The session of who has given the right password, and not the code yet."""
    token = token_in_hand()
    found = db.session.scalar(OF_TOKEN, {"token_hash": _hash(token)}) if token else None
    let_go()
    if found and found.half and now() - found.created_at <= HALF and _may_sign_in(found.staff):
        return found
    return None


def recognise() -> Staff | None:
    """The colleague of this request's session, if it still holds.

    A request that only reads goes on in the same transaction; before any other it is ended.
    """
    if "me" in g:
        return g.me  # type: ignore[no-any-return]
    g.me = None
    token = token_in_hand()
    if token:
        found = db.session.scalar(OF_TOKEN, {"token_hash": _hash(token)})
        if request.method not in READS:
            let_go()
        if found and _holds(found):
            g.me, g.session_id = found.staff, found.id
            _touch(found)
    return g.me  # type: ignore[no-any-return]


def _holds(found: StaffSession) -> bool:
    if found.half:
        return False
    fresh = now() - found.seen_at <= IDLE and now() - found.created_at <= ABSOLUTE
    return fresh and _may_sign_in(found.staff)


def _touch(found: StaffSession) -> None:
    """By an UPDATE of its own: a session that ends at this moment must not break the request."""
    if now() - found.seen_at >= TOUCH:
        with writing():
            db.session.execute(
                db.update(StaffSession)
                .where(StaffSession.id == found.id)
                .values(seen_at=now(), address=(request.remote_addr or "")[:64])
                .execution_options(synchronize_session=False)
            )


def _elsewhere(endpoint: str, *, back: bool) -> Any:
    """Sign in, or set up what is missing, first; `back` remembers where one was going."""
    if wants_part():
        answer = Response(status=401)
        answer.headers["HX-Redirect"] = url_for(endpoint)
        return answer
    if request.method == "GET":
        query: dict[str, Any] = {"next": request.full_path.rstrip("?")} if back else {}
        return redirect(url_for(endpoint, **query), 302)
    return abort(401)


def refused(answer: Response, no: Refused) -> Response:
    """A refused proof of who one is: 422, or 429 with the seconds when it was one try too many."""
    answer.status_code = 422
    if isinstance(no, throttle.TooManyTries):
        answer.status_code = 429
        answer.headers["Retry-After"] = str(no.seconds)
    return answer


def session_in_hand() -> int:
    """The id of the session that asks: not to be ended by its own hand."""
    return g.session_id  # type: ignore[no-any-return]


class Asking(TypedDict):
    address: str
    device: str


def asking() -> Asking:
    """From where and with what this request asks."""
    return {"address": request.remote_addr or "", "device": request.user_agent.string}


def me() -> Staff:
    """The colleague whose request this is: a real row, inside a @door view."""
    person: Staff = g.me
    return person
