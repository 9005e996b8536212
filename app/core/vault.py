"""Secrets that were typed into a page: kept sealed, with a key made from SECRET_KEY.

Whoever steals the database alone reads none of them. A secret that another SECRET_KEY has sealed
stays where it is and counts as absent, until it is typed in again or the old key is back.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import FAR_OFF, now
from app.core.db import Model, ask, db, put_row

NONCE = 12  # bytes
Run = Callable[[Any], Any]


class Secret(Model):
    """One sealed text. `mark` tells which key has sealed it, `until` when it ends."""

    name: Mapped[str] = mapped_column(String(80), unique=True)
    sealed: Mapped[str] = mapped_column(Text)
    mark: Mapped[str] = mapped_column(String(16))
    until: Mapped[datetime] = mapped_column(default=FAR_OFF)


@dataclass(frozen=True)
class Kept:
    """What a row of `Secret` holds; `text` is None when another key has sealed it."""

    text: str | None
    until: datetime


class Unreadable(Exception):
    """Sealed with another SECRET_KEY, or damaged."""


def seal(text: str, about: str) -> str:
    """Encrypt a text. `about` says whose it is: sealed for one thing, it opens for no other."""
    nonce = os.urandom(NONCE)
    closed = AESGCM(_key()).encrypt(nonce, text.encode(), about.encode())
    return base64.b64encode(nonce + closed).decode()


def unseal(sealed: str, about: str) -> str:
    """The text that was sealed; raises Unreadable."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        return AESGCM(_key()).decrypt(raw[:NONCE], raw[NONCE:], about.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise Unreadable(about) from error


def put(name: str, text: str, *, until: datetime = FAR_OFF) -> None:
    """Keep a secret in place of the one that was there; an empty one is forgotten."""
    if not text:
        forget(name)
        return
    put_row(Secret, {"name": name}, sealed=seal(text, name), mark=mark(), until=until)


def forget(name: str) -> None:
    db.session.execute(
        db.delete(Secret).where(Secret.name == name).execution_options(synchronize_session=False)
    )


COLUMNS = select(Secret.name, Secret.sealed, Secret.mark, Secret.until)


def rows(room: str, run: Run = ask) -> list[Any]:
    """The sealed rows whose names begin with «room.» and that have not ended."""
    named = COLUMNS.where(Secret.name > f"{room}.", Secret.name < f"{room}/", Secret.until > now())
    return list(run(named.order_by(Secret.name)).all())


def kept(room: str) -> dict[str, Kept]:
    """All secrets of a room, by the rest of their names."""
    return opened(rows(room))


def opened(sealed: Sequence[Any]) -> dict[str, Kept]:
    return {row.name.partition(".")[2]: _opened(row.name, row.sealed, row.until) for row in sealed}


def read(name: str) -> str:
    """A secret; "" when there is none, when it has ended, or when our key does not open it."""
    row = ask(COLUMNS.where(Secret.name == name)).first()
    if row is None or row.until <= now():
        return ""
    return _opened(name, row.sealed, row.until).text or ""


def _opened(name: str, sealed: str, until: datetime) -> Kept:
    try:
        return Kept(unseal(sealed, name), until)
    except Unreadable:
        return Kept(None, until)


def foreign() -> list[str]:
    """The names of secrets that another SECRET_KEY has sealed: somebody must type them again."""
    statement = select(Secret.name).where(Secret.mark != mark(), Secret.until > now())
    return list(db.session.scalars(statement.order_by(Secret.name)))


def mark() -> str:
    """A short name of the present key, from which nothing of the key can be told."""
    return hmac.new(_key(), b"mark", hashlib.sha256).hexdigest()[:16]


def _key() -> bytes:
    return _derived(str(current_app.config["SECRET_KEY"]))


@lru_cache(maxsize=4)
def _derived(secret_key: str) -> bytes:
    return hmac.new(secret_key.encode(), b"shuke vault 1", hashlib.sha256).digest()
