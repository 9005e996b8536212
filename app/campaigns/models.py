"""Batches of coupons, each coupon that a customer has, and who was brought by whom."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import FAR_OFF_DAY, LONG_AGO_DAY
from app.core.db import Model
from app.customers.models import Customer
from app.sales.models import Order
from app.staff.models import Staff

OFF, PERCENT, GIFT = "off", "percent", "gift"
OPEN, USED, WITHDRAWN = "open", "used", "withdrawn"


class CouponBatch(Model):
    """What its coupons give, from when to when, and to how many."""

    name: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(8))  # off | percent | gift
    cents: Mapped[int] = mapped_column(BigInteger, default=0)  # taken off
    percent: Mapped[int] = mapped_column(default=0)  # taken off: 20 is «8 折»
    gift: Mapped[str] = mapped_column(String(60), default="")
    least_cents: Mapped[int] = mapped_column(BigInteger, default=0)  # of a purchase that it is for
    starts_on: Mapped[date] = mapped_column(default=LONG_AGO_DAY)
    ends_on: Mapped[date] = mapped_column(default=FAR_OFF_DAY)
    days: Mapped[int] = mapped_column(default=0)  # from the day of the grant on; 0: fixed days
    text: Mapped[str] = mapped_column(String(200), default="")  # what else is to be known
    stock: Mapped[int] = mapped_column(default=0)  # 0: any number
    granted: Mapped[int] = mapped_column(default=0)
    per_person: Mapped[int] = mapped_column(default=1)  # 0: any number
    members_only: Mapped[bool] = mapped_column(default=False)  # for who follows us
    event: Mapped[str] = mapped_column(String(12), default="")  # a key of offers.EVENTS
    price: Mapped[int] = mapped_column(default=0)  # in points, where members exchange them
    gone_at: Mapped[datetime | None]  # given no more; those that are out stay good

    __table_args__ = (Index("ix_coupon_batch_event", "event"),)


class Coupon(Model):
    """One coupon of one customer. `code` stands in its QR, `number` is typed."""

    batch_id: Mapped[int] = mapped_column(ForeignKey("coupon_batch.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    code: Mapped[str] = mapped_column(String(32), unique=True)
    number: Mapped[str] = mapped_column(String(8), unique=True)
    key: Mapped[str | None] = mapped_column(String(80), unique=True)  # what gave it, once
    why: Mapped[str] = mapped_column(String(12), default="staff")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default=OPEN)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    used_at: Mapped[datetime | None]
    used_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("purchase.id"), index=True)
    off_cents: Mapped[int] = mapped_column(BigInteger, default=0)  # what it took off
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")  # of the withdrawal
    batch: Mapped[CouponBatch] = relationship()
    customer: Mapped[Customer] = relationship()
    order: Mapped[Order | None] = relationship()
    by: Mapped[Staff | None] = relationship(foreign_keys=[by_id])
    used_by: Mapped[Staff | None] = relationship(foreign_keys=[used_by_id])
    withdrawn_by: Mapped[Staff | None] = relationship(foreign_keys=[withdrawn_by_id])

    __table_args__ = (
        Index("ix_coupon_customer", "customer_id", "id"),
        Index("ix_coupon_batch", "batch_id", "state", "customer_id"),
        Index("ix_coupon_ends", "state", "ends_on", "id"),
        Index("ix_coupon_by", "by_id", "created_at"),
    )


class InviteMark(Model):
    """What a customer's link for friends ends with. It says nothing about them."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), unique=True)
    mark: Mapped[str] = mapped_column(String(16), unique=True)
    customer: Mapped[Customer] = relationship()


class InviteVisit(Model):
    """Somebody whom only WeChat knows says that a friend sent them; who they are is to come."""

    account: Mapped[str] = mapped_column(String(64))
    openid: Mapped[str] = mapped_column(String(128))
    inviter_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("account", "openid"),)


class Referral(Model):
    """A customer was brought by another: one level, once in a life."""

    inviter_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    guest_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), unique=True)
    at: Mapped[datetime]
    counts: Mapped[bool] = mapped_column(default=True)  # an old customer is nobody's new friend
    counted_at: Mapped[datetime | None]  # when it was rewarded
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who said so; None: the link
    inviter: Mapped[Customer] = relationship(foreign_keys=[inviter_id])
    guest: Mapped[Customer] = relationship(foreign_keys=[guest_id])
    by: Mapped[Staff | None] = relationship(foreign_keys=[by_id])
