"""The book of what colleagues did: sign-ins, reveals, imports, roles. Not the customer's story."""

from app.core.clock import now
from app.core.db import db
from app.staff.models import AuditLine, Staff


def log(
    who: Staff | None, did: str, about: str = "", /, *, address: str = "", **details: object
) -> AuditLine:
    """Write one line in the caller's transaction."""
    line = AuditLine(
        at=now(), by_id=who.id if who else None, what=did, about=about[:80],
        address=address[:64], details=details,
    )  # fmt: skip
    db.session.add(line)
    return line
