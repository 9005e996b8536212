"""Which migrations this program knows, and bringing a database of an older one forward."""

import tomllib
from functools import lru_cache

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import Connection

from app.config import ROOT

FOLDER = ROOT / "migrations"


@lru_cache
def version() -> str:
    """What this program calls itself."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(told["project"]["version"])


def knows(revision: str) -> bool:
    try:
        return ScriptDirectory(str(FOLDER)).get_revision(revision) is not None
    except CommandError:
        return False


def forward(connection: Connection, revision: str = "head") -> None:
    """Migrate the database of this very connection, in its open transaction."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
