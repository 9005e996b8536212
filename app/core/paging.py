"""Keyset paging over indexes, with a bounded look however rare a fitting row is.

A list is one or several arms. An arm is a range of an index that is already in the list's order;
what the index cannot tell (archived or not, say) is asked of each row on the way.

Nearly every page is full after one glance: all arms merged by the database, a few rows more than
a page, each saying whether it fits. Only where that is not enough are the arms searched in windows.
So that a rare answer never walks a whole table, an arm then looks at no more than WINDOWS × WINDOW
rows and says how far it came: the next page goes on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, Integer, String, and_, asc, desc, select, true, tuple_, union_all

from app.core.clock import LONG_AGO, Instant
from app.core.db import ask, db

PAGE = 50
SPARE = 9  # rows of a glance that may be unfit
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

    def after(self) -> Any:
        """Rows that come later than the key in `values("after", …)`."""
        mine, bound = tuple_(*self.columns), self._bound("after")
        return mine < bound if self.descending else mine > bound

    def until(self) -> Any:
        """Rows up to and including the key in `values("edge", …)`."""
        mine, bound = tuple_(*self.columns), self._bound("edge")
        return mine >= bound if self.descending else mine <= bound

    def _bound(self, name: str) -> Any:
        return tuple_(
            *(db.bindparam(f"{name}{n}", type_=c.type) for n, c in enumerate(self.columns))
        )

    def is_before(self, a: Key, b: Key) -> bool:
        return a > b if self.descending else a < b


@dataclass(frozen=True)
class Arm:
    """`where` asks only what the index of this order knows; `fits` asks the row itself.

    A `small` arm is no index range: it is sorted as a whole, so it need not be cut in windows.
    `start` is the table whose index it walks, where that is not the first of the columns.
    """

    where: tuple[Any, ...] = ()
    fits: tuple[Any, ...] = ()
    joins: tuple[tuple[Any, Any], ...] = ()
    small: bool = False
    start: Any = None


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    next: Key | None  # where the next page begins; there may be nothing any more


class Query:
    """A list: its statements are built at their first use, and then only given values."""

    def __init__(self, columns: Sequence[Any], arms: Sequence[Arm], by: By) -> None:
        self.columns, self.arms, self.by = columns, arms, by
        self._glances: dict[bool, Any] = {}
        self._built: dict[tuple[int, bool, bool | None], Any] = {}

    def page(self, *, after: Key | None = None, most: int = PAGE) -> Page:
        """One page of all arms together, in order."""
        look = most + 1 + SPARE
        values = {**_values("after", after), "look": look}
        seen = ask(self._glance(after is not None), values).all()
        rows = [row for row in seen if row.fits]
        if len(rows) > most:
            return Page(rows[:most], self.by.of(rows[most - 1]))
        return Page(rows, None) if len(seen) < look else self._search(after, most)

    def _glance(self, after: bool) -> Any:
        """The next rows of all arms, fitting or not, in the order of the list."""
        if after not in self._glances:
            ranges = [self._range(arm, after) for arm in self.arms]
            if len(ranges) == 1:
                whole = ranges[0].order_by(*self.by.ordered())
            else:
                turn = desc if self.by.descending else asc
                whole = union_all(*ranges).order_by(*(turn(c.key) for c in self.by.columns))
            self._glances[after] = whole.limit(db.bindparam("look", type_=Integer))
        return self._glances[after]

    def _range(self, arm: Arm, after: bool) -> Any:
        fits = and_(true(), *arm.fits).label("fits")
        statement = _joined(select(*self.columns, fits), arm).where(*arm.where)
        return statement.where(self.by.after()) if after else statement

    def _search(self, after: Key | None, most: int) -> Page:
        """The patient way: each arm in windows, then the arms together."""
        rows: list[Any] = []
        end: Key | None = None
        by = self.by
        for number in range(len(self.arms)):
            found, reached = self._look(number, after, most + 1)
            rows += found
            if reached is not None and (end is None or by.is_before(reached, end)):
                end = reached
        if len(self.arms) > 1:
            rows.sort(key=by.of, reverse=by.descending)
            if end is not None:  # beyond it another arm may hold rows that were not read
                rows = [row for row in rows if not by.is_before(end, by.of(row))]
        if len(rows) > most:
            rows = rows[:most]
            return Page(rows, by.of(rows[-1]))
        return Page(rows, end)

    def _look(self, number: int, after: Key | None, most: int) -> tuple[list[Any], Key | None]:
        """Up to `most` rows of one arm, and how far it looked; None when it saw its end."""
        rows: list[Any] = []
        for _window in range(WINDOWS):
            edge = None if self.arms[number].small else self._edge(number, after)
            statement = self._statement(number, after is not None, edge is not None)
            values = {**_values("after", after), **_values("edge", edge), "most": most - len(rows)}
            rows += ask(statement, values).all()
            if len(rows) == most:
                return rows, self.by.of(rows[-1])
            if edge is None:
                return rows, None
            after = edge
        return rows, after

    def _edge(self, number: int, after: Key | None) -> Key | None:
        """The key of the last row of the next window; None when fewer rows are left."""
        row = ask(self._statement(number, after is not None, None), _values("after", after)).first()
        return tuple(row) if row else None

    def _statement(self, number: int, after: bool, edge: bool | None) -> Any:
        """The rows of an arm, up to an edge or its end; with `edge` None the edge itself."""
        key = (number, after, edge)
        if key not in self._built:
            self._built[key] = self._build(self.arms[number], after, edge)
        return self._built[key]

    def _build(self, arm: Arm, after: bool, edge: bool | None) -> Any:
        if edge is None and arm.start is not None:  # the walked index alone tells how far it goes
            statement = select(*self.by.columns).select_from(arm.start)
        else:
            statement = _joined(select(*(self.by.columns if edge is None else self.columns)), arm)
        if after:
            statement = statement.where(self.by.after())
        statement = statement.where(*arm.where).order_by(*self.by.ordered())
        if edge is None:
            return statement.offset(WINDOW - 1).limit(1)
        if edge:
            statement = statement.where(self.by.until())
        return statement.where(*arm.fits).limit(db.bindparam("most", type_=Integer))


def _joined(statement: Any, arm: Arm) -> Any:
    if arm.start is not None:
        statement = statement.select_from(arm.start)
    for target, condition in arm.joins:
        statement = statement.join(target, condition)
    return statement


def _values(name: str, key: Key | None) -> dict[str, Any]:
    return {f"{name}{n}": value for n, value in enumerate(key or ())}


def fetch(
    columns: Sequence[Any], arms: Sequence[Arm], by: By, *, after: Key | None = None,
    most: int = PAGE,
) -> Page:  # fmt: skip
    """One page of a list that is asked for once."""
    return Query(columns, arms, by).page(after=after, most=most)


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
