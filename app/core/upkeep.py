"""What a database wants now and then."""

from sqlalchemy import text

from app.core.db import db
from app.core.jobs import job


@job()
def tend() -> None:
    """Let SQLite look at how its tables have grown, so that it picks the right index.

    PostgreSQL does this by itself.
    """
    if db.engine.dialect.name == "sqlite":
        db.session.execute(text("PRAGMA analysis_limit = 400"))
        db.session.execute(text("PRAGMA optimize"))
