"""Colleagues, how they come in and go, their sign-in sessions, and the book of what they did."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import LONG_AGO
from app.core.db import Model
from app.staff import roles


class Staff(Model):
    name: Mapped[str] = mapped_column(String(60), unique=True)  # what is typed at sign-in
    display: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8), default="zh")
    sound: Mapped[bool] = mapped_column(default=False)  # when something new wants me
    notices: Mapped[bool] = mapped_column(default=False)  # the same, by the browser
    is_active: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    second_factor: Mapped[bool] = mapped_column(default=False)  # a code besides the password
    # Where and when reminders reach this colleague, away from the pages.
    email: Mapped[str] = mapped_column(String(128), default="")
    wechat_account: Mapped[str] = mapped_column(String(64), default="")
    wechat_openid: Mapped[str] = mapped_column(String(128), default="")
    wecom_user: Mapped[str] = mapped_column(String(64), default="")
    digest_at: Mapped[int] = mapped_column(default=510)  # minutes of the shop's day; -1: none
    digest_first: Mapped[str] = mapped_column(String(8), default="email")  # the way tried first
    remind_due: Mapped[bool] = mapped_column(default=True)  # at the hour of a follow-up as well
    links_since: Mapped[datetime] = mapped_column(default=LONG_AGO)  # older links open nothing

    @property
    def is_reached(self) -> bool:
        """Whether there is any way to reach them when no page is open."""
        return bool(self.email or self.wechat_openid or self.wecom_user)

    def may(self, permission: str) -> bool:
        return roles.may(self.role, permission)


class StaffSession(Model):
    """One signed-in browser. Only the hash of its random id is kept."""

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    seen_at: Mapped[datetime]
    half: Mapped[bool] = mapped_column(default=False)  # the password was right, the code is to come
    device: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    staff: Mapped[Staff] = relationship(lazy="joined", innerjoin=True)


class SecondFactor(Model):
    """The key that a colleague's phone makes codes from, sealed; `step` is the last code used."""

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), unique=True)
    secret: Mapped[str] = mapped_column(String(300))
    step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(Model):
    """One way in without the phone. Only the hash is kept, and only until it is used."""

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)


class StaffLink(Model):
    """A link that works once: an invitation, or a new password for a colleague (`staff_id`)."""

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    role: Mapped[str] = mapped_column(String(16), default="")  # of whom is invited; else ""
    display: Mapped[str] = mapped_column(String(60), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    staff: Mapped[Staff | None] = relationship(foreign_keys=[staff_id])


class Departure(Model):
    """A colleague left: to whom each kind of their things goes, and how many went to whom."""

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    heirs: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    handed: Mapped[dict[str, dict[str, int]]] = mapped_column(JSON, default=dict)
    done_at: Mapped[datetime | None]
    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])


class Throttle(Model):
    """Failed sign-ins of one account or one address inside one window."""

    bucket: Mapped[str] = mapped_column(String(160), unique=True)
    tries: Mapped[int]
    until: Mapped[datetime] = mapped_column(index=True)


class Line(Model):
    """One line of a chained book: its hash stands on its own words and on the line before.

    Written by staff/chain.py alone. Details hold ids and field names, never personal data.
    """

    __abstract__ = True

    at: Mapped[datetime]
    by_id: Mapped[int | None]  # a book is evidence: it must not hinder, nor follow, what it names
    what: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(String(80), default="")
    details: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    address: Mapped[str] = mapped_column(String(64), default="")
    hash: Mapped[str] = mapped_column(String(64), default="")


class AuditLine(Line):
    """Who did what."""

    __table_args__ = (
        Index("ix_audit_line_by_id", "by_id", "id"),
        Index("ix_audit_line_about", "about", "id"),
    )


class AccessLine(Line):
    """Who looked at whom. It outlives the customer, whose number stands in `about`."""

    __table_args__ = (
        Index("ix_access_line_by_id", "by_id", "id"),
        Index("ix_access_line_about", "about", "id"),
    )


class Book(Model):
    """Where a chained book begins and ends. Lines up to `from_id` have been pruned."""

    name: Mapped[str] = mapped_column(String(40), unique=True)
    last_id: Mapped[int] = mapped_column(default=0)
    last_hash: Mapped[str] = mapped_column(String(64), default="")
    from_id: Mapped[int] = mapped_column(default=0)
    from_hash: Mapped[str] = mapped_column(String(64), default="")
    from_mac: Mapped[str] = mapped_column(String(64), default="")
    proved_at: Mapped[datetime] = mapped_column(default=LONG_AGO)
    fault: Mapped[str] = mapped_column(String(200), default="")  # a source sentence
    fault_line: Mapped[int] = mapped_column(default=0)
