"""What was taken out of a text index is gone for good: SQLite keeps it until its pieces merge.

Merging all of a large index at once would keep everybody from writing; here it is done piece by
piece, in short transactions, by whoever has time.
"""

from collections.abc import Iterator

from sqlalchemy import text

from app.core.batches import batched
from app.core.db import db

PAGES = 64  # of the index in one piece
IDLE = 2  # fewer changes than these: there was nothing left to merge


def purge(table: str) -> None:
    """Merge the whole of an FTS5 table. PostgreSQL clears up by itself."""
    if db.engine.dialect.name == "sqlite":
        for _piece in batched(_pieces(table)):
            pass
        db.session.commit()


def _pieces(table: str) -> Iterator[int]:
    """Negative pages begin a merge of everything, positive ones go on with it."""
    merge = text(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', :pages)")  # noqa: S608
    pages = -PAGES
    while _changes(merge, pages) >= IDLE:
        yield abs(pages)
        pages = PAGES


def _changes(merge: object, pages: int) -> int:
    line = db.session.connection()
    raw = line.connection.driver_connection
    before = int(raw.total_changes)  # type: ignore[union-attr]
    line.execute(merge, {"pages": pages})  # type: ignore[call-overload]
    return int(raw.total_changes) - before  # type: ignore[union-attr]
