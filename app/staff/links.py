"""Links that work once: an invitation to become a colleague, or to choose a new password.

The link itself is shown to the owner one time; only the hash of its token is kept.
"""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.forms import clean
from app.staff import accounts, audit
from app.staff.models import Staff, StaffLink
from app.staff.roles import MATRIX

LASTS = timedelta(hours=24)
DEAD = N_("这个链接已经用过、过期或被撤回了：请店主再发一个")


def invite(*, role: str, display: str, by: Staff) -> tuple[StaffLink, str]:
    """A place for a new colleague, who chooses a name and a password; the link's token."""
    if role not in MATRIX:
        raise Refused(N_("没有这个角色，请用 owner、manager 或 agent"), field="role")
    link, token = _make(role=role, display=clean(display).strip()[:60], by_id=by.id)
    audit.log(by, "staff.invited", f"link:{link.id}", role=role)
    return link, token


def let_choose_password(person: Staff, *, by: Staff) -> str:
    """A link with which a colleague chooses a new password; earlier ones end. Its token."""
    if not person.is_active:
        raise Refused(N_("%(name)s 已经停用，请先恢复这个账号"), name=person.display)
    forget_of(person)
    link, token = _make(staff_id=person.id, by_id=by.id)
    audit.log(by, "staff.reset", f"staff:{person.id}", link=link.id)
    return token


def _make(**values: object) -> tuple[StaffLink, str]:
    db.session.execute(db.delete(StaffLink).where(StaffLink.expires_at <= now()))
    token = secrets.token_urlsafe(32)
    link = StaffLink(token_hash=_hash(token), expires_at=now() + LASTS, **values)
    db.session.add(link)
    db.session.flush()
    return link, token


def open_ones() -> list[StaffLink]:
    """The invitations that wait to be used, newest first."""
    waiting = select(StaffLink).where(StaffLink.role != "", StaffLink.expires_at > now())
    return list(db.session.scalars(waiting.order_by(StaffLink.id.desc())))


def find(token: str) -> StaffLink:
    """The link of a token, while it may still be used."""
    known = select(StaffLink).where(
        StaffLink.token_hash == _hash(token), StaffLink.expires_at > now()
    )
    link = db.session.scalar(known)
    if link is None or not (link.role or (link.staff and link.staff.is_active)):
        raise Refused(DEAD)
    return link


def join(link: StaffLink, *, name: str, display: str, password_hash: str) -> Staff:
    """The invited person is a colleague now."""
    _use(link)
    person = accounts.add(name, role=link.role, password_hash=password_hash, display=display)
    audit.log(person, "staff.joined", f"staff:{person.id}", link=link.id, by=link.by_id)
    return person


def set_password(link: StaffLink, password_hash: str) -> Staff:
    """The colleague has chosen; every browser of theirs signs in anew."""
    person = link.staff
    if person is None:
        raise Refused(DEAD)
    _use(link)
    accounts.change_password(person, password_hash, by=person)
    return person


def withdraw(link: StaffLink, *, by: Staff) -> None:
    _use(link)
    audit.log(by, "staff.uninvited", f"link:{link.id}")


def _use(link: StaffLink) -> None:
    """Of two who open it at once one wins."""
    won = db.session.scalar(
        db.delete(StaffLink)
        .where(StaffLink.id == link.id, StaffLink.expires_at > now())
        .returning(StaffLink.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        raise Refused(DEAD)


def forget_of(person: Staff) -> None:
    """What would still open this colleague's account opens nothing."""
    db.session.execute(db.delete(StaffLink).where(StaffLink.staff_id == person.id))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
