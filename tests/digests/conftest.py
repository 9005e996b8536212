"""A shop whose colleagues get their reminders by e-mail; what left stands in a box."""

import re

import pytest

from app.config import MailSettings
from app.core import mail, mail_server, outbox
from app.core.db import db
from app.core.errors import DeliveryFailed, DeliveryUnknown
from app.digests import digests
from app.digests.models import Delivery

LINK = re.compile(r"http://127\.0\.0\.1:8000(/a/[\w.-]+)")


class Box:
    """The letters that left, as they were written; `trouble` is what the next ones get."""

    def __init__(self):
        self.letters, self.trouble = [], []

    def take(self, letter):
        written = mail._written(letter, mail_server.server())
        trouble = self.trouble.pop(0) if self.trouble else None
        if trouble == "unknown":
            raise DeliveryUnknown(mail.CUT_OFF)
        if trouble:
            raise DeliveryFailed(mail.WRONG_RECIPIENT, permanent=True, code=trouble)
        self.letters.append(written)
        return "receipt"

    def words(self, number=-1):
        return self.letters[number].get_body(("plain",)).get_content()

    def links(self, number=-1):
        """The paths of the links of a letter's words, in their order."""
        return LINK.findall(self.words(number))


@pytest.fixture
def box(app, monkeypatch):
    monkeypatch.setitem(mail_server._given, "mail", MailSettings())
    mail_server.put(host="127.0.0.1", port=2525, security="", user="", password="",
                    sender="shop@example.com")  # fmt: skip
    db.session.commit()
    found = Box()
    outbox.senders["email"] = found.take
    return found


def reached(person, email=""):
    person.email = email or f"{person.name}@example.com"
    db.session.commit()
    return person


@pytest.fixture
def send(outside, work):
    """Let the minute come in which digests are sent, and all of it leave."""

    def run():
        outside(digests.send)
        work()

    return run


def deliveries(**narrowed):
    return list(db.session.scalars(db.select(Delivery).filter_by(**narrowed).order_by(Delivery.id)))
