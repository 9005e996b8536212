"""Colleagues, their sign-in sessions, and the book of what they did."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Model
from app.staff import roles


class Staff(Model):
    name: Mapped[str] = mapped_column(String(60), unique=True)  # what is typed at sign-in
    display: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8), default="zh")
    is_active: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)

    def may(self, permission: str) -> bool:
        return roles.may(self.role, permission)


class StaffSession(Model):
    """One signed-in browser. Only the hash of its random id is kept."""

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    seen_at: Mapped[datetime]
    staff: Mapped[Staff] = relationship(lazy="joined", innerjoin=True)


class Throttle(Model):
    """Failed sign-ins of one account or one address inside one window."""

    bucket: Mapped[str] = mapped_column(String(160), unique=True)
    tries: Mapped[int]
    until: Mapped[datetime] = mapped_column(index=True)


class AuditLine(Model):
    """Who did what. Details hold ids and field names, never personal data."""

    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    what: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(String(80), default="")
    details: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    address: Mapped[str] = mapped_column(String(64), default="")

    __table_args__ = (Index("ix_audit_line_at", "at", "id"), Index("ix_audit_line_about", "about"))
