"""What customers bought."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Model
from app.customers.models import Customer
from app.staff.models import Staff


class Order(Model):
    """One purchase: a day, an amount in 分, and what it was."""

    __tablename__ = "purchase"  # «order» is a word of SQL

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    at: Mapped[datetime]
    on: Mapped[date]
    cents: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(String(200), default="")
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
        Index("ix_purchase_at", "at", "id", "customer_id", "cents", "voided_at"),
    )

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None
