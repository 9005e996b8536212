"""Signed links: part of an address that does one thing to one line, for whoever holds it, a while.

Nothing is stored: what it does, to which line, and until when is written into the link and signed.
It ends by itself, when its colleague takes all links back, and when they leave or change password.
"""

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from sqlalchemy.orm import joinedload

from app.community import topics
from app.config import Settings
from app.core import passes
from app.core.clock import FAR_OFF
from app.core.db import db
from app.core.errors import N_, Refused
from app.customers import finding
from app.digests.models import MONTH, WEEK, Delivery, DeliveryLine
from app.staff.models import Staff

DONE, MOVE, NOTE, LIST = "done", "move", "note", "list"
SIGNS = {"d": DONE, "t": MOVE, "n": NOTE, "l": LIST}
ASKS = {DONE: N_("完成"), MOVE: N_("改到明天"), NOTE: N_("记一笔")}
LETTERS = {purpose: sign for sign, purpose in SIGNS.items()}
LASTS = timedelta(days=3)
SHOWS = timedelta(days=30)  # a report, which acts on nothing
DEAD = N_("这个链接已经过期或被收回了。请打开熟客，在“今天”里处理")


@dataclass(frozen=True)
class Found:
    """What a link is for: its purpose, the message, and the line (None for the whole list)."""

    purpose: str
    delivery: Delivery
    line: DeliveryLine | None

    @property
    def person(self) -> Staff:
        return self.delivery.staff


def write(purpose: str, number: int, delivery: Delivery) -> str:
    """The token of a line, or of the message itself for LIST."""
    until = delivery.created_at + (SHOWS if delivery.kind in (WEEK, MONTH) else LASTS)
    return f"{LETTERS[purpose]}.{passes.write(f'digest {purpose}', number, until)}"


def address(purpose: str, number: int, delivery: Delivery) -> str:
    """The whole address, as it stands in a message."""
    return f"{base()}/a/{write(purpose, number, delivery)}"


def base() -> str:
    settings: Settings = current_app.config["SHUKE"]
    return settings.address


def find(token: str) -> Found:
    """What a token opens now; refuses what was changed, has ended or was taken back."""
    purpose = SIGNS.get(token[:1], "")
    number = passes.read(f"digest {purpose}", token[2:]) if purpose and token[1:2] == "." else None
    found = _of(purpose, number) if number is not None else None
    if found is None or not _holds(found):
        raise Refused(DEAD)
    return found


def _of(purpose: str, number: int) -> Found | None:
    if purpose == LIST:
        delivery = db.session.get(Delivery, number)
        return Found(purpose, delivery, None) if delivery else None
    line = db.session.get(DeliveryLine, number, options=[joinedload(DeliveryLine.delivery)])
    return Found(purpose, line.delivery, line) if line else None


def _holds(found: Found) -> bool:
    """The colleague is with us, keeps their links, and may still see the customer."""
    person = found.person
    if not person.is_active or found.delivery.created_at < person.links_since:
        return False
    return found.line is None or sees(person, found.line)


def sees(person: Staff, line: DeliveryLine) -> bool:
    """Whether a line is still this colleague's to read: its customer, and its topic."""
    if line.topic and not topics.may_decide(line.topic, person):
        return False
    return finding.sees(person, line.customer)


def asks(line: DeliveryLine) -> dict[str, str]:
    """What the links of a line do, in words. Nobody who waits for an answer is put off."""
    if line.topic is None:
        return ASKS
    asked = {**ASKS, DONE: N_("已解决")}
    return {purpose: word for purpose, word in asked.items()
            if purpose != MOVE or line.topic.answer_due_at == FAR_OFF}  # fmt: skip
