"""The numbered migrations: which this program knows, and bringing a database to one of them.

Alembic is loaded only where a database is being changed: web servers and workers that hold a
shop's day would carry its 11 MB for nothing.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from typing import Any

from sqlalchemy.engine import Connection

from app.config import ROOT
from app.core.errors import N_, Refused

FOLDER = ROOT / "migrations"
LOOSE = N_("数据库没有升级：%(table)s 的第 %(row)s 行指向 %(other)s 里没有的行。请从好的备份恢复")


@lru_cache
def version() -> str:
    """What this program calls itself."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(told["project"]["version"])


@lru_cache
def numbers() -> tuple[str, ...]:
    """The numbers of all migrations that this program brings, oldest first."""
    return tuple(sorted(path.name[:4] for path in (FOLDER / "versions").glob("[0-9]*_*.py")))


def head() -> str:
    """The newest migration that this program brings."""
    return numbers()[-1]


def knows(revision: str) -> bool:
    return revision in numbers()


@contextmanager
def rebuilding(line: Connection) -> Iterator[None]:
    """A transaction in which SQLite lets a table be made anew that others point at.

    It takes the old one away first, and would refuse that while a row points at it. So nobody
    looks at the references meanwhile, and at all of them before the end. Where nothing was to be
    done nothing is looked at: a large shop would start half a minute later each time.
    """
    if line.dialect.name != "sqlite":
        with line.begin():
            yield
        return
    driver: Any = line.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")  # heard only outside of a transaction
    try:
        with line.begin():
            before = driver.total_changes  # each migration writes down at least its number
            yield
            if driver.total_changes == before:
                return
            loose = line.exec_driver_sql("PRAGMA foreign_key_check").first()
            if loose:
                raise Refused(LOOSE, table=loose[0], row=loose[1], other=loose[2])
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def forward(connection: Connection, revision: str = "head") -> None:
    """Migrate the database of this very connection, in its open transaction."""
    set_up = config()
    set_up.attributes["connection"] = connection
    alembic("command").upgrade(set_up, revision)


def config() -> Any:
    """What Alembic wants to know about our migrations."""
    made = alembic("config").Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return made


def alembic(module: str) -> Any:
    return import_module(f"alembic.{module}")
