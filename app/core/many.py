"""Many rows of one table, the quick way: an insert whose columns are looked at once.

SQLAlchemy looks anew at each value of each row: what stands where none is given, how its type is
written. For the few rows of a moment that costs three times what the database takes to keep them.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.engine import Connection

from app.core.db import Base, db

Rows = Sequence[dict[str, Any]]  # of the same columns each
Convert = Callable[[Any], Any] | None
MOST = 500  # rows in one statement: SQLite takes 32,766 values


@dataclass(frozen=True)
class Insert:
    head: str
    place: str  # of one row
    given: list[tuple[str, Convert]]  # columns, and how their values are written
    missing: list[tuple[Callable[[Any], Any], Convert]]  # what stands where none is given

    def values(self, rows: Rows) -> list[tuple[Any, ...]]:
        rest = [_as(write, default(None)) for default, write in self.missing]
        return [(*[_as(write, row[name]) for name, write in self.given], *rest) for row in rows]


def insert_all(model: type[Base], rows: Rows) -> None:
    """Insert rows, asking for nothing back."""
    if rows:
        line = _line()
        insert = _insert(model, tuple(rows[0]), line.dialect)
        line.exec_driver_sql(insert.head + insert.place, insert.values(rows))


def insert_each_once(model: type[Base], rows: Rows, *told: str) -> list[Any]:
    """Insert what no unique constraint refuses; the columns `told` of the rows that are new."""
    new: list[Any] = []
    for start in range(0, len(rows), MOST):
        part, line = rows[start : start + MOST], _line()
        insert = _insert(model, tuple(part[0]), line.dialect)
        told_row, reads = _answer(model, told, line.dialect)
        once = f" ON CONFLICT DO NOTHING RETURNING {', '.join(told)}"
        flat = tuple(value for row in insert.values(part) for value in row)
        places = ", ".join([insert.place] * len(part))
        for found in line.exec_driver_sql(insert.head + places + once, flat):
            new.append(told_row(*map(_as, reads, found)))
    return new


def _line() -> Connection:
    """The session's connection; pending changes go first."""
    db.session.flush()
    return db.session.connection()


def _as(convert: Convert, value: Any) -> Any:
    return convert(value) if convert else value


@cache
def _insert(model: type[Base], names: tuple[str, ...], dialect: Dialect) -> Insert:
    table, quoted = model.__table__, dialect.identifier_preparer
    filled = [c for c in table.c if c.default is not None and c.name not in names]
    into = [table.c[name] for name in names] + filled
    columns = ", ".join(map(quoted.format_column, into))
    writes = [c.type.dialect_impl(dialect).bind_processor(dialect) for c in into]
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    return Insert(
        head=f"INSERT INTO {quoted.format_table(table)} ({columns}) VALUES ",  # noqa: S608 - ours
        place=f"({', '.join([mark] * len(into))})",
        given=list(zip(names, writes, strict=False)),
        missing=[
            (_default(c), write) for c, write in zip(filled, writes[len(names) :], strict=True)
        ],
    )


def _default(column: Any) -> Callable[[Any], Any]:
    default = column.default
    return default.arg if default.is_callable else lambda _context: default.arg


@cache
def _answer(
    model: type[Base], told: tuple[str, ...], dialect: Dialect
) -> tuple[Callable[..., Any], list[Convert]]:
    """A row of columns that an insert tells, and how each is read."""
    types = [model.__table__.c[name].type.dialect_impl(dialect) for name in told]
    return namedtuple("Told", told), [t.result_processor(dialect, None) for t in types]
