"""Is the database file what we left: asked before anything is opened, so that damage is told in
words and nothing is made anew over a shop that has only lost its file.

SQLite looks for itself, page by page, where the file is small enough for that to take moments;
a larger one is looked through every night, when its backup is proved. PostgreSQL has its own ways.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import Engine

from app.core.errors import N_, Refused

QUICK = 300 * 2**20  # bytes
GONE = N_(
    "数据库文件不见了，但这里明明有过一家店。"
    "请把它放回去，或用备份恢复（flask backup restore 文件）；要从头开始，请先把 %(folder)s 清空"
)
DAMAGED = N_(
    "数据库文件坏了（%(found)s），没有打开它，免得更糟。"
    "请用最近的备份恢复：flask backup restore 文件 --force"
)


def check(engine: Engine, media: Path) -> None:
    """Raise Refused when a shop's file is missing or damaged. Looks only, changes nothing."""
    name = engine.url.database or ""
    if engine.dialect.name != "sqlite" or name in ("", ":memory:"):
        return
    file = Path(name)
    if not file.exists() or not file.stat().st_size:
        if _has_lived(file, media):
            raise Refused(GONE, folder=str(file.parent))
        return
    if found := _fault(file):
        raise Refused(DAMAGED, found=found)


def _has_lived(file: Path, media: Path) -> bool:
    """What a shop leaves beside its database: changes not yet folded in, backups, pictures."""
    if Path(f"{file}-wal").exists() and Path(f"{file}-wal").stat().st_size:
        return True
    return any(any(folder.glob("*")) for folder in (file.parent / "backups", media))


def _fault(file: Path) -> str:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=10)) as line:
            line.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if file.stat().st_size > QUICK:
                return ""
            told = str(line.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.OperationalError as error:  # busy, or no right to it: told by whoever opens it
        return "" if "malformed" not in str(error) else str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
    except UnicodeDecodeError:  # what SQLite says of it names the damage itself, which is no text
        return "malformed database schema"
    return "" if told == "ok" else told.splitlines()[0][:100]
