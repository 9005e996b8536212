"""A colleague's follow-ups as a calendar that a phone subscribes to: RFC 5545, written by hand.

The address is the key, so it is made of chance, shown once, and kept as a hash alone.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from app.core import clock
from app.core.clock import day_of, now, today
from app.core.db import db
from app.reminders import listing, recurring, times
from app.reminders.models import Feed
from app.staff import audit
from app.staff.models import Staff

BACK, AHEAD = timedelta(days=60), timedelta(days=400)
ZONE_AHEAD = timedelta(days=5 * 366)  # phones go on counting; the address is read again hourly
MOST = 500
LASTS = timedelta(minutes=15)
MORNING = "PT9H"  # of a whole day, which begins at midnight
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
        "METHOD:PUBLISH", f"X-WR-CALNAME:{_escaped(name)}", f"X-WR-TIMEZONE:{clock.zone.key}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
    ]  # fmt: skip
    span = recurring.known(today() + AHEAD)
    if any(recurring.is_told(row.repeat) for row in rows):
        lines += recurring.zone_lines(today() - BACK, today() + ZONE_AHEAD)
    for row in rows:
        said = _said(row, about(row), address_of(row.id))
        lines += [line for dates in _dates(row, span) for line in _event(dates, said)]
    return "".join(f"{line}\r\n" for one in [*lines, "END:VCALENDAR"] for line in _folded(one))


def _said(row: Any, what: str, address: str) -> list[str]:
    """The UID names the shop's address too: a phone may read two shops' calendars. No SEQUENCE is
    needed: of two events alike the later DTSTAMP counts, and each reading is dated anew."""
    title = " · ".join(word for word in (row.name, what) if word)
    rings = MORNING if times.is_whole_day(row.due_at) else "PT0S"
    return [
        f"UID:followup-{row.id}@{urlsplit(address).hostname}", f"DTSTAMP:{_utc(now())}",
        f"SUMMARY:{_escaped(title)}", f"URL:{address}", "TRANSP:TRANSPARENT",
        "BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_escaped(title)}", f"TRIGGER:{rings}",
        "END:VALARM",
    ]  # fmt: skip


def _event(dates: list[str], said: list[str]) -> list[str]:
    return ["BEGIN:VEVENT", *dates, *said, "END:VEVENT"]


def _dates(row: Any, span: recurring.Span) -> Iterator[list[str]]:
    """When: once, or by a rule; a turn that somebody has moved stands beside its rule."""
    rule = row.repeat
    if not recurring.is_told(rule):
        yield _when(row.due_at)
        return
    usual = recurring.regular(rule)
    yield [*_on_our_clock(usual), *recurring.lines(rule, span)]
    if row.due_at != usual:
        yield [recurring.stamp("RECURRENCE-ID", usual), *_on_our_clock(row.due_at)]


def _when(due_at: datetime) -> list[str]:
    """To the minute; what is due by the end of a day stands on the whole day."""
    if times.is_whole_day(due_at):
        return _on_our_clock(due_at)
    return [f"DTSTART:{_utc(due_at)}", f"DTEND:{_utc(due_at + LASTS)}"]


def _on_our_clock(due_at: datetime) -> list[str]:
    """The same in the shop's hours: a rule goes by what its clock shows."""
    ends = due_at + LASTS
    if times.is_whole_day(due_at):
        ends = times.whole_day(day_of(due_at) + timedelta(days=1))
    return [recurring.stamp("DTSTART", due_at), recurring.stamp("DTEND", ends)]


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
