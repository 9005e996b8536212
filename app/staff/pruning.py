"""Lines leave the books when their time is over. The chain goes on from the last that left."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import N_
from app.core.jobs import job
from app.core.settings import setting
from app.staff import audit, chain
from app.staff.models import Book, Line

STEP = 500

KEPT = setting(
    "books.days",
    190,
    label=N_("操作记录和查看记录保留多少天"),
    hint=N_("法律要求至少六个月；到期的每天夜里清理"),
    least=190,
    most=3650,
)


@job()
def prune() -> None:
    """Drop what is older than the shop keeps. Short transactions; running twice is harmless."""
    limit = now() - timedelta(days=KEPT())
    for name, model in chain.BOOKS.items():
        gone = 0
        while some := _step(name, model, limit):
            gone += some
            db.session.commit()
        if gone:
            audit.log(None, "book.pruned", f"book:{name}", lines=gone, days=KEPT())
        db.session.commit()


def _step(name: str, model: type[Line], limit: datetime) -> int:
    """The oldest lines, as long as they are old; how many went."""
    table: Any = model.__table__
    first = select(table.c.id, table.c.at, table.c.hash).order_by(table.c.id).limit(STEP)
    old = []
    for row in db.session.execute(first):
        if row.at >= limit:
            break
        old.append(row)
    if not old:
        return 0
    last = old[-1]
    book = chain.locked(db.session.connection(), model)
    begin = max(last.id, book.from_id)
    if last.hash:  # lines from before there was a chain stand in front of its beginning
        moved = {"from_id": begin, "from_hash": last.hash}
        moved["from_mac"] = chain.mac("from", name, begin, last.hash)
        db.session.execute(db.update(Book).where(Book.name == name).values(**moved))
    db.session.execute(table.delete().where(table.c.id <= last.id))
    return len(old)
