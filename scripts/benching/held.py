"""For how long each transaction held the writer's lock."""

import time

from sqlalchemy import event

from app.core.db import db


def watch() -> list[float]:
    """Milliseconds of each transaction that holds the writer's lock, from now on."""
    held: list[float] = []
    began: list[float] = []

    @event.listens_for(db.engine, "begin")
    def _begin(connection: object) -> None:
        began[:] = [time.perf_counter()] if "writer" in connection.info else []  # type: ignore[attr-defined]

    @event.listens_for(db.engine, "commit")
    def _commit(_connection: object) -> None:
        if began:
            held.append(1000 * (time.perf_counter() - began.pop()))

    return held
