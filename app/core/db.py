"""The database: models, how a transaction begins, and the only place that knows about locks.

SQLite has one writer. Two writers that fight through its busy handler starve each other for more
than a second, so a write transaction first takes a thread lock and a file lock beside the
database, and gives both back after COMMIT or ROLLBACK.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, MetaData, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.clock import Instant, now
from app.core.writers import PATIENCE, Busy, WritersLock

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-100)
    created_at: Mapped[datetime] = mapped_column(default=now, sort_order=900)


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

Model.registry.update_type_annotation_map({datetime: Instant})

# "write" begins with the writer's lock, "read" does not. A GET request reads, all else writes.
_intent: ContextVar[str] = ContextVar("intent", default="write")


@contextmanager
def reading() -> Iterator[None]:
    """Transactions that begin inside take no writer's lock."""
    token = _intent.set("read")
    try:
        yield
    finally:
        _intent.reset(token)


@contextmanager
def looking() -> Iterator[None]:
    """A look inside a job that else writes: what went before is committed, no lock is held."""
    db.session.commit()
    with reading():
        yield
        db.session.commit()


@contextmanager
def writing() -> Iterator[None]:
    """A short write inside a request that otherwise reads: one of the named exceptions."""
    db.session.commit()
    token = _intent.set("write")
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _intent.reset(token)


@contextmanager
def aside() -> Iterator[Connection]:
    """A look on a connection of its own: what is committed, touching nobody's transaction."""
    with reading(), db.engine.connect() as line:
        yield line


def intend(intent: str) -> None:
    """Say how the next transactions of this request begin: "read" or "write"."""
    _intent.set(intent)


def stop_writing() -> None:
    """Give the writer's lock back before something slow: rendering, hashing, the network."""
    db.session.rollback()
    _intent.set("read")


def prepare(engine: Engine) -> None:
    """Set up an engine: pragmas, and how its transactions begin and end."""
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)


PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=5000",
    "temp_store=MEMORY",
    "cache_size=-300",  # of each of the up to 14 connections; the system caches the file besides
    "mmap_size=67108864",
)


NOTHING = 0.1  # seconds in the queue that do not count


def _connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _prepare_sqlite(engine: Engine) -> None:
    path = engine.url.database or ""
    lock = WritersLock(path + ".lock") if path and path != ":memory:" else None
    event.listen(engine, "connect", _connect)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if _intent.get() == "read":
            connection.exec_driver_sql("BEGIN")
            return
        if lock:
            left = lock.take()
            connection.info["writer"] = lock
        try:
            _be_patient(connection, left if lock else PATIENCE)
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            _give_back(connection)
            raise

    # Both run before the driver's own commit and rollback, which then find nothing open.
    event.listen(engine, "commit", _commit)
    event.listen(engine, "rollback", _rollback)


def _be_patient(connection: Connection, seconds: float) -> None:
    """Who has waited in our queue waits the less for strangers."""
    wanted = PATIENCE if seconds > PATIENCE - NOTHING else seconds
    if connection.info.get("patience", PATIENCE) != wanted:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(1000 * wanted)}")
        connection.info["patience"] = wanted


def _commit(connection: Connection) -> None:
    try:
        connection.exec_driver_sql("COMMIT")
    finally:
        if not _in_transaction(connection):
            _give_back(connection)


def _rollback(connection: Connection) -> None:
    try:
        if _in_transaction(connection):
            connection.exec_driver_sql("ROLLBACK")
    finally:
        _give_back(connection)


def _in_transaction(connection: Connection) -> bool:
    return bool(connection.connection.driver_connection.in_transaction)  # type: ignore[union-attr]


def _give_back(connection: Connection) -> None:
    lock = connection.info.pop("writer", None)
    if lock:
        lock.give_back()


def ask(statement: Any, values: dict[str, Any] | list[dict[str, Any]] | None = None) -> Any:
    """Run a statement the quick way: rows of columns, no objects. Pending changes go first."""
    db.session.flush()
    return db.session.connection().execute(statement, values or {})


def how_many(statement: Any) -> Any:
    """The number of rows of a select, as a column for another: one look tells several numbers."""
    return select(func.count()).select_from(statement.subquery()).scalar_subquery()


def insert_once(model: type[Base], **values: Any) -> int | None:
    """Insert a row unless a unique constraint already holds one; the new id, or None."""
    statement = _insert_once(model, db.session.get_bind().dialect.name)
    new: int | None = ask(statement, values).scalar()
    return new


def put_row(model: type[Base], by: dict[str, Any], **values: Any) -> None:
    """Give the row of a unique key these values, whether it is there or not. Of two first ones at
    once the later wins: neither breaks. Objects that are loaded already do not hear of it."""
    if insert_once(model, **by, **values) is None:
        db.session.execute(
            db.update(model)
            .filter_by(**by)
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def insert_of(dialect: str) -> Any:
    """The database's own `insert`, which knows conflicts."""
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


@cache
def _insert_once(model: type[Base], dialect: str) -> Any:
    """Built once for each table: building it again would cost more than running it."""
    insert, table = insert_of(dialect), model.__table__
    return insert(table).on_conflict_do_nothing().returning(table.c.id)


def let_go() -> None:
    """End the open transaction before something slow (a stranger on the network thinks)."""
    db.session.commit()


AWAY = ("BUSY", "LOCKED", "FULL", "IOERR", "READONLY", "CANTOPEN")


def is_away(error: BaseException) -> bool:
    """Whether nobody can write, or nobody reaches the database: nothing that we said wrongly."""
    if isinstance(error, Busy):
        return True
    name = getattr(getattr(error, "orig", None), "sqlite_errorname", None)
    if name is None:
        return isinstance(error, OperationalError)
    return str(name).removeprefix("SQLITE_").startswith(AWAY)
