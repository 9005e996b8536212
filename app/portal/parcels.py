"""A member's own things to take along, as one file: all rows of the copy, to be read by people and
by programmes, and the pictures, voices and films that they sent themselves.

The worker makes it, for it may be large. It lies under a name that follows from the customer, so
that no row has to remember it, and goes the next day, or when they are forgotten.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import gettext
from sqlalchemy import select

from app.core import files
from app.core.clock import local, now
from app.core.db import db, let_go
from app.core.jobs import Job, job
from app.core.words import speaking
from app.customers import erasing
from app.customers.models import Customer
from app.inbox import attaching, receiving
from app.inbox.models import Conversation, Media, Message
from app.portal import copying
from app.staff import audit

FOLDER = "parcels"
MOST = 200 * 1024 * 1024  # bytes of files; what is above that is named instead
FRESH = timedelta(minutes=10)  # asked for again within this, it is the same one
KEPT = timedelta(days=1)
ENDINGS = {"image/jpeg": ".jpg", "audio/mpeg": ".mp3", "video/mp4": ".mp4"}


@dataclass(frozen=True)
class Parcel:
    """What lies ready."""

    path: Path
    size: int
    at: datetime


@dataclass(frozen=True)
class Sent:
    """A file that the member sent: when, what, and where it lies."""

    at: datetime
    kind: str
    name: str  # in the parcel
    path: Path
    size: int


def ask(customer: Customer, *, language: str) -> None:
    """Have it made, unless one has just been or is being made."""
    ready = of(customer)
    if is_waiting(customer) or (ready and now() - ready.at < FRESH):
        return
    pack.later(customer.id, language, line=_line(customer.id))


def of(customer: Customer) -> Parcel | None:
    path = files.where(FOLDER, _name(customer.id))
    try:
        told = path.stat()
    except FileNotFoundError:
        return None
    return Parcel(path, told.st_size, datetime.fromtimestamp(told.st_mtime, tz=now().tzinfo))


def is_waiting(customer: Customer) -> bool:
    mine = select(Job.id).where(Job.line == _line(customer.id))
    return db.session.scalar(mine.where(Job.state.in_(("queued", "running"))).limit(1)) is not None


def files_of(customer: Customer) -> list[tuple[str, str]]:
    """Where it lies, for who is forgotten."""
    return [(FOLDER, _name(customer.id))]


@job(lane="long")
def pack(customer_id: int, language: str) -> None:
    """Write it whole, then give it its name. No transaction is open while files are copied."""
    customer = db.session.get_one(Customer, customer_id)
    if erasing.of(customer_id):
        return
    copy, sent = copying.copy_of(customer), list(_sent_by(customer))
    taken, left = _fitting(sent)
    about = f"customer:{customer_id}"
    audit.log(None, "member.packed", about, files=len(taken), left_out=len(left))
    let_go()
    target = files.where(FOLDER, _name(customer_id))
    half = files.where(FOLDER, files.made_up())
    try:
        _write(half, copy, taken, left, language)
        os.replace(half, target)
    finally:
        half.unlink(missing_ok=True)
    if erasing.of(customer_id):  # while we wrote
        target.unlink(missing_ok=True)


@job()
def tidy() -> None:
    """What was not taken within a day, or stayed half written, goes."""
    for names in files.names_before(FOLDER, now() - KEPT):
        for name in names:
            files.forget(FOLDER, name)


def _sent_by(customer: Customer) -> Iterator[Sent]:
    """What came from the member and is here, the newest first. Files of colleagues, also those of
    their notes, are not theirs."""
    mine = (
        select(Message.id, Message.at, Message.kind, Media.file, Media.kind.label("mime"))
        .join(Media, Media.message_id == Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.customer_id == customer.id, Message.inbound)
        .where(Message.attached == attaching.READY, Media.file != "")
        .order_by(Message.at.desc(), Message.id.desc())
    )
    for row in db.session.execute(mine):
        path = files.where(attaching.FOLDER, row.file)
        if path.exists():
            name = f"{local(row.at):%Y%m%d-%H%M}-{row.id}{ENDINGS.get(row.mime, '')}"
            yield Sent(row.at, row.kind, name, path, path.stat().st_size)


def _fitting(sent: list[Sent]) -> tuple[list[Sent], list[Sent]]:
    """What there is room for, and what not."""
    taken, left, room = [], [], MOST
    for one in sent:
        if one.size <= room:
            taken.append(one)
            room -= one.size
        else:
            left.append(one)
    return taken, left


def _write(
    path: Path, copy: dict[str, Any], taken: list[Sent], left: list[Sent], language: str
) -> None:  # fmt: skip
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w+b") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("my-data.json", json.dumps(copy, ensure_ascii=False, indent=1))
        made.writestr("my-data.html", _page(copy, taken, left, language))
        for one in taken:  # pictures and films are small already
            made.write(one.path, f"files/{one.name}", compress_type=zipfile.ZIP_STORED)


def _page(copy: dict[str, Any], taken: list[Sent], left: list[Sent], language: str) -> str:
    with speaking(language):
        return current_app.jinja_env.get_template("portal/parcels/data.html").render(
            copy=copy, names=copying.NAMES, taken=taken, left=left, most=MOST // (1024 * 1024),
            kinds=receiving.KINDS, language=language, _=gettext,
        )  # fmt: skip


def _line(customer_id: int) -> str:
    return f"parcel:{customer_id}"


def _name(customer_id: int) -> str:
    """One of our names, always the same: who is let in is asked when it is handed out."""
    return hashlib.sha256(_line(customer_id).encode()).hexdigest()[:32]
