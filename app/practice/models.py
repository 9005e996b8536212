"""Practice phones: what the pretended customer did, and what the shop sent them."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import LONG_AGO
from app.core.db import Model


class Phone(Model):
    """One pretended customer. The platform's side of the window is kept here, as WeChat does."""

    __tablename__ = "practice_phone"

    openid: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(40), default="")
    following: Mapped[bool] = mapped_column(default=False)
    window_until: Mapped[datetime] = mapped_column(default=LONG_AGO)
    window_left: Mapped[int] = mapped_column(default=0)
    failure: Mapped[int] = mapped_column(default=0)  # errcode that the next sends answer with


class Bubble(Model):
    """One line on the phone's screen: said by the customer, or sent by the shop."""

    __tablename__ = "practice_bubble"

    phone_id: Mapped[int] = mapped_column(ForeignKey("practice_phone.id"))
    from_shop: Mapped[bool]
    kind: Mapped[str] = mapped_column(String(24))
    text: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(String(200), default="")  # what our callback said
    phone: Mapped[Phone] = relationship()

    __table_args__ = (Index("ix_practice_bubble_phone", "phone_id", "id"),)
