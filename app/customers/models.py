"""The customer, their identities, and what happened to them."""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Computed,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import FAR_OFF, FAR_OFF_DAY, LONG_AGO, LONG_AGO_DAY
from app.core.db import Model
from app.staff.models import Staff

PHONE, OPENID, UNIONID, EMAIL = "phone", "wechat", "unionid", "email"
BY_PLATFORMS = (OPENID, UNIONID, "external_userid")  # identities that nobody writes or reads


class Customer(Model):
    """A person. No identity is required; the summary is kept by timeline.record()."""

    name: Mapped[str] = mapped_column(String(100), default="")
    name_key: Mapped[str] = mapped_column(
        String(200).with_variant(String(200, collation="C"), "postgresql"), default=""
    )
    remark: Mapped[str] = mapped_column(String(1000), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")  # reaches, identifies nobody
    source: Mapped[str] = mapped_column(String(20), default="staff")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # 0 is the public pool: both databases can order an index by it, which they cannot by NULL.
    owner_key: Mapped[int] = mapped_column(Computed("coalesce(owner_id, 0)", persisted=True))
    unnamed: Mapped[bool] = mapped_column(default=False)
    do_not_disturb: Mapped[bool] = mapped_column(default=False)
    left_at: Mapped[datetime | None]  # unfollowed us; no reminder until they come back
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    # The summary. Sort columns are never NULL: LONG_AGO and FAR_OFF stand for «not yet».
    purchases: Mapped[int] = mapped_column(default=0)
    spent_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    visits: Mapped[int] = mapped_column(default=0)  # distinct days with a purchase
    first_visit_on: Mapped[date] = mapped_column(default=LONG_AGO_DAY)
    last_visit_on: Mapped[date] = mapped_column(default=LONG_AGO_DAY)
    priced_visits: Mapped[int] = mapped_column(default=0)  # of them with a known amount
    owed_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    owed_since: Mapped[date] = mapped_column(default=FAR_OFF_DAY)
    owed_due_on: Mapped[date] = mapped_column(default=FAR_OFF_DAY)
    usual_gap: Mapped[int] = mapped_column(default=0)  # days, median of own gaps; 0 = unknown
    inbound_days: Mapped[int] = mapped_column(default=0)
    first_inbound_on: Mapped[date] = mapped_column(default=LONG_AGO_DAY)
    last_inbound_on: Mapped[date] = mapped_column(default=LONG_AGO_DAY)
    last_inbound_at: Mapped[datetime] = mapped_column(default=LONG_AGO)
    last_outbound_at: Mapped[datetime] = mapped_column(default=LONG_AGO)
    last_activity_at: Mapped[datetime] = mapped_column(default=LONG_AGO)
    waiting_since: Mapped[datetime] = mapped_column(default=FAR_OFF)
    next_due_at: Mapped[datetime] = mapped_column(default=FAR_OFF)
    quiet_on: Mapped[date] = mapped_column(default=FAR_OFF_DAY)
    dormant_on: Mapped[date] = mapped_column(default=FAR_OFF_DAY)
    lost_on: Mapped[date] = mapped_column(default=FAR_OFF_DAY)
    warm_until: Mapped[date] = mapped_column(default=LONG_AGO_DAY)
    # 分 that 90 days bring less without them: NULL unless they are quiet and not yet lost
    at_risk_cents: Mapped[int | None] = mapped_column(BigInteger)

    owner: Mapped[Staff | None] = relationship()

    __table_args__ = tuple(
        Index(f"ix_customer_{prefix}{column}", *leading, column, "id")
        for column in (
            "name_key", "spent_cents", "last_visit_on", "last_activity_at", "waiting_since",
            "next_due_at", "quiet_on",
        )
        for prefix, leading in (("", ()), ("owner_", ("owner_key",)))
    ) + (
        Index("ix_customer_owner", "owner_key", "id"),
        Index("ix_customer_unnamed", "unnamed", "id"),
        Index("ix_customer_owner_unnamed", "owner_key", "unnamed", "id"),
        Index("ix_customer_warm", "warm_until", "id"),
        Index("ix_customer_owner_warm", "owner_key", "warm_until", "id"),
        Index("ix_customer_dormant_on", "dormant_on", "id"),
        Index("ix_customer_lost_on", "lost_on", "id"),
    ) + tuple(
        Index(
            f"ix_customer_{prefix}{name}", *leading, column, "id",
            sqlite_where=text(f"{column} IS NOT NULL"),
            postgresql_where=text(f"{column} IS NOT NULL"),
        )
        for name, column in (("archived", "archived_at"), ("at_risk", "at_risk_cents"))
        for prefix, leading in (("", ()), ("owner_", ("owner_key",)))
    ) + (
        Index(
            "ix_customer_owed", "owed_due_on", "id",
            sqlite_where=text("owed_cents > 0"), postgresql_where=text("owed_cents > 0"),
        ),
    )  # fmt: skip

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None


class Identity(Model):
    """One handle of one person: a phone, an openid of an account, an e-mail address…"""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(64), default="")
    value: Mapped[str] = mapped_column(String(128))
    source: Mapped[str] = mapped_column(String(20))
    customer: Mapped[Customer] = relationship()

    __table_args__ = (
        UniqueConstraint("kind", "account", "value"),
        Index("ix_identity_customer", "customer_id", "kind"),
    )


class Helper(Model):
    """A colleague who may see a customer of somebody else, and why."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    why: Mapped[str] = mapped_column(String(40))

    __table_args__ = (
        UniqueConstraint("customer_id", "staff_id"),
        Index("ix_helper_staff", "staff_id", "customer_id"),
    )


class Tag(Model):
    """A word that the owner has made for customers; a source is one that a customer has one of."""

    kind: Mapped[str] = mapped_column(String(8))  # tag | source
    name: Mapped[str] = mapped_column(String(30))
    tone: Mapped[str] = mapped_column(String(8), default="grey")
    place: Mapped[int] = mapped_column(default=0)  # in the list
    gone_at: Mapped[datetime | None]  # removed; a job takes it off the customers

    __table_args__ = (UniqueConstraint("kind", "name"),)


class Tagging(Model):
    """A customer bears a tag."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id"))

    __table_args__ = (
        UniqueConstraint("customer_id", "tag_id"),
        Index("ix_tagging_tag", "tag_id", "customer_id"),
    )


class Note(Model):
    """What a colleague wrote down: what happened, by which way, with which result."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    text: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(String(20), default="")
    result: Mapped[str] = mapped_column(String(20), default="")
    customer: Mapped[Customer] = relationship()


class NoteFile(Model):
    """A photo or a voice memo of a note."""

    note_id: Mapped[int] = mapped_column(ForeignKey("note.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))  # image, voice
    file: Mapped[str] = mapped_column(String(32), index=True)  # a made-up name of core/files
    state: Mapped[str] = mapped_column(String(8))  # waiting, ready, refused: note_files.py
    mime: Mapped[str] = mapped_column(String(40), default="")
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[int] = mapped_column(default=0)


class Moment(Model):
    """Something that happened to a customer: kind and details, never a rendered sentence."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    on: Mapped[date]  # the shop's calendar day of `at`
    effect: Mapped[str] = mapped_column(String(8), default="")  # "", visit, in, out
    cents: Mapped[int] = mapped_column(BigInteger, default=0)
    voided: Mapped[bool] = mapped_column(default=False)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    subject: Mapped[str] = mapped_column(String(60), default="")  # "order:12"
    details: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    customer: Mapped[Customer] = relationship()
    by: Mapped[Staff | None] = relationship()

    __table_args__ = (
        Index("ix_moment_story", "customer_id", "at", "id"),
        Index("ix_moment_effect", "customer_id", "effect", "on", "cents", "voided"),
        Index("ix_moment_subject", "subject"),
    )


class Words(Model):
    """The exact search tokens of one customer. The text index is kept from this row by triggers,
    so that it never holds tokens that are not here."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), unique=True)
    tokens: Mapped[str] = mapped_column(Text)


class Rhythm(Model):
    """The shop's own rhythm, one row: median days between two visits, by purchases or contacts."""

    basis: Mapped[str] = mapped_column(String(8))  # visit | contact
    unit_days: Mapped[float]
    share: Mapped[float] = mapped_column(default=0.5)  # of the visits, where quiet begins
    typical_cents: Mapped[int] = mapped_column(BigInteger, default=0)  # the median visit
    gaps: Mapped[int]
    computed_at: Mapped[datetime]
