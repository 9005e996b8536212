"""Keyset paging over indexes, with a bounded look however rare a fitting row is.

A list is one or several arms. An arm is a range of an index that is already in the list's order;
what the index cannot tell (archived or not, say) is asked of each row on the way. So that a rare
answer never walks a whole table, an arm looks at no more than WINDOWS × WINDOW rows and then says
how far it came: the next page goes on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, String, select, tuple_

from app.core.clock import LONG_AGO, Instant
from app.core.db import ask, db

PAGE = 50
WINDOW, WINDOWS = 1000, 4
LARGEST = 2**31 - 1

Key = tuple[Any, ...]


@dataclass(frozen=True)
class By:
    """The order of a list: an indexed column and the id, or the id alone."""

    id: Any
    key: Any = None
    descending: bool = True

    @property
    def columns(self) -> list[Any]:
        return [self.id] if self.key is None else [self.key, self.id]

    def of(self, row: Any) -> Key:
        return tuple(getattr(row, column.key) for column in self.columns)

    def ordered(self) -> list[Any]:
        return [c.desc() if self.descending else c.asc() for c in self.columns]

    def after(self, key: Key) -> Any:
        """Rows that come later than `key`."""
        mine = tuple_(*self.columns)
        return (
            mine < tuple_(*self._bound(key))
            if self.descending
            else mine > tuple_(*self._bound(key))
        )

    def until(self, key: Key) -> Any:
        """Rows up to and including `key`."""
        mine, bound = tuple_(*self.columns), tuple_(*self._bound(key))
        return mine >= bound if self.descending else mine <= bound

    def _bound(self, key: Key) -> list[Any]:
        return [
            db.bindparam(None, value, type_=column.type, unique=True)
            for value, column in zip(key, self.columns, strict=True)
        ]

    def is_before(self, a: Key, b: Key) -> bool:
        return a > b if self.descending else a < b


@dataclass(frozen=True)
class Arm:
    """`where` asks only what the index of this order knows; `fits` asks the row itself.

    A `small` arm is no index range: it is sorted as a whole, so it need not be cut in windows.
    """

    where: tuple[Any, ...] = ()
    fits: tuple[Any, ...] = ()
    joins: tuple[tuple[Any, Any], ...] = ()
    small: bool = False


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    next: Key | None  # where the next page begins; there may be nothing any more


def fetch(
    columns: Sequence[Any], arms: Sequence[Arm], by: By, *, after: Key | None = None,
    most: int = PAGE,
) -> Page:  # fmt: skip
    """One page of all arms together, in order."""
    rows: list[Any] = []
    end: Key | None = None
    for arm in arms:
        found, reached = _look(columns, arm, by, after, most + 1)
        rows += found
        if reached is not None and (end is None or by.is_before(reached, end)):
            end = reached
    rows.sort(key=by.of, reverse=by.descending)
    if end is not None:  # beyond it another arm may hold rows that were not read
        rows = [row for row in rows if not by.is_before(end, by.of(row))]
    if len(rows) > most:
        rows = rows[:most]
        return Page(rows, by.of(rows[-1]))
    return Page(rows, end)


def _look(
    columns: Sequence[Any], arm: Arm, by: By, after: Key | None, most: int
) -> tuple[list[Any], Key | None]:
    """Up to `most` rows of one arm, and how far it looked; None when it saw its end."""
    rows: list[Any] = []
    for _window in range(WINDOWS):
        edge = None if arm.small else _edge(arm, by, after)
        statement = _within(select(*columns), arm, by, after).where(*arm.fits)
        if edge is not None:
            statement = statement.where(by.until(edge))
        rows += ask(statement.limit(most - len(rows))).all()
        if len(rows) == most:
            return rows, by.of(rows[-1])
        if edge is None:
            return rows, None
        after = edge
    return rows, after


def _edge(arm: Arm, by: By, after: Key | None) -> Key | None:
    """The key of the last row of the next window; None when fewer rows are left."""
    statement = _within(select(*by.columns), arm, by, after).offset(WINDOW - 1).limit(1)
    row = ask(statement).first()
    return tuple(row) if row else None


def _within(statement: Any, arm: Arm, by: By, after: Key | None) -> Any:
    for target, condition in arm.joins:
        statement = statement.join(target, condition)
    if after is not None:
        statement = statement.where(by.after(after))
    return statement.where(*arm.where).order_by(*by.ordered())


# Cursors in addresses ---------------------------------------------------------------------------


def write(key: Key | None) -> str | None:
    """«value~id»: the beginning of the next page as text for an address."""
    return None if key is None else "~".join(_written(part) for part in key)


def _written(part: Any) -> str:
    if isinstance(part, datetime):
        return str((part - LONG_AGO) // timedelta(microseconds=1))
    return part.isoformat() if isinstance(part, date) else str(part)


def read(text: str, by: By) -> Key | None:
    """The key of an address; anything that is none begins at the top."""
    parts = text.rsplit("~", 1)
    if len(parts) != len(by.columns):
        return None
    try:
        *values, last = [
            _read(part, column.type) for part, column in zip(parts, by.columns, strict=True)
        ]
    except (ValueError, OverflowError):
        return None
    return (*values, last) if 0 <= last <= LARGEST else None


def _read(part: str, kind: Any) -> Any:
    if isinstance(kind, String):
        return part
    if isinstance(kind, Date):
        return date.fromisoformat(part)
    if not (part.isascii() and part.removeprefix("-").isdigit() and len(part) <= 18):
        raise ValueError(part)
    return LONG_AGO + timedelta(microseconds=int(part)) if isinstance(kind, Instant) else int(part)
