"""Practice phones: what the pretended customer did, what the shop sent, and the wire between."""

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
    window_until: Mapped[datetime] = mapped_column(default=LONG_AGO)  # after a message
    window_left: Mapped[int] = mapped_column(default=0)
    touch_until: Mapped[datetime] = mapped_column(default=LONG_AGO)  # after a menu, follow or scan
    touch_left: Mapped[int] = mapped_column(default=0)
    failure: Mapped[int] = mapped_column(default=0)  # errcode that the next sends answer with


class Bubble(Model):
    """One line on the phone's screen: said or done by the customer, or sent by the shop."""

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


class Wire(Model):
    """One request that went over the line, and what came back."""

    __tablename__ = "practice_wire"

    phone_id: Mapped[int] = mapped_column(ForeignKey("practice_phone.id"))
    to_shop: Mapped[bool]  # a signed push to our callback, else a call of ours to the platform
    request: Mapped[str] = mapped_column(String(300))
    answer: Mapped[str] = mapped_column(String(200))
    good: Mapped[bool]
    took_ms: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]

    __table_args__ = (Index("ix_practice_wire_phone", "phone_id", "id"),)
