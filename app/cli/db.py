"""`flask db`: the numbered migrations, run by Alembic over the application's own engine."""

import click
from alembic import command
from flask import current_app
from flask.cli import AppGroup

from app.cli.saying import says_why
from app.community import groups
from app.core import schema, soundness
from app.core.db import db

db_group = AppGroup("db", help="Create the database, bring it up to date, write a migration.")


@db_group.command("upgrade")
@click.argument("revision", default="head")
@says_why
def upgrade(revision: str) -> None:
    """Bring the database up to this version (or to REVISION)."""
    soundness.check(db.engine, current_app.config["SHUKE"].media_root)
    command.upgrade(schema.config(), revision)
    if revision == "head":
        groups.open_first()
        db.session.commit()


@db_group.command("downgrade")
@click.argument("revision", default="-1")
@says_why
def downgrade(revision: str) -> None:
    """Take back the last migration (or all after REVISION)."""
    command.downgrade(schema.config(), revision)


@db_group.command("current")
def current() -> None:
    """Which migration the database stands at."""
    command.current(schema.config())


@db_group.command("history")
def history() -> None:
    """All migrations, newest first."""
    command.history(schema.config())


@db_group.command("check")
def check() -> None:
    """Fail where the models say something that no migration makes."""
    command.check(schema.config())


@db_group.command("migrate")
@click.option("-m", "--message", required=True, help="What it does.")
def migrate(message: str) -> None:
    """Write the next migration from what the models say; read it before you keep it."""
    following = f"{int(schema.head()) + 1:04}"
    command.revision(schema.config(), message, autogenerate=True, rev_id=following)
