"""Rows on their way into the database by the thousand, and the ids that they get."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Column, Date, Table, func, insert, select, text
from sqlalchemy.types import TypeEngine

from app.core.clock import FAR_OFF, FAR_OFF_DAY, LONG_AGO, LONG_AGO_DAY, Instant
from app.core.db import Model, db
from app.core.outbox import Letter
from app.customers.models import Customer, Identity, Moment, Note, Words
from app.inbox.models import Conversation, Message
from app.practice.models import Bubble, Phone
from app.reminders.models import FollowUp
from app.sales.models import CareDate, Order, OrderItem, Payment, Refund, Supply
from app.wechat.models import Allowance, Follower

Row = dict[str, Any]
Converter = Callable[[Any], Any]


class Ledger:
    """Rows by table, each with its id, written out a batch at a time."""

    # parents before children, for the foreign keys
    ORDER: tuple[type[Model], ...] = (
        Customer, Identity, Words, Note, Order, OrderItem, Refund, Payment, Supply,
        CareDate, FollowUp, Letter,
        Conversation, Message, Follower, Allowance, Moment, Phone, Bubble,
    )  # fmt: skip

    def __init__(self) -> None:
        times: dict[str, Converter] = {}
        self.tables = {m: Lines(cast(Table, m.__table__), times) for m in self.ORDER}

    def add(self, model: type[Model], at: datetime, values: Row) -> int:
        lines = self.tables[model]
        lines.last += 1
        values["id"], values["created_at"] = lines.last, at
        lines.rows.append(values)
        return lines.last

    def write_out(self) -> None:
        for lines in self.tables.values():
            lines.write_out()
        db.session.commit()

    def close(self) -> None:
        self.write_out()
        for lines in self.tables.values():
            lines.tell_sequence()
        db.session.commit()


class Lines:
    """The rows of one table. They go to the driver itself, with the values as it takes them:
    the same conversions as always, but each moment of time converted once."""

    def __init__(self, table: Table, times: dict[str, Converter]) -> None:
        self.table, self.rows = table, list[Row]()
        self.last = db.session.scalar(select(func.max(table.c.id))) or 0
        stored = [column for column in table.columns if column.computed is None]
        compiled = insert(table).compile(
            dialect=db.engine.dialect, column_keys=[column.name for column in stored]
        )
        self.statement, self.positions = str(compiled), compiled.positiontup
        self.converters = {column.name: _converter(column, times) for column in stored}

    def write_out(self) -> None:
        if self.rows:
            connection = db.session.connection()
            connection.exec_driver_sql(self.statement, self._converted())
            self.rows.clear()

    def _converted(self) -> Any:
        order = [(name, self.converters[name]) for name in self.positions or self.converters]
        plain = ([to(row[name]) if to else row[name] for name, to in order] for row in self.rows)
        if self.positions:
            return [tuple(values) for values in plain]
        return [dict(zip(self.converters, values, strict=True)) for values in plain]

    def tell_sequence(self) -> None:
        """PostgreSQL hands out ids from a sequence, which must know of ours."""
        if db.engine.dialect.name == "postgresql" and self.last:
            name = self.table.name
            ask = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
            db.session.execute(ask, {"name": name, "last": self.last})


def _converter(column: Column[Any], times: dict[str, Converter]) -> Converter | None:
    """What the column's type does to a value on its way to this database, or None.

    One for all columns of time: a moment stands in many rows, and is converted once.
    """
    convert = _processor(column.type)
    if convert and isinstance(column.type, Instant | Date):
        kind = type(column.type).__name__
        return times.setdefault(kind, lru_cache(maxsize=100_000)(convert))
    return convert


def _processor(kind: TypeEngine[Any]) -> Converter | None:
    dialect = db.engine.dialect
    found: Converter | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


@dataclass(slots=True)
class Summary:
    """The columns of a customer that follow from their moments."""

    purchases: int = 0
    spent_cents: int = 0
    visits: int = 0
    first_visit_on: date = LONG_AGO_DAY
    last_visit_on: date = LONG_AGO_DAY
    priced_visits: int = 0
    owed_cents: int = 0
    owed_since: date = FAR_OFF_DAY
    owed_due_on: date = FAR_OFF_DAY
    usual_gap: int = 0
    inbound_days: int = 0
    first_inbound_on: date = LONG_AGO_DAY
    last_inbound_on: date = LONG_AGO_DAY
    last_inbound_at: datetime = LONG_AGO
    last_outbound_at: datetime = LONG_AGO
    last_activity_at: datetime = LONG_AGO
    waiting_since: datetime = FAR_OFF
    next_due_at: datetime = FAR_OFF
    quiet_on: date = FAR_OFF_DAY
    dormant_on: date = FAR_OFF_DAY
    lost_on: date = FAR_OFF_DAY
    warm_until: date = LONG_AGO_DAY
    at_risk_cents: int | None = None
