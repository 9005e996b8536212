"""What the shop sells, what customers bought, gave back, owe and paid."""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import FAR_OFF_DAY
from app.core.db import Model
from app.customers.models import Customer
from app.staff.models import Staff

OWED = text("owed_cents > 0")


class CareLine(Model):
    """Something whose stages the shop follows: a child's age, the days since an oil change."""

    name: Mapped[str] = mapped_column(String(30), unique=True)
    basis: Mapped[str] = mapped_column(String(8))  # age | bought
    category: Mapped[str] = mapped_column(String(30), default="")  # of what was bought; "" = any
    gone_at: Mapped[datetime | None]


class Stage(Model):
    """A point of a line: so long after the day, get in touch, and say this."""

    line_id: Mapped[int] = mapped_column(ForeignKey("care_line.id"), index=True)
    name: Mapped[str] = mapped_column(String(30))
    after: Mapped[int]
    unit: Mapped[str] = mapped_column(String(8), default="month")  # day | month
    ahead: Mapped[int] = mapped_column(default=0)  # days before it
    says: Mapped[str] = mapped_column(String(200), default="")
    gone_at: Mapped[datetime | None]
    line: Mapped[CareLine] = relationship()


class CareDate(Model):
    """The day from which a customer's line of care is counted: a child's birthday."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("care_line.id"))
    name: Mapped[str] = mapped_column(String(30), default="")  # whose: 豆豆
    on: Mapped[date]
    customer: Mapped[Customer] = relationship()
    line: Mapped[CareLine] = relationship()

    __table_args__ = (
        UniqueConstraint("customer_id", "line_id", "name"),
        Index("ix_care_date_line", "line_id", "on", "id"),
    )


class Product(Model):
    """What the shop sells. A price of 0 is none: it differs each time."""

    name: Mapped[str] = mapped_column(String(60), unique=True)
    name_key: Mapped[str] = mapped_column(
        String(200).with_variant(String(200, collation="C"), "postgresql")
    )
    category: Mapped[str] = mapped_column(String(30), default="")
    cents: Mapped[int] = mapped_column(BigInteger, default=0)
    cycle_days: Mapped[int] = mapped_column(default=0)  # how long one of it lasts; 0 = unknown
    warranty_days: Mapped[int] = mapped_column(default=0)  # from the day of purchase; 0 = none
    stage_id: Mapped[int | None] = mapped_column(ForeignKey("stage.id"))  # for whom it is right
    gone_at: Mapped[datetime | None]  # no longer sold; purchases still name it

    __table_args__ = (Index("ix_product_name_key", "name_key", "id"),)


class Order(Model):
    """One purchase: a day, an amount in 分, and what it was."""

    __tablename__ = "purchase"  # «order» is a word of SQL

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    at: Mapped[datetime]
    on: Mapped[date]
    cents: Mapped[int] = mapped_column(BigInteger)
    refunded_cents: Mapped[int] = mapped_column(BigInteger, default=0)  # kept with each refund
    owed_cents: Mapped[int] = mapped_column(BigInteger, default=0)  # of what is left of it
    due_on: Mapped[date] = mapped_column(default=FAR_OFF_DAY)  # when it is to be paid, if agreed
    text: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[int] = mapped_column(default=1)
    key: Mapped[str | None] = mapped_column(String(80), unique=True)  # one row of one import
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    voided_at: Mapped[datetime | None]
    voided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    void_reason: Mapped[str] = mapped_column(String(200), default="")
    customer: Mapped[Customer] = relationship()
    by: Mapped[Staff | None] = relationship(foreign_keys=[by_id])
    voided_by: Mapped[Staff | None] = relationship(foreign_keys=[voided_by_id])

    __table_args__ = (
        Index("ix_purchase_customer", "customer_id", "at", "cents"),
        # with all that the takings of a day ask, so that they are read from the index alone
        Index("ix_purchase_at", "at", "id", "customer_id", "cents", "refunded_cents", "voided_at"),
        Index(
            "ix_purchase_owed", "customer_id", "due_on", "id",
            sqlite_where=OWED, postgresql_where=OWED,
        ),
    )  # fmt: skip

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None

    @property
    def net_cents(self) -> int:
        """What is left of it after its refunds."""
        return self.cents - self.refunded_cents


class OrderItem(Model):
    """One thing of a purchase: how many of it, at which price each. Its name is that of the day."""

    __tablename__ = "purchase_item"

    order_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    quantity: Mapped[int] = mapped_column(default=1)
    cents: Mapped[int] = mapped_column(BigInteger, default=0)  # of one

    @property
    def sum_cents(self) -> int:
        return self.quantity * self.cents


class Refund(Model):
    """Part of a purchase, or all of it, that was given back. No visit: the customer's purchase day
    counts for what is left of it."""

    order_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), index=True)
    on: Mapped[date]
    cents: Mapped[int] = mapped_column(BigInteger)
    off_cents: Mapped[int] = mapped_column(BigInteger, default=0)  # set off against what is owed
    reason: Mapped[str] = mapped_column(String(200), default="")
    key: Mapped[str | None] = mapped_column(String(80), unique=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    order: Mapped[Order] = relationship()
    by: Mapped[Staff | None] = relationship(foreign_keys=[by_id])
    withdrawn_by: Mapped[Staff | None] = relationship(foreign_keys=[withdrawn_by_id])

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None

    @property
    def back_cents(self) -> int:
        """What went over the counter: the rest lessened the debt."""
        return self.cents - self.off_cents


class Payment(Model):
    """Money that came in for a purchase that was not paid at once."""

    order_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), index=True)
    on: Mapped[date]
    cents: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str] = mapped_column(String(12), default="")
    late_days: Mapped[int] = mapped_column(default=0)  # after the day that was agreed
    key: Mapped[str | None] = mapped_column(String(80), unique=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    order: Mapped[Order] = relationship()
    by: Mapped[Staff | None] = relationship(foreign_keys=[by_id])
    withdrawn_by: Mapped[Staff | None] = relationship(foreign_keys=[withdrawn_by_id])

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None


class Pair(Model):
    """Two products that the same customers buy, as one of them sees it; gathered every week."""

    __tablename__ = "product_pair"

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    weight: Mapped[float]
    both: Mapped[int]  # customers who have bought both

    __table_args__ = (Index("ix_product_pair_product_id", "product_id", "weight"),)


class ShopFigures(Model):
    """A result about the whole shop that a job has worked out, under its name."""

    name: Mapped[str] = mapped_column(String(40), unique=True)
    facts: Mapped[dict[str, object]] = mapped_column(JSON)
    computed_at: Mapped[datetime]


class Supply(Model):
    """What a customer has of a product: when last bought, how often, when it will be used up."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    times: Mapped[int]  # days on which it was bought
    last_on: Mapped[date]
    quantity: Mapped[int]  # on the last of these days
    gap_days: Mapped[int] = mapped_column(default=0)  # the customer's own; 0 = unknown
    due_on: Mapped[date] = mapped_column(default=FAR_OFF_DAY)
    customer: Mapped[Customer] = relationship()
    product: Mapped[Product] = relationship()

    __table_args__ = (
        UniqueConstraint("customer_id", "product_id"),
        Index("ix_supply_due_on", "due_on", "id"),
        Index("ix_supply_product", "product_id", "last_on"),
    )
