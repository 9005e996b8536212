"""Passes: part of an address that opens one row for whoever holds it, until a moment.

Nothing is stored: number and end are written into the pass and signed with a key of SECRET_KEY.
"""

import base64
import hashlib
import hmac
import re
from datetime import datetime

from flask import current_app

from app.core.clock import now

WRITTEN = re.compile(r"([0-9a-f]{1,8})\.([0-9a-f]{1,9})\.([A-Za-z0-9_-]{22})")


def write(about: str, number: int, until: datetime) -> str:
    """A pass for a row. `about` says what it opens: one made for films opens no files."""
    ends = int(until.timestamp())
    return f"{number:x}.{ends:x}.{_seal(about, number, ends)}"


def read(about: str, text: str) -> int | None:
    """The row's number; None when the pass was changed, has ended, or is none of ours."""
    found = WRITTEN.fullmatch(text)
    if found is None:
        return None
    number, ends = int(found[1], 16), int(found[2], 16)
    if not hmac.compare_digest(found[3], _seal(about, number, ends)):
        return None
    return number if ends > now().timestamp() else None


def _seal(about: str, number: int, ends: int) -> str:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    key = hmac.new(secret, b"shuke passes 1", hashlib.sha256).digest()
    made = hmac.new(key, f"{about}:{number}:{ends}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:16]).decode().rstrip("=")
