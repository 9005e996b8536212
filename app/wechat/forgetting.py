"""What is named by a follower's number alone: raw pushes, letters, and jobs about them."""

from typing import Any

from sqlalchemy import select

from app.core.batches import batched
from app.core.db import db, let_go
from app.core.jobs import Job
from app.core.outbox import Letter
from app.customers import hanging
from app.customers.erasing import Handle
from app.customers.models import OPENID
from app.wechat.models import Arrival

STEP = 5000  # rows of one look: pushes are kept in the order of their numbers, not of followers


def sweep(handles: list[Handle]) -> None:
    """Forget these addresses wherever they stand by themselves. Commits piece by piece."""
    for kind, account, openid in handles:
        if kind == OPENID:
            _letters(account, openid)
            _pushes(account, openid)
            _jobs(account, openid)


def _letters(account: str, openid: str) -> None:
    table: Any = Letter.__table__
    mine = select(Letter.id).where(
        Letter.channel.in_(("wechat", "notice")), Letter.account == account, Letter.to == openid
    )
    hanging.cut(table, list(db.session.scalars(mine)))
    let_go()


def _pushes(account: str, openid: str) -> None:
    last = db.session.scalar(select(db.func.max(Arrival.id))) or 0
    for low in batched(range(0, last + 1, STEP)):
        db.session.execute(
            db.delete(Arrival)
            .where(Arrival.id > low, Arrival.id <= low + STEP)
            .where(Arrival.account == account, Arrival.openid == openid)
            .execution_options(synchronize_session=False)
        )
    let_go()


def _jobs(account: str, openid: str) -> None:
    lines = [f"arrival:{account}:{openid}"[:200], f"letter:wechat:{account}:{openid}"[:200]]
    db.session.execute(
        db.update(Job)
        .where(Job.line.in_(lines))
        .values(line=None)
        .execution_options(synchronize_session=False)
    )
    let_go()
