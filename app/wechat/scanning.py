"""The QR that binds a colleague's WeChat: the platform's own, with a secret of ours as its scene.

Only a verified service account has such codes; whoever has none is bound by the typed code.
"""

import secrets
from datetime import datetime

from app.core.clock import now
from app.core.db import db, let_go
from app.core.errors import DeliveryFailed, DeliveryUnknown
from app.core.jobs import job
from app.wechat import accounts, client, pausing
from app.wechat.accounts import Account
from app.wechat.models import DRAWN, NONE, ColleagueCode, hash_of

PREFIX = "shuke-bind-"
LONGEST_URL = 300


@job(lane="network", tries=1)
def draw(code_id: int) -> None:
    """Ask the platform for the QR. It has the scene from here alone: no job's line holds it."""
    code, account = db.session.get(ColleagueCode, code_id), _account()
    if code is None or code.scan:
        return
    scene, until = PREFIX + secrets.token_urlsafe(24), code.until
    let_go()
    url = _asked(account, scene, until) if account else ""
    db.session.execute(
        db.update(ColleagueCode)
        .where(ColleagueCode.id == code_id)
        .values(scene_hash=hash_of(scene), scan=DRAWN if url else NONE, scan_url=url)
    )
    db.session.commit()


def _account() -> Account | None:
    """The shop's own, else the one for practice."""
    found = [one for one in accounts.everyone() if not pausing.until(one.app_id)]
    return min(found, key=lambda one: one.practice, default=None)


def _asked(account: Account, scene: str, until: datetime) -> str:
    """What the QR is to say; nothing where the platform gives none."""
    wish = {
        "expire_seconds": max(60, int((until - now()).total_seconds())),
        "action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": scene}},
    }  # fmt: skip
    try:
        answer = client.call(account, lambda line: line.qrcode.create(wish))
    except (DeliveryFailed, DeliveryUnknown):
        return ""
    url = str(answer.get("url") or "")
    return url if len(url) <= LONGEST_URL else ""
