"""What went out to a colleague: one row for each message, and one for each of its lines."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.community.models import Topic
from app.core.clock import LONG_AGO
from app.core.db import Model
from app.customers.models import Customer
from app.inbox.models import Conversation
from app.reminders.models import FollowUp
from app.staff.models import Staff

DAY, DUE, WEEK, MONTH, TEST = "day", "due", "week", "month", "test"
CODE = "code"  # the QR of a WeChat group ends
# waiting: on its way. empty: there was nothing to say. nowhere: the colleague has no way.
WAITING, SENT, FAILED, UNKNOWN = "waiting", "sent", "failed", "unknown"
EMPTY, NOWHERE = "empty", "nowhere"


class Delivery(Model):
    """A message to a colleague: due → sent → by which way → opened → acted.

    `key` makes it once: a digest bears the person and the day. `tried` tells the ways that were
    refused, each with the reason; `ways` those that are left.
    """

    key: Mapped[str] = mapped_column(String(120), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(String(8))
    on: Mapped[date]  # the shop's day that it is about
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(8), default=WAITING)
    way: Mapped[str] = mapped_column(String(8), default="")
    ways: Mapped[list[str]] = mapped_column(JSON, default=list)
    tried: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    facts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    reason: Mapped[str] = mapped_column(String(300), default="")  # a source sentence
    sent_at: Mapped[datetime] = mapped_column(default=LONG_AGO)
    opened_at: Mapped[datetime] = mapped_column(default=LONG_AGO)
    acted_at: Mapped[datetime] = mapped_column(default=LONG_AGO)
    staff: Mapped[Staff] = relationship()

    __table_args__ = (
        Index("ix_delivery_staff", "staff_id", "id"),
        Index("ix_delivery_due_at", "due_at", "state"),
    )


class DeliveryLine(Model):
    """One customer in a message. `once` keeps a follow-up from being told twice for one moment."""

    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    part: Mapped[str] = mapped_column(String(8))  # due | waiting | cooling
    place: Mapped[int]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    followup_id: Mapped[int | None] = mapped_column(ForeignKey("follow_up.id"))
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"), index=True)
    once: Mapped[str | None] = mapped_column(String(60), unique=True)
    due_at: Mapped[datetime] = mapped_column(default=LONG_AGO)  # with `once`: its moment
    opened_at: Mapped[datetime] = mapped_column(default=LONG_AGO)
    done_at: Mapped[datetime] = mapped_column(default=LONG_AGO)
    moved_at: Mapped[datetime] = mapped_column(default=LONG_AGO)
    noted_at: Mapped[datetime] = mapped_column(default=LONG_AGO)
    delivery: Mapped[Delivery] = relationship()
    customer: Mapped[Customer] = relationship()
    followup: Mapped[FollowUp | None] = relationship()
    chat: Mapped[Conversation | None] = relationship()
    topic: Mapped[Topic | None] = relationship()

    __table_args__ = (
        UniqueConstraint("delivery_id", "part", "place"),
        Index("ix_delivery_line_followup", "followup_id", "id"),
    )
