"""Which WeChat is a colleague's own: they scan a QR with it, or send a code to the shop's account.

Both are shown on their page alone, work once, and end after ten minutes.
"""

import re
import secrets
from datetime import timedelta

from sqlalchemy import ColumnElement

from app.core import outbox
from app.core.clock import now
from app.core.db import db
from app.core.words import say as _
from app.core.words import speaking
from app.staff import audit
from app.staff.models import Staff
from app.wechat import scanning
from app.wechat.kinds import CHANNEL
from app.wechat.models import ColleagueCode, Follower, hash_of

SAID = re.compile(r"\s*(?:绑定|bind)\s*([0-9]{8})\s*", re.IGNORECASE)
LASTS = timedelta(minutes=10)


def make_code(person: Staff) -> str:
    """A new code for this colleague, and soon a QR; what was before ends."""
    db.session.execute(
        db.delete(ColleagueCode).where(
            (ColleagueCode.staff_id == person.id) | (ColleagueCode.until < now())
        )
    )
    code = f"{secrets.randbelow(10**8):08d}"
    row = ColleagueCode(staff_id=person.id, code_hash=hash_of(code), until=now() + LASTS)
    db.session.add(row)
    db.session.flush()
    scanning.draw.later(row.id)
    return code


def waiting(person: Staff) -> ColleagueCode | None:
    """What this colleague may bind by now."""
    mine = (ColleagueCode.staff_id == person.id, ColleagueCode.until > now())
    found: ColleagueCode | None = db.session.scalar(db.select(ColleagueCode).where(*mine))
    return found


def claim(follower: Follower, said: str) -> bool:
    """Whether a message was a colleague's code: then this WeChat is theirs from now on."""
    found = SAID.fullmatch(said)
    code = ColleagueCode.code_hash == hash_of(found[1]) if found else None
    return code is not None and _bind(follower, _use(code))


def claim_scan(follower: Follower, scene: str) -> bool:
    """Whether a scanned QR was a colleague's, used up or not: it tells nothing of a customer."""
    if not scene.startswith(scanning.PREFIX):
        return False
    _bind(follower, _use(ColleagueCode.scene_hash == hash_of(scene)))
    return True


def _bind(follower: Follower, person: Staff | None) -> bool:
    if person is None or not person.is_active:
        return False
    same = (Staff.wechat_account == follower.account, Staff.wechat_openid == follower.openid)
    for other in db.session.scalars(db.select(Staff).where(*same)):
        forget(other)
    person.wechat_account, person.wechat_openid = follower.account, follower.openid
    audit.log(person, "staff.wechat_bound", f"staff:{person.id}")
    with speaking(person.language):
        text = _("%(name)s，绑定好了，以后提醒会发到这里。", name=person.display)
    outbox.post(CHANNEL, follower.openid, {"text": text}, account=follower.account)
    return True


def forget(person: Staff) -> None:
    person.wechat_account = person.wechat_openid = ""


def _use(code: ColumnElement[bool]) -> Staff | None:
    staff_id = db.session.scalar(
        db.delete(ColleagueCode)
        .where(code, ColleagueCode.until > now())
        .returning(ColleagueCode.staff_id)
        .execution_options(synchronize_session=False)
    )
    return db.session.get(Staff, staff_id) if staff_id else None
