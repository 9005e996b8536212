"""The only clock: aware UTC inside, the shop's own time zone at the edge."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

# Sort columns are never NULL: the two databases put NULL at opposite ends.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
FAR_OFF = datetime(9999, 12, 30, tzinfo=UTC)
LONG_AGO_DAY = date(1970, 1, 1)
FAR_OFF_DAY = date(9999, 12, 30)

# The shop's own; create_app() puts the settings' zone here.
zone = ZoneInfo("Asia/Shanghai")


def system_now() -> datetime:
    return datetime.now(UTC)


# A test moves time by assigning another function here.
source = system_now


def now() -> datetime:
    """The present moment, aware UTC."""
    return source()


def today() -> date:
    """The shop's calendar day."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """`moment` on the shop's clock; the far ends of the calendar stay where they are."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


def day_of(moment: datetime) -> date:
    """The shop's calendar day of a moment."""
    return local(moment).date()


def at_local(day: date, hour: time = time(12)) -> datetime:
    """The UTC moment of a local wall-clock time; noon stands for «that day»."""
    return datetime.combine(day, hour, tzinfo=zone).astimezone(UTC)


def start_of(day: date) -> datetime:
    """The UTC moment at which a local day begins."""
    return at_local(day, time(0))


def end_of(day: date) -> datetime:
    """The UTC moment at which the next local day begins."""
    return start_of(day + timedelta(days=1))


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime. Naive values are refused: they would be somebody's guess."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """SQLite keeps text. A page reads hundreds of moments: each by one call, not by three."""
        if dialect.name == "sqlite":
            return _read
        return super().result_processor(dialect, coltype)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + "+00:00")
