"""Follow-ups: get in touch with whom, when, by whom, why, and what came of it."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Model
from app.customers.models import Customer
from app.staff.models import Staff

PLANNED, QUIET, STAGE, REFILL, COUPON = "plan", "quiet", "stage", "refill", "coupon"
REVISIT = "revisit"
OPEN, DONE, CLOSED = "open", "done", "closed"
RAISED = "raised > 1"  # as text: SQLite takes a partial index only for the very same words


class FollowUp(Model):
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # nobody: the pool's
    kind: Mapped[str] = mapped_column(String(16), default=PLANNED)
    what: Mapped[str] = mapped_column(String(200), default="")
    why: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)  # a sentence's parameters
    due_at: Mapped[datetime]
    repeat: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)  # repeating.py; {} once
    state: Mapped[str] = mapped_column(String(16), default=OPEN)
    lapse_on: Mapped[date | None]  # last visit day of the silence that this is about
    responded_at: Mapped[datetime | None]  # the customer wrote: 有回应
    key: Mapped[str | None] = mapped_column(String(80))  # what raised it, so that it does so once
    result: Mapped[str] = mapped_column(String(20), default="")
    outcome: Mapped[str] = mapped_column(String(20), default="")  # done | returned | unwanted | …
    done_at: Mapped[datetime | None]
    rest_until: Mapped[date | None]  # 停一段时间: no reminder of this customer before
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    raised: Mapped[int] = mapped_column(
        default=0
    )  # who has been told that it is late: escalating.py
    customer: Mapped[Customer] = relationship()
    staff: Mapped[Staff | None] = relationship(foreign_keys=[staff_id])
    by: Mapped[Staff | None] = relationship(foreign_keys=[by_id])

    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "lapse_on"),
        Index("ix_follow_up_key", "key", unique=True),
        Index("ix_follow_up_due", "state", "due_at", "id"),
        Index("ix_follow_up_mine", "staff_id", "state", "due_at", "id"),
        Index("ix_follow_up_customer", "customer_id", "state", "due_at"),
        Index("ix_follow_up_quiet", "kind", "created_at"),
        Index("ix_follow_up_raised", "due_at", "id", sqlite_where=text(RAISED),
              postgresql_where=text(RAISED)),
    )  # fmt: skip

    @property
    def is_open(self) -> bool:
        return self.state == OPEN


class Feed(Model):
    """A colleague's calendar address: it opens their follow-ups, and only its hash is kept."""

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff: Mapped[Staff] = relationship()
