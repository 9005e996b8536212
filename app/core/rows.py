"""Single rows, the quick way: inserted, and changed where they are, by plain statements built once.

A unit of work that finds out what changed, in which order, and on which connection costs several
times what such a statement costs. Where one event is written down, it is told instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.core.db import Base, ask


def add(model: type[Base], **values: Any) -> int:
    """Insert one row; its id."""
    new = ask(_insert(model), values).inserted_primary_key
    return int(new[0])


@contextmanager
def changing(row: Base, names: tuple[str, ...]) -> Iterator[Any]:
    """Lock a loaded row and give these columns of it, read anew, to be set by the caller; at the
    end what differs is written, and the loaded row knows it. A row of its own, so that the unit
    of work has nothing to look through."""
    before = ask(_select(type(row), names), {"the_id": row.id}).one()._asdict()
    kept = SimpleNamespace(id=row.id, **before)
    yield kept
    after = {name: getattr(kept, name) for name in names}
    changed = {name: value for name, value in after.items() if value != before[name]}
    if changed:
        values = {f"new_{name}": value for name, value in changed.items()}
        ask(_update(type(row), tuple(changed)), {"the_id": row.id, **values})
    for name, value in after.items():
        set_committed_value(row, name, value)


@cache
def _insert(model: type[Base]) -> Any:
    table: Any = model.__table__
    return insert(table)


@cache
def _select(model: type[Base], names: tuple[str, ...]) -> Any:
    table: Any = model.__table__
    one = select(*[table.c[name] for name in names]).where(table.c.id == bindparam("the_id"))
    return one.with_for_update(key_share=True)


@cache
def _update(model: type[Base], names: tuple[str, ...]) -> Any:
    table: Any = model.__table__
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    return update(table).where(table.c.id == bindparam("the_id")).values(values)
