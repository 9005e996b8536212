"""The browsers in which somebody is signed in: what they are, and ending them."""

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import N_
from app.staff import audit
from app.staff.models import Staff, StaffSession
from app.staff.signing_in import ABSOLUTE, IDLE

# The first word found in what a browser says of itself; more telling ones stand first.
PLACES = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("HarmonyOS", "HarmonyOS"), ("Android", "Android"),
    ("Windows", "Windows"), ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
PROGRAMS = (
    ("wxwork", N_("企业微信")), ("MicroMessenger", N_("微信")), ("QQBrowser", N_("QQ 浏览器")),
    ("UCBrowser", N_("UC 浏览器")), ("HuaweiBrowser", N_("华为浏览器")),
    ("MiuiBrowser", N_("小米浏览器")), ("Edg", "Edge"),
    ("Firefox", "Firefox"), ("OPR", "Opera"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
UNKNOWN = N_("未知的设备")


def words(said: str) -> tuple[str, str]:
    """(machine, program) of a user agent, as source words; ("", UNKNOWN) when it says nothing."""
    machine = next((word for mark, word in PLACES if mark in said), "")
    program = next((word for mark, word in PROGRAMS if mark in said), "")
    return (machine, program) if machine or program else ("", UNKNOWN)


def of(person: Staff) -> list[StaffSession]:
    """The sessions that still hold, the last seen first."""
    return list(
        db.session.scalars(
            select(StaffSession)
            .where(StaffSession.staff_id == person.id, ~StaffSession.half)
            .where(
                StaffSession.seen_at >= now() - IDLE, StaffSession.created_at >= now() - ABSOLUTE
            )
            .order_by(StaffSession.seen_at.desc(), StaffSession.id.desc())
        )
    )


def end(session: StaffSession, *, by: Staff) -> None:
    """Sign this browser out."""
    audit.log(by, "staff.signed_out", f"staff:{session.staff_id}", session=session.id)
    db.session.delete(session)


def end_all(person: Staff, *, by: Staff, but: int = 0) -> int:
    """Sign out all browsers of a colleague, but the one in hand; how many there were."""
    ended = db.session.scalars(
        db.delete(StaffSession)
        .where(StaffSession.staff_id == person.id, StaffSession.id != but)
        .returning(StaffSession.id)
        .execution_options(synchronize_session=False)
    ).all()
    audit.log(by, "staff.signed_out", f"staff:{person.id}", count=len(ended))
    return len(ended)
