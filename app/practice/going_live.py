"""From the demo to the real shop: the demo goes, what was typed stays, an owner is there."""

from pathlib import Path

from sqlalchemy import select

from app.core.db import db, insert_once
from app.core.errors import N_, Refused
from app.core.jobs import Job, job
from app.core.settings import SettingRow
from app.customers.models import Customer
from app.practice import media, removing
from app.staff import accounts, audit
from app.staff.models import Staff
from app.staff.roles import OWNER

OPENED = "shop.opened"  # a row that says: never load the demo again
KEY = "going_live.clear"
MOST_COUNTED = 10_000


def real_owners() -> list[Staff]:
    """Owners who stay when the demo goes."""
    return [p for p in accounts.active() if p.role == OWNER and not p.is_demo]


def kept() -> int:
    """How many customers somebody typed in or imported, counted up to MOST_COUNTED."""
    away = [removing.PRACTICE, removing.DEMO]
    some = select(Customer.id).where(Customer.source.not_in(away)).limit(MOST_COUNTED)
    return len(db.session.scalars(some).all())


def begin(folder: Path, *, by: Staff) -> None:
    """Clear the demo away, by the worker: it may be large."""
    if not real_owners():
        raise Refused(N_("还没有真正的店主：先给自己起一个登录名和密码"))
    insert_once(SettingRow, name=OPENED, value=True)
    audit.log(by, "staff.went_live")
    clear.later(str(folder), key=KEY)


@job()
def clear(folder: str) -> None:
    """Remove the demo shop, practice and the demo colleagues. Doing it twice removes no more."""
    removing.demo()
    media.clear(Path(folder))


def is_open() -> bool:
    """Whether this shop has left the demo behind."""
    return db.session.scalar(select(SettingRow.id).where(SettingRow.name == OPENED)) is not None


def is_clearing() -> bool:
    """Whether the worker is still at it."""
    at_it = select(Job.id).where(Job.key == KEY, Job.state.in_(("queued", "running")))
    return db.session.scalar(at_it) is not None
