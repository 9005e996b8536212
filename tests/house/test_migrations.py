"""Migrations: numbered, one line of them, what the models say, and back again."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, inspect, text

from app import config, create_app
from app.config import ROOT
from app.core import schema
from app.core.db import db

VERSIONS = ROOT / "migrations" / "versions"
EMPTIED = {"staff_session"}  # everybody signed in anew
MADE_BY_HAND = re.compile(r"words_index|vector|alembic_version")


def scripts():
    return ScriptDirectory(str(ROOT / "migrations"))


def test_there_is_one_newest_migration():
    assert len(scripts().get_heads()) == 1


def test_migrations_are_numbered_in_their_order():
    ordered = [s.revision for s in scripts().walk_revisions()][::-1]
    assert ordered == [f"{n:04}" for n in range(1, len(ordered) + 1)]
    for script in scripts().walk_revisions():
        assert Path(script.path).name.startswith(f"{script.revision}_")


def test_migrations_import_nothing_of_the_application():
    own = re.compile(r"^\s*(from|import) app\b", re.MULTILINE)
    assert [p.name for p in VERSIONS.glob("*.py") if own.search(p.read_text("utf-8"))] == []


def ours(thing, name, kind, _reflected, _compared):
    parent = getattr(getattr(thing, "table", None), "name", "")
    return not MADE_BY_HAND.search(f"{name} {parent if kind == 'index' else ''}")


def test_the_migrations_make_what_the_models_say(app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, db.metadata) == []


@pytest.fixture
def elsewhere(house, tmp_path):
    """A second shop with a database of its own."""
    _app, database = house
    url = f"sqlite:///{tmp_path / 'trip.db'}"
    if database.server:
        database.server.psql("DROP DATABASE IF EXISTS trip;")
        database.server.psql("CREATE DATABASE trip ENCODING 'UTF8' TEMPLATE template0;")
        url = database.server.get_uri("trip").replace("postgresql://", "postgresql+psycopg://", 1)
    second = create_app(
        config.read({"SHUKE_ENV": "testing", "SHUKE_INSTANCE": str(tmp_path), "DATABASE_URL": url})
    )
    with second.app_context():
        yield second
        db.session.remove()
        db.engine.dispose()


def test_one_can_go_up_down_and_up_again(elsewhere):
    command.upgrade(schema.config(), "head")
    full = set(inspect(db.engine).get_table_names())
    assert set(db.metadata.tables) <= full
    command.downgrade(schema.config(), "base")
    left = set(inspect(db.engine).get_table_names())
    assert left <= {"alembic_version"}
    command.upgrade(schema.config(), "head")
    assert set(inspect(db.engine).get_table_names()) == full


@pytest.mark.parametrize("start", ["0007", "0012", "0016"])
def test_a_shop_with_rows_everywhere_is_brought_up_to_date(elsewhere, start):
    """One row in each table, each pointing at another: a table made anew loses nobody."""
    command.upgrade(schema.config(), start)
    filled = one_row_each()
    command.upgrade(schema.config(), "head")
    with db.engine.connect() as line:
        for name in filled - EMPTIED:
            assert line.scalar(text(f'SELECT count(*) FROM "{name}"')) == 1, name  # noqa: S608
        if line.dialect.name == "sqlite":
            assert line.execute(text("PRAGMA foreign_key_check")).all() == []
            assert line.scalar(text("PRAGMA foreign_keys")) == 1


def one_row_each():
    found = MetaData()
    with db.engine.begin() as line:
        found.reflect(line, only=lambda name, _all: not MADE_BY_HAND.search(name))
        for table in found.sorted_tables:
            row = {c.name: some(c) for c in table.columns if c.computed is None}
            line.execute(table.insert().values(row))
    return {table.name for table in found.sorted_tables}


def some(column):
    """A value that fits: 1 points at the first row of any table."""
    kind = column.type.python_type
    if kind is datetime:
        return datetime(2026, 8, 22, tzinfo=UTC)
    return {int: 1, float: 1.0, bool: True, str: "x", date: date(2026, 8, 22)}.get(kind, {})
