"""Which WeChat is a colleague's own: they send a code from it to the shop's account.

The code is shown on their page alone, works once, and ends after ten minutes.
"""

import hashlib
import re
import secrets
from datetime import timedelta

from app.core import outbox
from app.core.clock import now
from app.core.db import db
from app.core.words import say as _
from app.core.words import speaking
from app.staff import audit
from app.staff.models import Staff
from app.wechat.kinds import CHANNEL
from app.wechat.models import ColleagueCode, Follower

SAID = re.compile(r"\s*(?:绑定|bind)\s*([0-9]{8})\s*", re.IGNORECASE)
LASTS = timedelta(minutes=10)


def make_code(person: Staff) -> str:
    """A new code for this colleague; the one before ends."""
    db.session.execute(
        db.delete(ColleagueCode).where(
            (ColleagueCode.staff_id == person.id) | (ColleagueCode.until < now())
        )
    )
    code = f"{secrets.randbelow(10**8):08d}"
    db.session.add(ColleagueCode(staff_id=person.id, code_hash=_hash(code), until=now() + LASTS))
    db.session.flush()
    return code


def claim(follower: Follower, said: str) -> bool:
    """Whether a message was a colleague's code: then this WeChat is theirs from now on."""
    found = SAID.fullmatch(said)
    person = _use(found[1]) if found else None
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


def _use(code: str) -> Staff | None:
    staff_id = db.session.scalar(
        db.delete(ColleagueCode)
        .where(ColleagueCode.code_hash == _hash(code), ColleagueCode.until > now())
        .returning(ColleagueCode.staff_id)
        .execution_options(synchronize_session=False)
    )
    return db.session.get(Staff, staff_id) if staff_id else None


def _hash(code: str) -> str:
    return hashlib.sha256(f"colleague {code}".encode()).hexdigest()
