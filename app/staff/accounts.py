"""Colleagues come, change and go. Every change of rights ends all their sessions."""

import unicodedata

from argon2 import PasswordHasher
from sqlalchemy import Connection, select

from app.core.clock import now
from app.core.db import db, insert_once
from app.core.errors import N_, Refused
from app.core.forms import clean
from app.staff import audit, passwords
from app.staff.models import Staff, StaffLink, StaffSession
from app.staff.roles import MATRIX, OWNER

hasher = PasswordHasher()


def account_name(text: str) -> str:
    """One spelling for one account: width, case, blanks and invisible marks do not matter.

    Folding again changes nothing, or one account would have two counters of failed sign-ins.
    """
    spelled = clean(text)
    while (folded := _folded(spelled)) != spelled:
        spelled = folded
    return spelled


def _folded(text: str) -> str:
    shown = (c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFKC", "".join(shown)[:60]).casefold()[:60]


def add(
    name: str, *, role: str, password: str = "", password_hash: str = "", display: str = "",
    by: Staff | None = None, demo: bool = False,
) -> Staff:  # fmt: skip
    """A new colleague. `name` is unique in its one spelling. Hashing is slow: who holds a lock
    brings the hash along."""
    known = account_name(name)
    if not known:
        raise Refused(N_("登录名不能为空，请填字母、数字或汉字"), field="name")
    if role not in MATRIX:
        raise Refused(N_("没有这个角色，请用 owner、manager 或 agent"), field="role")
    if not password_hash:
        password_hash = hasher.hash(password) if demo else hashed(password, known)
    new = insert_once(
        Staff, name=known, display=clean(display).strip()[:60] or known, role=role, is_demo=demo,
        password_hash=password_hash, language="zh", is_active=True,
    )  # fmt: skip
    if new is None:
        raise Refused(N_("登录名 %(name)s 已经有人用了，请换一个"), field="name", name=known)
    person = db.session.get_one(Staff, new)
    audit.log(by, "staff.added", f"staff:{person.id}", role=role)
    return person


def by_name(name: str) -> Staff | None:
    return db.session.scalar(select(Staff).where(Staff.name == account_name(name)))


def everybody() -> list[Staff]:
    return list(db.session.scalars(db.select(Staff).order_by(Staff.id)))


def active() -> list[Staff]:
    return [person for person in everybody() if person.is_active]


def hashed(password: str, name: str) -> str:
    """The argon2 hash of an acceptable password. Slow on purpose: call it outside a write."""
    passwords.check(password, name)
    return hasher.hash(password)


def change_password(person: Staff, password_hash: str, *, by: Staff | None) -> None:
    """Set a new password by its hash; signs out every browser of this colleague."""
    person.password_hash = password_hash
    end_sessions(person)
    audit.log(by, "staff.password", f"staff:{person.id}")


def change_role(person: Staff, role: str, *, by: Staff | None) -> None:
    if role not in MATRIX:
        raise Refused(N_("没有这个角色，请用 owner、manager 或 agent"), field="role")
    if person.role == OWNER and role != OWNER:
        _keep_an_owner(person)
    audit.log(by, "staff.role", f"staff:{person.id}", before=person.role, after=role)
    person.role = role
    end_sessions(person)


def deactivate(person: Staff, *, by: Staff | None) -> None:
    if person.role == OWNER:
        _keep_an_owner(person)
    person.is_active = False
    end_sessions(person)
    audit.log(by, "staff.deactivated", f"staff:{person.id}")


def take_back(person: Staff, *, by: Staff | None) -> None:
    """A colleague who had left is with us again, with the old name and password."""
    if person.is_active:
        raise Refused(N_("%(name)s 没有停用，不用恢复"), name=person.display)
    person.is_active = True
    audit.log(by, "staff.returned", f"staff:{person.id}")


def end_sessions(person: Staff) -> None:
    """Sign out every browser, and let no link of this account open anything any more."""
    db.session.execute(db.delete(StaffSession).where(StaffSession.staff_id == person.id))
    db.session.execute(db.delete(StaffLink).where(StaffLink.staff_id == person.id))
    person.links_since = now()  # those in messages that went out, too


def end_all_sessions(line: Connection) -> None:
    """Of a database that comes from a backup: who was signed in then signs in anew."""
    line.execute(db.delete(StaffSession))


def _keep_an_owner(person: Staff) -> None:
    """All owners are locked, so that two of them cannot leave at the same moment."""
    owners = db.select(Staff.id).where(Staff.role == OWNER, Staff.is_active).order_by(Staff.id)
    if not set(db.session.scalars(owners.with_for_update())) - {person.id}:
        raise Refused(N_("这是最后一位店主，请先让另一位同事成为店主"))
