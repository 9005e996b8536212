"""Password, throttle, session: who is at the door, and who is me()."""

import hashlib
import secrets
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from argon2.exceptions import InvalidHashError, VerificationError
from flask import Response, abort, current_app, g, redirect, request, session, url_for
from sqlalchemy import ColumnElement, bindparam, case, select
from sqlalchemy.dialects import postgresql, sqlite
from werkzeug.wrappers import Response as BaseResponse

from app.core.clock import now
from app.core.db import db, let_go, writing
from app.core.errors import N_, Refused
from app.core.web import wants_part
from app.staff import audit
from app.staff.accounts import account_name, by_name, hasher
from app.staff.models import Staff, StaffSession, Throttle

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
TOUCH = timedelta(minutes=5)
WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS = 10, 60
COOKIE = "shuke"
# Asked by every request, so built once.
OF_TOKEN = select(StaffSession).where(StaffSession.token_hash == bindparam("token_hash"))
NOBODY = hasher.hash(secrets.token_hex(16))  # unknown names cost the same time as wrong passwords


class TooManyTries(Refused):
    """The account or the address has failed too often; `seconds` until it may try again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(N_("输错太多次了，请 %(minutes)s 分钟后再试"), minutes=-(-seconds // 60))
        self.seconds = seconds


def sign_in(name: str, password: str, *, address: str) -> tuple[Staff, str]:
    """The colleague and a new session token. Commits its counters: a guess counts at once."""
    known, source = account_name(name), _source(address)
    _refuse_full(source)
    _count(f"account:{known}", PER_ACCOUNT)
    _count(source, PER_ADDRESS)
    person = by_name(known)
    let_go()  # hashing is slow on purpose and must not hold a transaction
    good = _fits(person.password_hash if person else NOBODY, password)
    if not (good and person and _may_sign_in(person)):
        audit.log(person, "signin.failed", address=address)
        db.session.commit()
        raise Refused(N_("登录名或密码不对，请再试一次"))
    _forgive(known, source)
    audit.log(person, "signin.ok", address=address)
    return person, open_session(person)


def _may_sign_in(person: Staff) -> bool:
    """Demo people, whose password everybody knows, come in only where the demo is."""
    return person.is_active and (not person.is_demo or current_app.config["SHUKE"].env == "demo")


def _fits(password_hash: str, password: str) -> bool:
    try:
        return len(password) <= 128 and hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _source(address: str) -> str:
    """The bucket of an address. Who has one of IPv6 has all of its /64, and is still one."""
    try:
        found = ip_address(address)
    except ValueError:
        return f"address:{address}"[:160]
    if isinstance(found, IPv6Address):
        return f"address:{found.ipv4_mapped or ip_network((found, 64), strict=False)}"
    return f"address:{found}"


def _refuse_full(source: str) -> None:
    """An address that has used up its tries leaves no trace: no rows of invented names, and no
    account is locked by it."""
    full = select(Throttle.until).where(
        Throttle.bucket == source, Throttle.until > now(), Throttle.tries >= PER_ADDRESS
    )
    until = db.session.scalar(full)
    if until:
        raise _too_many(until)


def _too_many(until: datetime) -> TooManyTries:
    return TooManyTries(max(1, int((until - now()).total_seconds())))


def _count(bucket: str, limit: int) -> None:
    """One try more, exactly once however many arrive at the same instant.

    Every counted try moves the end, so that no WINDOW ever holds more than `limit` of them;
    a refused one does not, so that nobody is locked out for longer by a stranger's patience.
    """
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    fresh, end = now(), now() + WINDOW
    expired: ColumnElement[bool] = Throttle.until <= fresh
    row = db.session.execute(
        insert(Throttle)
        .values(bucket=bucket[:160], tries=1, until=end, created_at=fresh)
        .on_conflict_do_update(
            index_elements=["bucket"],
            set_={
                "tries": case((expired, 1), else_=Throttle.tries + 1),
                "until": case((expired | (Throttle.tries < limit), end), else_=Throttle.until),
            },
        )
        .returning(Throttle.tries, Throttle.until)
    ).one()
    db.session.commit()
    if row.tries > limit:
        raise _too_many(row.until)


def _forgive(known: str, source: str) -> None:
    """A right password: the account begins anew, and the address has not failed this time. What
    has run out goes as well."""
    over = (Throttle.bucket == f"account:{known}") | (Throttle.until <= now())
    db.session.execute(db.delete(Throttle).where(over).execution_options(synchronize_session=False))
    db.session.execute(
        db.update(Throttle)
        .where(Throttle.bucket == source)
        .values(tries=Throttle.tries - 1)
        .execution_options(synchronize_session=False)
    )


def confirm(person: Staff, password: str, *, address: str) -> None:
    """The signed-in colleague proves to be themselves; counted like a sign-in."""
    _count(f"account:{person.name}", PER_ACCOUNT)
    _count(_source(address), PER_ADDRESS)
    let_go()
    if not _fits(person.password_hash, password):
        raise Refused(N_("现在的密码不对，请再试一次"), field="current")


def open_session(person: Staff) -> str:
    """A new session of this colleague; its token is shown to the browser alone."""
    token = secrets.token_urlsafe(32)
    db.session.execute(db.delete(StaffSession).where(StaffSession.created_at < now() - ABSOLUTE))
    db.session.add(StaffSession(staff_id=person.id, token_hash=_hash(token), seen_at=now()))
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
        return _to_sign_in()
    if not person.may(permission):
        abort(403)
    return None


def recognise() -> Staff | None:
    """The colleague of this request's session, if it still holds. Leaves no transaction open."""
    if "me" in g:
        return g.me  # type: ignore[no-any-return]
    g.me = None
    token = token_in_hand()
    if token:
        found = db.session.scalar(OF_TOKEN, {"token_hash": _hash(token)})
        let_go()
        if found and _holds(found):
            g.me, g.session_id = found.staff, found.id
            _touch(found)
    return g.me  # type: ignore[no-any-return]


def _holds(found: StaffSession) -> bool:
    fresh = now() - found.seen_at <= IDLE and now() - found.created_at <= ABSOLUTE
    return fresh and _may_sign_in(found.staff)


def _touch(found: StaffSession) -> None:
    """By an UPDATE of its own: a session that ends at this moment must not break the request."""
    if now() - found.seen_at >= TOUCH:
        with writing():
            db.session.execute(
                db.update(StaffSession)
                .where(StaffSession.id == found.id)
                .values(seen_at=now())
                .execution_options(synchronize_session=False)
            )


def _to_sign_in() -> Any:
    if wants_part():
        answer = Response(status=401)
        answer.headers["HX-Redirect"] = url_for("sessions.new")
        return answer
    if request.method == "GET":
        return redirect(url_for("sessions.new", next=request.full_path.rstrip("?")), 302)
    return abort(401)


def me() -> Staff:
    """The colleague whose request this is: a real row, inside a @door view."""
    person: Staff = g.me
    return person
