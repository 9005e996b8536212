"""How often a door may be tried: exact counters, one for an account and one for an address."""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import ColumnElement, case, select

from app.core.clock import now
from app.core.db import db, insert_of
from app.core.errors import N_, Refused
from app.staff.models import Throttle

WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS, PER_CODE = 10, 60, 5


class TooManyTries(Refused):
    """The account or the address has failed too often; `seconds` until it may try again, and how
    many tries there were."""

    def __init__(self, seconds: int, tries: int = 0) -> None:
        super().__init__(N_("输错太多次了，请过 %(minutes)s 分钟再试"), minutes=-(-seconds // 60))
        self.seconds, self.tries = seconds, tries


def source_of(address: str) -> str:
    """The bucket of an address. Who has one of IPv6 has all of its /64, and is still one."""
    try:
        found = ip_address(address)
    except ValueError:
        return f"address:{address}"[:160]
    if isinstance(found, IPv6Address):
        return f"address:{found.ipv4_mapped or ip_network((found, 64), strict=False)}"
    return f"address:{found}"


def refuse_full(source: str) -> None:
    """An address that has used up its tries leaves no trace: no rows of invented names, and no
    account is locked by it."""
    full = select(Throttle.until).where(
        Throttle.bucket == source, Throttle.until > now(), Throttle.tries >= PER_ADDRESS
    )
    until = db.session.scalar(full)
    if until:
        raise _too_many(until)


def _too_many(until: datetime, tries: int = 0) -> TooManyTries:
    return TooManyTries(max(1, int((until - now()).total_seconds())), tries)


def count(bucket: str, limit: int) -> None:
    """One try more, exactly once however many arrive at the same instant. Commits.

    Every counted try moves the end, so that no WINDOW ever holds more than `limit` of them;
    a refused one does not, so that nobody is locked out for longer by a stranger's patience.
    """
    insert = insert_of(db.engine.dialect.name)
    fresh, end = now(), now() + WINDOW
    expired: ColumnElement[bool] = Throttle.until <= fresh
    row = db.session.execute(
        insert(Throttle)
        .values(bucket=bucket[:160], tries=1, until=end, created_at=fresh)
        .on_conflict_do_update(
            index_elements=["bucket"],
            set_={
                "tries": case((expired, 1), else_=Throttle.tries + 1),
                "until": case((expired | (Throttle.tries < limit), end), else_=Throttle.until),
            },
        )
        .returning(Throttle.tries, Throttle.until)
    ).one()
    db.session.commit()
    if row.tries > limit:
        raise _too_many(row.until, row.tries)


def count_both(bucket: str, limit: int, *, address: str) -> None:
    """A try at something of one's own, from somewhere."""
    count(bucket, limit)
    count(source_of(address), PER_ADDRESS)


def forgive(bucket: str, *, address: str) -> None:
    """It was right: the bucket begins anew, and the address has not failed this time. What has
    run out goes as well."""
    over = (Throttle.bucket == bucket) | (Throttle.until <= now())
    db.session.execute(db.delete(Throttle).where(over).execution_options(synchronize_session=False))
    db.session.execute(
        db.update(Throttle)
        .where(Throttle.bucket == source_of(address))
        .values(tries=Throttle.tries - 1)
        .execution_options(synchronize_session=False)
    )
