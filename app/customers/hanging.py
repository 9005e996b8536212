"""What hangs on a customer, found by the foreign keys of the schema: a new table is found by
existing. It can be cut off, or moved to another customer."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Table, select
from sqlalchemy.exc import IntegrityError

from app.core.db import Base, db

CHUNK = 500


@cache
def standing_on(table: Table) -> list[tuple[Table, Column[Any]]]:
    """(table, column) of every foreign key that points at this table."""
    return [
        (other, key.parent)
        for other in Base.metadata.sorted_tables
        for key in other.foreign_keys
        if key.column.table is table
    ]


def cut(table: Table, ids: Sequence[int], *, kept: Collection[str] = ()) -> None:
    """Delete rows, and first whatever stands on them; of `kept` tables nothing."""
    cut_from(table, ids, kept=kept)
    db.session.execute(db.delete(table).where(table.c.id.in_(ids)))


def cut_from(table: Table, ids: Sequence[int], *, kept: Collection[str] = ()) -> None:
    """Delete whatever stands on these rows, and leave the rows."""
    for other, column in standing_on(table):
        if other.name in kept:
            continue
        found = db.session.scalars(select(other.c.id).where(column.in_(ids))).all()
        for start in range(0, len(found), CHUNK):
            cut(other, found[start : start + CHUNK], kept=kept)


def move(table: Table, old: int, new: int) -> None:
    """Let all that stands on one row stand on another. What the other has already stays behind."""
    db.session.flush()
    for other, column in standing_on(table):
        for one in db.session.scalars(select(other.c.id).where(column == old)).all():
            try:
                with db.session.begin_nested():
                    moved = db.update(other).where(other.c.id == one).values({column.name: new})
                    db.session.execute(moved)
            except IntegrityError:  # a unique key: the other one has its own
                continue
    db.session.expire_all()
