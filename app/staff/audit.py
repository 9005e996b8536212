"""The book of what colleagues did: sign-ins, reveals, imports, roles. Not the customer's story."""

import logging

from app.core.clock import now
from app.staff import chain
from app.staff.models import AuditLine, Staff

book = logging.getLogger(__name__)


def log(
    who: Staff | None, did: str, about: str = "", /, *, address: str = "", **details: object
) -> None:
    """Write one line in the caller's transaction: it is in the book when that commits."""
    by_id = who.id if who else None
    chain.write(
        AuditLine, at=now(), by_id=by_id, what=did, about=about[:80], details=details,
        address=address[:64],
    )  # fmt: skip
    book.info("%s", did, extra={"by": by_id, "about": about[:80], "address": address[:64]})
