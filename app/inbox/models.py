"""Conversations and their messages."""

from datetime import datetime

from sqlalchemy import JSON, Computed, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import FAR_OFF, LONG_AGO
from app.core.db import Model
from app.core.outbox import Letter
from app.customers.models import Customer
from app.staff.models import Staff

OPEN, SNOOZED, RESOLVED = "open", "snoozed", "resolved"
NOTE, EVENT = "note", "event"  # kinds of messages that only colleagues see
WANTED = "closed_at IS NULL"
SHOWN = 280  # pixels of a picture in a bubble
ALARMED = "alarm > 0"
UNREAD = "unread > 0"  # as text: SQLite takes a partial index only for the very same words


class Conversation(Model):
    """All talk with one address of one customer over one account."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    channel: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(128))
    state: Mapped[str] = mapped_column(String(16), default=OPEN)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    assignee_key: Mapped[int] = mapped_column(Computed("coalesce(assignee_id, 0)", persisted=True))
    # A copy of the customer's (sight.py): who counts conversations looks at no customer.
    owner_key: Mapped[int] = mapped_column(default=0)
    waiting_since: Mapped[datetime] = mapped_column(default=FAR_OFF)
    last_at: Mapped[datetime] = mapped_column(default=LONG_AGO)
    last_text: Mapped[str] = mapped_column(String(120), default="")
    last_kind: Mapped[str] = mapped_column(String(16), default="text")
    last_inbound: Mapped[bool] = mapped_column(default=True)
    unread: Mapped[int] = mapped_column(default=0)
    # What the channel still allows (meter.py); FAR_OFF: it counts nothing.
    window_until: Mapped[datetime] = mapped_column(default=FAR_OFF)
    window_left: Mapped[int] = mapped_column(default=0)
    touch_until: Mapped[datetime] = mapped_column(default=LONG_AGO)
    touch_left: Mapped[int] = mapped_column(default=0)
    snoozed_until: Mapped[datetime] = mapped_column(default=FAR_OFF)
    alarm: Mapped[int] = mapped_column(default=0)  # who has been told that it is late: lateness.py
    undelivered: Mapped[int] = mapped_column(default=0)  # answers that did not arrive, or may not
    customer: Mapped[Customer] = relationship()
    assignee: Mapped[Staff | None] = relationship()

    __table_args__ = (
        UniqueConstraint("channel", "account", "address"),
        Index("ix_conversation_state", "state", "last_at", "id"),
        # ends in whose it is: who counts asks of each whether it may be seen, and of nothing else
        Index(
            "ix_conversation_assignee",
            "assignee_key",
            "state",
            "last_at",
            "id",
            "customer_id",
            "owner_key",
        ),
        Index("ix_conversation_last", "last_at", "id"),
        Index("ix_conversation_customer", "customer_id", "state"),
        Index("ix_conversation_waiting", "state", "waiting_since", "id"),
        Index(
            "ix_conversation_alarm",
            "assignee_key",
            "state",
            "waiting_since",
            "customer_id",
            "owner_key",
            "alarm",
            sqlite_where=text(ALARMED),
            postgresql_where=text(ALARMED),
        ),
        Index("ix_conversation_window", "state", "window_until", "id"),
        Index("ix_conversation_assignee_window", "assignee_key", "state", "window_until", "id"),
        Index(
            "ix_conversation_unread",
            "assignee_key",
            "state",
            "customer_id",
            "owner_key",
            sqlite_where=text(UNREAD),
            postgresql_where=text(UNREAD),
        ),
    )

    @property
    def is_open(self) -> bool:
        return self.state == OPEN


class Message(Model):
    """A line of a thread: said by the customer or by us, a note among colleagues, or an event."""

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    inbound: Mapped[bool]
    kind: Mapped[str] = mapped_column(String(16), default="text")
    text: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"), unique=True)
    key: Mapped[str | None] = mapped_column(String(200), unique=True)  # what it came from
    attached: Mapped[str] = mapped_column(String(16), default="")  # how its file is: attaching.py
    gist: Mapped[str] = mapped_column(Text, default="")  # what a voice or a picture says, typed
    conversation: Mapped[Conversation] = relationship()
    by: Mapped[Staff | None] = relationship()
    letter: Mapped[Letter | None] = relationship()

    __table_args__ = (Index("ix_message_thread", "conversation_id", "id"),)


class QuickReply(Model):
    """Words kept ready: the shop's own (`shared`), or those of one colleague."""

    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    shared: Mapped[bool] = mapped_column(default=False)
    section: Mapped[str] = mapped_column(String(30), default="")
    title: Mapped[str] = mapped_column(String(60))
    code: Mapped[str] = mapped_column(String(40), default="")  # what one types to find it
    text: Mapped[str] = mapped_column(Text, default="")  # a line of --- between two messages
    link: Mapped[str] = mapped_column(String(600), default="")
    link_title: Mapped[str] = mapped_column(String(60), default="")  # of the card; "" = `title`
    picture: Mapped[str] = mapped_column(String(32), default="")  # a made-up name of core/files
    used: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index("ix_quick_reply_shared", "shared", "used"),)


class Nudge(Model):
    """A colleague is wanted at a conversation: named in a note, offered or given it, and so on."""

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(String(16))
    closed_at: Mapped[datetime | None]
    conversation: Mapped[Conversation] = relationship()
    staff: Mapped[Staff] = relationship(foreign_keys=staff_id)
    by: Mapped[Staff | None] = relationship(foreign_keys=by_id)

    __table_args__ = (
        Index("ix_nudge_staff", "staff_id", "conversation_id", sqlite_where=text(WANTED),
              postgresql_where=text(WANTED)),
        Index("ix_nudge_conversation", "conversation_id", sqlite_where=text(WANTED),
              postgresql_where=text(WANTED)),
    )  # fmt: skip


class Media(Model):
    """The file of a message: a picture, a voice, a film. Whether it is here: Message.attached."""

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), unique=True)
    source: Mapped[str] = mapped_column(String(400), default="")  # the platform's name of theirs
    file: Mapped[str] = mapped_column(String(32), default="", index=True)  # our made-up name
    kind: Mapped[str] = mapped_column(String(40), default="")  # image/jpeg, audio/mpeg, …
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[int] = mapped_column(default=0)
    fault: Mapped[str] = mapped_column(String(200), default="")  # a source sentence
    tries: Mapped[int] = mapped_column(default=0)
    receipt: Mapped[str] = mapped_column(String(400), default="")  # the platform's name of ours
    receipt_until: Mapped[datetime] = mapped_column(default=LONG_AGO)
    message: Mapped[Message] = relationship()

    @property
    def box(self) -> tuple[int, int]:
        """Width and height in a bubble, known before the picture comes: nothing jumps."""
        shrink = max(self.width, self.height, SHOWN) / SHOWN
        return max(1, round(self.width / shrink)), max(1, round(self.height / shrink))


class Presence(Model):
    """A colleague has a conversation open, or writes in it. It fades by itself."""

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    seen_at: Mapped[datetime] = mapped_column(index=True)
    typing_since: Mapped[datetime] = mapped_column(default=LONG_AGO)
    typing_until: Mapped[datetime] = mapped_column(default=LONG_AGO)

    __table_args__ = (UniqueConstraint("conversation_id", "staff_id"),)


class Label(Model):
    """A word of the shop's own for conversations, with a colour."""

    name: Mapped[str] = mapped_column(String(20), unique=True)
    tone: Mapped[str] = mapped_column(String(10), default="grey")


class Labelling(Model):
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    label_id: Mapped[int] = mapped_column(ForeignKey("label.id"))

    __table_args__ = (
        UniqueConstraint("conversation_id", "label_id"),
        Index("ix_labelling_label", "label_id", "conversation_id"),
    )


class IndexGap(Model):
    """Messages with low < id <= high that the index of what was said does not hold yet."""

    low: Mapped[int]
    high: Mapped[int]
