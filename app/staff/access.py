"""The book of who looked at whom: every card, every whole number, every file that leaves.

The one thing that looking writes (rule 7): a small append of its own, together with what other
requests write at that instant. Where the disk is full or the database busy, the page is shown all
the same, and the log keeps who looked.
"""

import logging
from collections.abc import Sequence

from sqlalchemy.exc import OperationalError

from app.core import together
from app.core.clock import now
from app.staff import chain
from app.staff.models import AccessLine, Staff

log = logging.getLogger(__name__)

CARD, TALK, PHONE, FILE = "card.seen", "talk.seen", "phone.seen", "file.taken"


def seen(who: Staff, what: str, about: str, *, address: str) -> None:
    """Write down, at once and durably, that somebody is being shown something."""
    try:
        together.commit(_write, _line(who, what, about, address))
    except (OperationalError, TimeoutError) as fault:
        log.error(
            "access not in the book: %s", type(fault).__name__,
            extra={"by": who.id, "what": what, "about": about, "address": address},
        )  # fmt: skip


def note(who: Staff, what: str, about: str, *, address: str, **details: object) -> None:
    """The same, in the caller's transaction: for what a POST shows."""
    chain.write(AccessLine, **_line(who, what, about, address, **details))


def _write(lines: Sequence[dict[str, object]]) -> list[None]:
    for line in lines:
        chain.write(AccessLine, **line)
    return [None] * len(lines)


def _line(who: Staff, what: str, about: str, address: str, **details: object) -> dict[str, object]:
    return {
        "at": now(), "by_id": who.id, "what": what, "about": about[:80], "details": details,
        "address": address[:64],
    }  # fmt: skip
