"""Books whose lines hang together: each line's hash stands on its words and on the line before.

A line waits in the session until its transaction commits. Only then is the book's row locked, so
that writers queue for the length of a commit, always behind every other lock, and never deadlock.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from flask import current_app
from sqlalchemy import Connection, bindparam, event, select
from sqlalchemy.orm import Session

from app.core.clock import LONG_AGO
from app.core.db import db, insert_once
from app.core.many import insert_all
from app.staff.models import AccessLine, AuditLine, Book, Line

BOOKS: dict[str, type[Line]] = {"audit": AuditLine, "access": AccessLine}
NAMES = {model: name for name, model in BOOKS.items()}
WAITING = "lines that wait for the commit"
STRUCK = "struck"  # a line whose words were taken away on purpose; its hash stays
WORDS = ("by_id", "what", "about", "details", "address")


def write(model: type[Line], **words: Any) -> None:
    """Put a line into the caller's transaction: it is there when that commits."""
    session = db.session()
    root = session.get_transaction() or session.begin()
    held, lines = session.info.get(WAITING, (None, []))
    if held is not root:
        lines = []
        session.info[WAITING] = (root, lines)
    lines.append((model, words))


def _before_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    held, lines = session.info.pop(WAITING, (None, []))
    if held is not session.get_transaction():
        return
    for model in BOOKS.values():  # always in this order
        mine = [words for kind, words in lines if kind is model]
        if mine:
            _append(model, mine)


event.listen(db.session, "before_commit", _before_commit)


def _append(model: type[Line], lines: list[dict[str, Any]]) -> None:
    """Number the lines, chain them, and move the end of the book."""
    connection = db.session.connection()
    book = locked(connection, model)
    last_id, last_hash = book.last_id, book.last_hash
    rows = []
    for words in lines:
        last_id += 1
        last_hash = link(last_hash, digest(last_id, words))
        rows.append({**words, "id": last_id, "hash": last_hash})
    insert_all(model, rows)
    moved = {"of": NAMES[model], "to_id": last_id, "to_hash": last_hash}
    connection.execute(_moved(), moved)


def locked(connection: Connection, model: type[Line]) -> Any:
    """The row of a book, ours until the commit."""
    name = {"of": NAMES[model]}
    row = connection.execute(_book(), name).first()
    if row is None:
        insert_once(Book, name=NAMES[model])
        row = connection.execute(_book(), name).first()
    return row


@cache
def _book() -> Any:
    table: Any = Book.__table__
    return select(table).where(table.c.name == bindparam("of")).with_for_update()


@cache
def _moved() -> Any:
    table: Any = Book.__table__
    ends: dict[str, Any] = {"last_id": bindparam("to_id"), "last_hash": bindparam("to_hash")}
    return table.update().where(table.c.name == bindparam("of")).values(**ends)


def digest(line_id: int, words: Mapping[str, Any]) -> str:
    """The hash of what a line says, in one spelling for both databases."""
    stamp = (words["at"] - LONG_AGO) // timedelta(microseconds=1)
    said = json.dumps(
        [line_id, stamp, *(words[name] for name in WORDS)],
        ensure_ascii=False, sort_keys=True, separators=(",", ":"),
    )  # fmt: skip
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def link(before: str, own: str) -> str:
    return hashlib.sha256(f"{before}{own}".encode()).hexdigest()


def mac(*parts: object) -> str:
    """A mark that only this installation's key can make."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    text = "\n".join(["the books", *map(str, parts)])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def strike(model: type[Line], condition: Any) -> int:
    """Take the words out of lines (of practice, of the demo shop). The chain holds: each keeps
    its hash, and what it was hashed from, with our mark on it."""
    table: Any = model.__table__
    found = db.session.execute(select(table).where(condition, table.c.what != STRUCK)).mappings()
    struck = [_struck(model, row) for row in found.all()]
    if struck:
        blank = table.update().where(table.c.id == bindparam("line"))
        blank = blank.values(
            by_id=None, what=STRUCK, about="", address="", details=bindparam("left")
        )
        db.session.connection().execute(blank, struck)
    return len(struck)


def _struck(model: type[Line], row: Any) -> dict[str, Any]:
    own = digest(row["id"], row)
    return {
        "line": row["id"],
        "left": {"was": own, "mark": mac(STRUCK, NAMES[model], row["id"], own)},
    }


def columns(model: type[Line]) -> list[Any]:
    """What a line is proved by."""
    table: Any = model.__table__
    return [table.c[name] for name in ("id", "at", "hash", *WORDS)]
