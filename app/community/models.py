"""Communities of customers, and who answers for them."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import FAR_OFF, LONG_AGO_DAY, now
from app.core.db import Model
from app.customers.models import Customer
from app.inbox.models import Conversation, Message
from app.staff.models import Staff

PRESALE, CUSTOMERS, AFTERSALE = "presale", "customers", "aftersale"
UNCLAIMED, DOING, WAITING, SOLVED, REOPENED = (
    "unclaimed", "doing", "waiting", "solved", "reopened",
)  # fmt: skip
OFFERED = "offered"
# As text: SQLite takes a partial index only for the very same words.
UNSEEN, PENDING = text("unseen > 0"), text("state = 'offered'")
ALARMED = text("alarm > 0")


class Group(Model):
    """A community. Who answers for it: its owner, else the shop's (groups.owner_of)."""

    __tablename__ = "community"  # «group» is a word of SQL

    name: Mapped[str] = mapped_column(String(30), unique=True)
    kind: Mapped[str] = mapped_column(String(16))  # presale | customers | aftersale
    purpose: Mapped[str] = mapped_column(String(200), default="")
    code: Mapped[str] = mapped_column(String(16), unique=True)  # of its stable address, /g/<code>
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    gone_at: Mapped[datetime | None]
    members: Mapped[int] = mapped_column(default=0)  # moved with each membership: joining.py
    gone_members: Mapped[int] = mapped_column(default=0)  # who left on the day below
    gone_on: Mapped[date] = mapped_column(default=LONG_AGO_DAY)
    owner: Mapped[Staff | None] = relationship()


class Deputy(Model):
    """A colleague who answers for a community beside its owner."""

    __tablename__ = "community_deputy"

    group_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    staff: Mapped[Staff] = relationship()

    __table_args__ = (UniqueConstraint("group_id", "staff_id"),)


class Topic(Model):
    """主题: a need of a customer, for which one colleague answers until it is met."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    kind: Mapped[str] = mapped_column(String(16))  # terms.KINDS
    state: Mapped[str] = mapped_column(String(16), default=UNCLAIMED)
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text, default="")
    owner_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))  # never nobody
    key: Mapped[str | None] = mapped_column(String(80), unique=True)  # of the form it came from
    raised_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # None: the member
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    answer_due_at: Mapped[datetime] = mapped_column(default=FAR_OFF)  # FAR_OFF: nobody waits
    due_at: Mapped[datetime]
    waiting_since: Mapped[datetime] = mapped_column(default=FAR_OFF)  # the customer, for us
    last_at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]  # the first time
    answered_after: Mapped[int | None]  # minutes of opening time until then
    ends_at: Mapped[datetime] = mapped_column(
        default=FAR_OFF
    )  # when the customer's silence ends it
    solved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]  # by feedback, or by silence
    reopened: Mapped[int] = mapped_column(default=0)
    unsolved: Mapped[int] = mapped_column(default=0)  # solutions that did not hold for a week
    rating: Mapped[int] = mapped_column(default=0)  # 1..5; 0: none
    rating_text: Mapped[str] = mapped_column(String(500), default="")
    rated_at: Mapped[datetime | None]
    unseen: Mapped[int] = mapped_column(default=0)  # lines that the owner has not looked at
    alarm: Mapped[int] = mapped_column(default=0)  # who has been told that it is late: overdue.py
    alarm_at: Mapped[datetime] = mapped_column(default=FAR_OFF)  # when the next one is told
    version: Mapped[int] = mapped_column(default=1)
    customer: Mapped[Customer] = relationship()
    group: Mapped[Group] = relationship()
    owner: Mapped[Staff] = relationship(foreign_keys=owner_id)
    raised_by: Mapped[Staff | None] = relationship(foreign_keys=raised_by_id)
    conversation: Mapped[Conversation | None] = relationship()

    __table_args__ = (
        Index("ix_topic_board", "group_id", "state", "due_at", "id"),
        Index("ix_topic_ended", "group_id", "state", "ends_at", "id"),
        Index("ix_topic_waiting", "group_id", "waiting_since"),
        Index("ix_topic_answered", "group_id", "answered_at"),
        Index("ix_topic_due", "state", "due_at", "id"),
        Index("ix_topic_owner", "owner_id", "state", "due_at", "id"),
        Index("ix_topic_customer", "customer_id", "state"),
        Index("ix_topic_ends", "ends_at"),
        Index("ix_topic_alarm", "alarm_at"),
        Index("ix_topic_alarmed", "owner_id", sqlite_where=ALARMED, postgresql_where=ALARMED),
        Index("ix_topic_unseen", "owner_id", sqlite_where=UNSEEN,
              postgresql_where=UNSEEN),
    )  # fmt: skip

    @property
    def is_open(self) -> bool:
        return self.state != SOLVED

    @property
    def by_member(self) -> bool:
        return self.raised_by_id is None


class TopicLine(Model):
    """A line of a topic: said by the member or by us, a note, an event, a message of the inbox."""

    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id"))
    kind: Mapped[str] = mapped_column(String(16))  # said | note | event | quote
    inbound: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # a quote: what was picked in the inbox; what we said: the bubble by which it left
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    topic: Mapped[Topic] = relationship()
    by: Mapped[Staff | None] = relationship()
    message: Mapped[Message | None] = relationship()

    __table_args__ = (
        UniqueConstraint("topic_id", "message_id"),
        Index("ix_topic_line_topic", "topic_id", "id"),
    )


class Handover(Model):
    """A topic is offered to another community. Until somebody there says yes, it stays."""

    __tablename__ = "topic_handover"

    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id"))
    from_group_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    to_group_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))  # who is asked
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(16), default=OFFERED)
    until: Mapped[datetime]  # then it goes back
    answer: Mapped[str] = mapped_column(String(300), default="")  # why not
    answered_at: Mapped[datetime | None]
    topic: Mapped[Topic] = relationship()
    from_group: Mapped[Group] = relationship(foreign_keys=from_group_id)
    to_group: Mapped[Group] = relationship(foreign_keys=to_group_id)
    to: Mapped[Staff] = relationship(foreign_keys=to_id)
    by: Mapped[Staff] = relationship(foreign_keys=by_id)

    __table_args__ = (
        Index("ix_topic_handover_topic", "topic_id", "id"),
        Index("uq_topic_handover_pending", "topic_id", unique=True, sqlite_where=PENDING,
              postgresql_where=PENDING),
        Index("ix_topic_handover_until", "until", sqlite_where=PENDING,
              postgresql_where=PENDING),
        Index("ix_topic_handover_to", "to_id", sqlite_where=PENDING,
              postgresql_where=PENDING),
    )  # fmt: skip

    @property
    def is_pending(self) -> bool:
        return self.state == OFFERED


class Rule(Model):
    """Who belongs to a community: one condition of which any is enough. Its kinds: rules.py."""

    __tablename__ = "community_rule"

    group_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(String(200), default="")  # words, a tag's number, …
    days: Mapped[int] = mapped_column(default=0)  # within so many; 0 = ever
    fresh: Mapped[bool] = mapped_column(default=False)  # only what is newer than the last purchase


class Sign(Model):
    """What a customer said or scanned that a rule listens to, the newest time."""

    __tablename__ = "community_sign"

    rule_id: Mapped[int] = mapped_column(index=True)  # signs outlive their rule by a job's length
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    what: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    on: Mapped[date]

    __table_args__ = (UniqueConstraint("customer_id", "rule_id"),)


class Membership(Model):
    """A customer is in a community: since when, and why, as a kind and its parameter."""

    __tablename__ = "community_member"

    group_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    since: Mapped[datetime]
    why: Mapped[str] = mapped_column(String(16))  # a kind of rule, or pinned
    what: Mapped[str] = mapped_column(String(60), default="")
    rule_id: Mapped[int] = mapped_column(default=0)  # the first rule that fits; 0 = pinned
    group: Mapped[Group] = relationship()
    customer: Mapped[Customer] = relationship()

    __table_args__ = (
        UniqueConstraint("customer_id", "group_id"),
        Index("ix_community_member_group", "group_id", "since", "id"),
    )


class Hold(Model):
    """A colleague's word about one customer and community, above all rules: pinned, or excluded."""

    __tablename__ = "community_hold"

    group_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str] = mapped_column(String(8))  # pinned | excluded
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    by: Mapped[Staff | None] = relationship()

    __table_args__ = (UniqueConstraint("customer_id", "group_id"),)


class QrPicture(Model):
    """The QR of a WeChat group, which ends by itself. Which one is shown: codes.py."""

    __tablename__ = "community_picture"

    group_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    file: Mapped[str] = mapped_column(String(32))  # a made-up name of core/files
    ends_on: Mapped[date]  # the last day on which it opens the group
    visits: Mapped[int] = mapped_column(default=0)  # how often it was shown
    most: Mapped[int] = mapped_column(default=0)  # visits after which the next one is shown
    full_at: Mapped[datetime | None]  # somebody said that the group is full
    told_at: Mapped[datetime | None]  # its owner has been told that it ends
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    group: Mapped[Group] = relationship()


class GroupNotice(Model):
    """A word to some members of a community, chosen by name."""

    __tablename__ = "community_notice"

    group_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    group: Mapped[Group] = relationship()
    by: Mapped[Staff] = relationship()


class NoticeLine(Model):
    """One member of a notice: the bubble by which it left, or why it did not."""

    __tablename__ = "community_notice_line"

    notice_id: Mapped[int] = mapped_column(ForeignKey("community_notice.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200), default="")  # a source sentence
    notice: Mapped[GroupNotice] = relationship()
    customer: Mapped[Customer] = relationship()
    message: Mapped[Message | None] = relationship()

    __table_args__ = (
        UniqueConstraint("notice_id", "customer_id"),
        Index("ix_community_notice_line_customer", "customer_id", "id"),
    )
