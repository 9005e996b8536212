"""A short message for a phone: a title, a line, an address that a tap opens.

Letters that carry one keep only what it is about; it is made when it leaves, by its room.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.core.outbox import Letter


@dataclass(frozen=True)
class Notice:
    title: str
    text: str
    url: str
    at: datetime
    count: int = 0
    name: str = ""  # of the reader


# Handed over in wiring.py: the name that a letter's body bears -> who makes the notice.
writers: dict[str, Callable[[dict[str, object]], Notice]] = {}


def of(letter: Letter) -> Notice:
    return writers[str(letter.body["notice"])](letter.body)
