"""When a service that runs by the clock ran last: for the pages, and for the alarm."""

from datetime import datetime, timedelta

from sqlalchemy import String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Model, ask, put_row


class Pulse(Model):
    """One row for each service, moved at every run."""

    name: Mapped[str] = mapped_column(String(40), unique=True)
    at: Mapped[datetime]


REMINDERS = "reminders"  # the service that sends digests and reminders, run each minute
SILENT = timedelta(minutes=10)
LAST = select(Pulse.at).where(Pulse.name == bindparam("pulse"))


def beat(name: str) -> None:
    """It runs now, in the caller's transaction."""
    put_row(Pulse, {"name": name}, at=now())


def last(name: str) -> datetime | None:
    """When it ran last; None when it never did."""
    found: datetime | None = ask(LAST, {"pulse": name}).scalar()
    return found


def is_silent(at: datetime | None) -> bool:
    """Whether a service that ran last then has stopped."""
    return at is None or now() - at > SILENT
