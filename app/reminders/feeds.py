"""A colleague's follow-ups as a calendar that a phone subscribes to: RFC 5545, written by hand.

The address is the key, so it is made of chance, shown once, and kept as a hash alone.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.core.clock import local, now
from app.core.db import db
from app.reminders import listing
from app.reminders.models import Feed
from app.staff import audit
from app.staff.models import Staff

BACK, AHEAD = timedelta(days=60), timedelta(days=400)
MOST = 500
LASTS = timedelta(minutes=15)
WIDTH = 74  # bytes of a line, then it is folded
LONGEST_TOKEN = 100


def make(person: Staff) -> str:
    """A new address for a colleague; the one before opens nothing any more. Its token."""
    db.session.refresh(person, with_for_update=True)  # of two at once one comes after the other
    forget(person)
    token = secrets.token_urlsafe(32)
    db.session.add(Feed(staff_id=person.id, token_hash=_hash(token)))
    db.session.flush()
    audit.log(person, "feed.made", f"staff:{person.id}")
    return token


def revoke(person: Staff) -> None:
    if of(person):
        forget(person)
        audit.log(person, "feed.revoked", f"staff:{person.id}")


def forget(person: Staff) -> None:
    db.session.execute(db.delete(Feed).where(Feed.staff_id == person.id))


def of(person: Staff) -> Feed | None:
    return db.session.scalar(select(Feed).where(Feed.staff_id == person.id))


def reader_of(token: str) -> Staff | None:
    """Whose address a token is, while they are with us."""
    if not token or len(token) > LONGEST_TOKEN:
        return None
    feed = db.session.scalar(select(Feed).where(Feed.token_hash == _hash(token)))
    return feed.staff if feed and feed.staff.is_active else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


# The calendar itself -----------------------------------------------------------------------------


def calendar(
    person: Staff, *, name: str, about: Callable[[Any], str], address_of: Callable[[int], str]
) -> str:
    """The open follow-ups of a colleague, as iCalendar. `about` says what a row is about."""
    rows = listing.between(person, "mine", now() - BACK, now() + AHEAD, MOST)
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Shuke//Follow-ups//ZH", "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH", f"X-WR-CALNAME:{_escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
    ]  # fmt: skip
    for row in rows:
        lines += _event(row, about(row), address_of(row.id))
    return "".join(f"{line}\r\n" for one in [*lines, "END:VCALENDAR"] for line in _folded(one))


def _event(row: Any, what: str, address: str) -> list[str]:
    title = " · ".join(word for word in (row.name, what) if word)
    return [
        "BEGIN:VEVENT", f"UID:followup-{row.id}@shuke", f"DTSTAMP:{_utc(now())}",
        *_when(row.due_at),
        f"SUMMARY:{_escaped(title)}", f"URL:{address}", "TRANSP:TRANSPARENT",
        "BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_escaped(title)}", "TRIGGER:PT0S",
        "END:VALARM", "END:VEVENT",
    ]  # fmt: skip


def _when(due_at: datetime) -> list[str]:
    """To the minute; what is due by the end of a day stands on the whole day."""
    here = local(due_at)
    if here.strftime("%H:%M") == "23:59":
        following = here.date() + timedelta(days=1)
        return [f"DTSTART;VALUE=DATE:{here:%Y%m%d}", f"DTEND;VALUE=DATE:{following:%Y%m%d}"]
    return [f"DTSTART:{_utc(due_at)}", f"DTEND:{_utc(due_at + LASTS)}"]


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """As a TEXT value; what breaks a line can end no property."""
    for char in "\\;,":
        text = text.replace(char, f"\\{char}")
    return " ".join(text.splitlines())


def _folded(line: str) -> Iterator[str]:
    """Lines of at most WIDTH bytes, never cut within a character."""
    piece = ""
    for char in line:
        if len((piece + char).encode()) > WIDTH:
            yield piece
            piece = " "
        piece += char
    yield piece
