"""PostgreSQL's side of a backup: every table by COPY in one snapshot, and back by COPY.

Needs no `pg_dump` on the machine. The tables themselves are made by our own migrations, in a schema
of their own: a trial is rolled back, a restore changes places with the shop's in one transaction.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ProgrammingError

from app.core import schema
from app.core.backup.packing import PIECE, Member, Pack
from app.core.errors import N_, Refused

KIND = "postgresql"
NEW = "shuke_restored"
FORBIDDEN = "42501"

NO_RIGHT = N_("数据库账号不能建立新的 schema，所以没法试恢复。请给它这个数据库的 CREATE 权限")
MISPLACED = N_("备份里的表 %(table)s 在这个版本里没有。请用做备份时的那个版本恢复")

TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind = 'r' ORDER BY c.relname
"""
COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
"""
SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema()"
KEYS = """
SELECT conrelid::regclass::text AS held, quote_ident(conname) AS name,
    pg_get_constraintdef(oid) AS said
FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
"""
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """The database as it is at this moment; nobody waits for us."""
    with engine.connect() as line:
        line.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        line.exec_driver_sql("SET LOCAL statement_timeout = 0")
        yield line


def described(line: Connection) -> dict[str, Any]:
    """Tables with their columns, sequences with where they stand."""
    return {"tables": _tables(line), "sequences": _sequences(line)}


def _tables(line: Connection) -> dict[str, list[str]]:
    names = line.scalars(text(TABLES)).all()
    return {name: list(line.scalars(text(COLUMNS), {"table": _quoted(name)})) for name in names}


def _sequences(line: Connection) -> dict[str, list[Any]]:
    found = {}
    for name in line.scalars(text(SEQUENCES)).all():
        row = line.exec_driver_sql(f"SELECT last_value, is_called FROM {_quoted(name)}").one()  # noqa: S608 - the database's own names
        found[name] = [row.last_value, row.is_called]
    return found


def size_of(line: Connection) -> int:
    return int(line.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def pack(
    line: Connection, tables: dict[str, list[str]], into: Pack, told: Callable[[int], object]
) -> dict[str, int]:
    """Write every table; the rows of each."""
    return {name: _pack_table(line, name, columns, into, told) for name, columns in tables.items()}


def _pack_table(
    line: Connection, name: str, columns: list[str], into: Pack, told: Callable[[int], object]
) -> int:
    number, rows_in_all, waiting = 0, 0, bytearray()

    def put_away() -> None:
        nonlocal number, rows_in_all
        number, rows_in_all = number + 1, rows_in_all + waiting.count(b"\n")  # one ends each row
        into.add_packed(f"tables/{name}/{number:06}.gz", bytes(waiting))
        told(len(waiting))
        waiting.clear()

    listed = ", ".join(map(_quoted, columns))
    statement = f"COPY (SELECT {listed} FROM {_quoted(name)}) TO STDOUT"  # noqa: S608
    with _cursor(line) as cursor, cursor.copy(statement) as rows:
        for row in rows:
            waiting += row
            if len(waiting) >= PIECE:
                put_away()
    if waiting:
        put_away()
    return rows_in_all


class Loading:
    """A new schema at the backup's migration, filled table by table."""

    def __init__(self, line: Connection, opening: dict[str, Any]) -> None:
        self.line, self.opening = line, opening
        try:
            line.exec_driver_sql(f"CREATE SCHEMA {NEW}")
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", "") != FORBIDDEN:
                raise
            raise Refused(NO_RIGHT) from error
        line.exec_driver_sql(f"SET LOCAL search_path TO {NEW}")
        line.exec_driver_sql("SET LOCAL statement_timeout = 0")
        schema.forward(line, opening["revision"])
        self.keys = line.execute(text(KEYS)).all()
        for key in self.keys:
            line.exec_driver_sql(f"ALTER TABLE {key.held} DROP CONSTRAINT {key.name}")
        self.known = _tables(line)
        # what the migrations themselves wrote is in the backup as well
        line.exec_driver_sql(f"TRUNCATE {', '.join(map(_quoted, self.known))} RESTART IDENTITY")
        self.table = ""
        self.copy: Any = None
        self.context: Any = None

    def take(self, member: Member) -> None:
        """One more piece of a table: the pieces of one table follow each other."""
        table = member.name.split("/")[1]
        if table != self.table:
            self._end_table()
            self._begin_table(table)
        self.copy.write(member.unpacked())

    def _begin_table(self, table: str) -> None:
        columns = self.opening["tables"].get(table)
        if not columns or not set(columns) <= set(self.known.get(table, ())):
            raise Refused(MISPLACED, table=table)
        listed = ", ".join(map(_quoted, columns))
        self.cursor = _cursor(self.line)
        self.context = self.cursor.copy(f"COPY {_quoted(table)} ({listed}) FROM STDIN")
        self.copy, self.table = self.context.__enter__(), table

    def _end_table(self, error: BaseException | None = None) -> None:
        if self.context:
            context, self.context = self.context, None
            context.__exit__(type(error) if error else None, error, None)
            self.cursor.close()

    def give_up(self, error: BaseException) -> None:
        """Nothing of this stays: the caller rolls back."""
        self._end_table(error)

    def finish(self) -> dict[str, int]:
        """All pieces are there: keys and sequences; the rows of each table."""
        self._end_table()
        for key in self.keys:
            self.line.exec_driver_sql(
                f"ALTER TABLE {key.held} ADD CONSTRAINT {key.name} {key.said}"
            )
        for name, (last, called) in self.opening["sequences"].items():
            put = text("SELECT setval(to_regclass(:name), :last, :called)")
            self.line.execute(put, {"name": _quoted(name), "last": last, "called": called})
        return counts(self.line)


def counts(line: Connection) -> dict[str, int]:
    names = line.scalars(text(TABLES)).all()
    return {
        name: line.exec_driver_sql(f"SELECT count(*) FROM {_quoted(name)}").scalar_one()  # noqa: S608
        for name in names
    }


def change_places(line: Connection, aside: str) -> list[str]:
    """What stood moves into the schema `aside`, what was loaded takes its place."""
    line.exec_driver_sql("SET LOCAL search_path TO public")
    standing = line.scalars(text(TABLES)).all()
    if standing:
        line.exec_driver_sql(f"CREATE SCHEMA {aside}")
    for name in standing:
        line.exec_driver_sql(f"ALTER TABLE public.{_quoted(name)} SET SCHEMA {aside}")
    line.exec_driver_sql(f"SET LOCAL search_path TO {NEW}")
    for name in line.scalars(text(TABLES)).all():
        line.exec_driver_sql(f"ALTER TABLE {NEW}.{_quoted(name)} SET SCHEMA public")
    line.exec_driver_sql(f"DROP SCHEMA {NEW}")
    return [f"schema {aside}"] if standing else []


def is_free(line: Connection) -> bool:
    """Is nobody else at this database?"""
    return not line.scalar(text(OTHERS))


def has_rows(line: Connection) -> bool:
    return any(n for name, n in counts(line).items() if name != "alembic_version")


def _cursor(line: Connection) -> Any:
    return line.connection.cursor()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
