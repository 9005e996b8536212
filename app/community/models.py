"""Communities of customers, and who answers for them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Model
from app.staff.models import Staff

PRESALE, CUSTOMERS, AFTERSALE = "presale", "customers", "aftersale"


class Group(Model):
    """A community. Who answers for it: its owner, else the shop's (groups.owner_of)."""

    __tablename__ = "community"  # «group» is a word of SQL

    name: Mapped[str] = mapped_column(String(30), unique=True)
    kind: Mapped[str] = mapped_column(String(16))  # presale | customers | aftersale
    purpose: Mapped[str] = mapped_column(String(200), default="")
    code: Mapped[str] = mapped_column(String(16), unique=True)  # of its stable address, /g/<code>
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    gone_at: Mapped[datetime | None]
    owner: Mapped[Staff | None] = relationship()


class Deputy(Model):
    """A colleague who answers for a community beside its owner."""

    __tablename__ = "community_deputy"

    group_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    staff: Mapped[Staff] = relationship()

    __table_args__ = (UniqueConstraint("group_id", "staff_id"),)
