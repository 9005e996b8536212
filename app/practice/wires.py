"""What went over the line between a phone, the platform and the shop."""

from sqlalchemy import select

from app.core.db import db
from app.practice.models import Phone, Wire

SHOWN = 12


def newest(phone: Phone) -> list[Wire]:
    statement = select(Wire).where(Wire.phone_id == phone.id).order_by(Wire.id.desc())
    return list(db.session.scalars(statement.limit(SHOWN)))


def last_id(phone: Phone) -> int:
    return db.session.scalar(select(db.func.max(Wire.id)).where(Wire.phone_id == phone.id)) or 0
