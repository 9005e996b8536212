"""Browsers of members, their cards, what they agreed to, the codes of the counter, and points."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import LONG_AGO
from app.core.db import Model
from app.customers.models import Customer
from app.staff.models import Staff

OPEN, ACCEPTED, REFUSED = "open", "accepted", "refused"


class MemberSession(Model):
    """One browser of a customer. Only the hash of its random id is kept.

    Without a customer it is somebody whom WeChat knows and the shop does not, yet.
    """

    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    until: Mapped[datetime] = mapped_column(index=True)
    account: Mapped[str] = mapped_column(String(64), default="")
    openid: Mapped[str] = mapped_column(String(128), default="")  # "" = came in by a code
    device: Mapped[str] = mapped_column(String(200), default="")
    customer: Mapped[Customer | None] = relationship(lazy="joined")

    __table_args__ = (Index("ix_member_session_openid", "account", "openid"),)


class SpentMark(Model):
    """Something that works once has been used: its hash, kept until it would have ended anyway."""

    mark: Mapped[str] = mapped_column(String(64), unique=True)
    until: Mapped[datetime] = mapped_column(index=True)


class MemberCard(Model):
    """A customer is a member. The number is a draw, not a count: nobody guesses another's."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), unique=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    left_at: Mapped[datetime | None]  # they left; joining again takes it back
    customer: Mapped[Customer] = relationship()


class Consent(Model):
    """Somebody agreed or took it back: to what, by which text, when. Never changed: evidence."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    purpose: Mapped[str] = mapped_column(String(16))  # a key of consents.PURPOSES
    given: Mapped[bool]
    version: Mapped[str] = mapped_column(String(16))  # of the notice that was shown
    at: Mapped[datetime]

    __table_args__ = (Index("ix_consent_customer", "customer_id", "purpose", "id"),)


class CounterCode(Model):
    """A code that a colleague made for the customer before them. Only its hash is kept."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), unique=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class PhoneClaim(Model):
    """A member says that a telephone number is theirs, and nothing proves it yet."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    phone: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(8), default=OPEN)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who decided
    decided_at: Mapped[datetime | None]
    customer: Mapped[Customer] = relationship()
    by: Mapped[Staff | None] = relationship()

    __table_args__ = (UniqueConstraint("customer_id", "phone"),)


class MemberAnswer(Model):
    """What a member told about themselves, one small question at a time; "" = not now."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    question: Mapped[str] = mapped_column(String(16))  # a key of profile.QUESTIONS
    answer: Mapped[str] = mapped_column(String(60), default="")
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("customer_id", "question"),)


class PointRule(Model):
    """How many points something brings, from which day on: one row for each of rating.RULES."""

    kind: Mapped[str] = mapped_column(String(12), unique=True)
    points: Mapped[int] = mapped_column(default=0)  # 0: none
    per_cents: Mapped[int] = mapped_column(BigInteger, default=0)  # for each so many 分; 0: once
    since: Mapped[date]


NO_LEVEL, UNKNOWN_LEVEL = -1, -2  # of PointAccount.level


class PointAccount(Model):
    """What the ledger of a customer comes to: all of it, and all that was not spent."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), unique=True)
    balance: Mapped[int] = mapped_column(default=0)
    earned: Mapped[int] = mapped_column(default=0)
    level: Mapped[int] = mapped_column(BigInteger, default=NO_LEVEL)  # `least` of what they had
    risen_at: Mapped[datetime] = mapped_column(default=LONG_AGO)  # when they last went up
    customer: Mapped[Customer] = relationship()


class PointEntry(Model):
    """One line of the ledger. Lines are added, never changed: their sum is the balance."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str] = mapped_column(String(12))  # a key of points.KINDS
    points: Mapped[int]
    subject: Mapped[str] = mapped_column(String(60))  # «order:12», what it is about
    key: Mapped[str | None] = mapped_column(String(100), unique=True)  # what wrote it, once
    rate: Mapped[int] = mapped_column(default=0)  # points of the rule that day …
    per_cents: Mapped[int] = mapped_column(BigInteger, default=0)  # … for each so many 分
    reason: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    by: Mapped[Staff | None] = relationship()

    __table_args__ = (
        Index("ix_point_entry_customer", "customer_id", "id"),
        Index("ix_point_entry_subject", "subject", "kind"),
    )


class MemberLevel(Model):
    """A level of the shop: its name, from how much on, and what members of it get."""

    name: Mapped[str] = mapped_column(String(20), unique=True)
    least: Mapped[int] = mapped_column(BigInteger)  # points, or whole yuan of twelve months
    text: Mapped[str] = mapped_column(String(100), default="")
