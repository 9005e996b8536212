"""SQLite's side of a backup: a consistent copy of the live file, in pieces, and back."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from app.core.backup.packing import PIECE, Pack
from app.core.errors import N_, Refused

KIND = "sqlite"
STEP = 1024  # pages between two looks at how far it is
UNHEALTHY = N_("数据库文件坏了（%(reason)s），没有做备份。请从上一份好的备份恢复")
NOT_A_DATABASE = N_("备份里的数据库打不开（%(reason)s）。请换一份备份")


def snapshot(live: Path, copy: Path, told: Callable[[int], object]) -> None:
    """Copy the live database as it is at this moment, while others go on writing.

    The copy is made inside one reading transaction: the source stays at one moment however long
    it takes, so that SQLite never begins anew because somebody wrote.
    """
    with closing(_open(live)) as source, closing(_open(copy)) as target:
        target.execute("PRAGMA synchronous = OFF")  # it is read once and thrown away
        size = source.execute("PRAGMA page_size").fetchone()[0]
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_master").fetchone()
        left = source.execute("PRAGMA page_count").fetchone()[0]
        file = os.open(copy, os.O_RDWR)

        def moved(_state: int, remaining: int, _total: int) -> None:
            nonlocal left
            told(max(0, left - remaining) * size)
            left = remaining
            os.fdatasync(file)  # a little at a time: nobody else's fsync waits for all of ours

        try:
            source.backup(target, pages=STEP, progress=moved, sleep=0)
        finally:
            os.close(file)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it


def size_of(live: Path) -> int:
    with closing(_open(live)) as line:
        pages, size = (
            line.execute(f"PRAGMA {n}").fetchone()[0] for n in ("page_count", "page_size")
        )
    return int(pages * size)


def check(copy: Path) -> dict[str, int]:
    """The rows of each table of a sound database."""
    try:
        with closing(_open(copy)) as line:
            found = line.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise Refused(UNHEALTHY, reason=str(found)[:120])
            return counts(line)
    except sqlite3.DatabaseError as error:
        raise Refused(NOT_A_DATABASE, reason=str(error)[:120]) from error


def counts(line: sqlite3.Connection) -> dict[str, int]:
    tables = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
    names = [name for (name,) in line.execute(tables) if not name.startswith("sqlite_")]
    return {name: line.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608 - the database's own names


def revision(copy: Path) -> str:
    with closing(_open(copy)) as line:
        try:
            row = line.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            row = None
    return str(row[0]) if row else ""


def pack(copy: Path, into: Pack, told: Callable[[int], object]) -> None:
    with copy.open("rb") as file:
        number = 0
        while piece := file.read(PIECE):
            number += 1
            into.add_packed(f"database/{number:06}.gz", piece)
            told(len(piece))


def is_free(live: Path) -> bool:
    """Does nobody else have it open? Leaves the file whole, with nothing beside it."""
    with closing(_open(live, timeout=0.2)) as line:
        try:
            mode = line.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
        except sqlite3.OperationalError:
            return False
    return bool(mode == "delete")


def has_rows(live: Path) -> bool:
    with closing(_open(live)) as line:
        found = counts(line)
    return any(n for name, n in found.items() if name != "alembic_version")


def _open(path: Path, timeout: float = 5) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=timeout, isolation_level=None)
