"""How Alembic reaches our database: through the application's own engine."""

from alembic import context

from app.core.clock import Instant
from app.core.db import db
from app.core.schema import rebuilding


def is_ours(thing, name, kind, _reflected, _compared):
    if kind == "table" and name and "words_index" in name:
        return False
    return not (kind == "index" and name == "ix_words_vector") and not (
        kind == "column" and name == "vector"
    )


def render_type(kind, thing, autogen):
    """Instants are plain timestamps in a migration: it imports no application code."""
    if kind == "type" and isinstance(thing, Instant):
        return "sa.DateTime(timezone=True)"
    return False


def run():
    given = context.config.attributes.get("connection")
    if given is not None:  # a database of its own, in the transaction of whoever hands it over
        migrate(given)
        return
    with db.engine.connect() as connection, rebuilding(connection):
        migrate(connection)


def migrate(connection):
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        include_object=is_ours,
        render_item=render_type,
        compare_type=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
