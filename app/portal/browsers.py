"""The browsers that belong to customers: rows that begin, move with their customer, and end."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from app.core.clock import now
from app.core.db import ask, db, insert_once
from app.core.forms import clean
from app.customers import identities
from app.customers.models import OPENID, Customer
from app.portal.models import MemberSession, SpentMark

LASTS = timedelta(days=30)


def begin(customer: Customer | None, *, account: str = "", openid: str = "", device: str) -> str:
    """A new one; its token is shown to the browser alone. What has ended is swept out."""
    token = secrets.token_urlsafe(32)
    _forget(MemberSession.until <= now())
    db.session.add(
        MemberSession(
            customer_id=customer.id if customer else None, token_hash=hashed(token),
            until=now() + LASTS, account=account, openid=openid, device=clean(device)[:200],
        )
    )  # fmt: skip
    return token


def settle(found: MemberSession, customer: Customer) -> None:
    """Whom only WeChat knew is this customer from now on."""
    db.session.execute(
        db.update(MemberSession)
        .where(MemberSession.id == found.id, MemberSession.customer_id.is_(None))
        .values(customer_id=customer.id)
        .execution_options(synchronize_session=False)
    )


def of(customer: Customer) -> list[MemberSession]:
    """Those that still hold, the newest first."""
    mine = select(MemberSession).where(
        MemberSession.customer_id == customer.id, MemberSession.until > now()
    )
    return list(db.session.scalars(mine.order_by(MemberSession.id.desc())))


def end(token: str) -> None:
    _forget(MemberSession.token_hash == hashed(token))


def end_all(customer: Customer) -> None:
    """Every browser of a customer is out, also those that came in before they were known."""
    _forget(MemberSession.customer_id == customer.id)
    for one in identities.of(customer):
        if one.kind == OPENID:
            _forget((MemberSession.account == one.account) & (MemberSession.openid == one.value))


def end_everything(line: Connection) -> None:
    """Of a database that comes from a backup: who was in then is not in now."""
    line.execute(db.delete(MemberSession))


def _forget(which: Any) -> None:
    db.session.execute(
        db.delete(MemberSession).where(which).execution_options(synchronize_session=False)
    )


def spend(what: str, until: datetime) -> bool:
    """Use something that works once; whether it was still good. Ended ones are swept out."""
    ask(db.delete(SpentMark).where(SpentMark.until <= now()))
    return insert_once(SpentMark, mark=hashed(what), until=until) is not None


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
