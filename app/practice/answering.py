"""What the platform of practice says to questions about the account: a verified service account."""

import hashlib
from urllib.parse import urlencode

from sqlalchemy import select

from app.core.db import db
from app.practice.models import Phone
from app.practice.phone import LONGEST_SCENE

LIMIT = 500_000  # calls a day
NO_MENU = {"errcode": 46003, "errmsg": "menu no exist"}
EMPTY: dict[str, dict[str, object]] = {
    "cgi-bin/tags/get": {"tags": []},
    "cgi-bin/template/get_all_private_template": {"template_list": []},
    "wxaapi/newtmpl/gettemplate": {"errcode": 0, "errmsg": "ok", "data": []},
    "cgi-bin/menu/get": {**NO_MENU},
}


def told(path: str) -> dict[str, object] | None:
    """The answer to a GET, or None where we know no such call."""
    return _followers() if path == "cgi-bin/user/get" else EMPTY.get(path)


def asked(path: str, body: object, base: str) -> dict[str, object] | None:
    """The answer to a POST that changes nothing, or None where we know no such call."""
    if path == "cgi-bin/qrcode/create":
        return _code(body, base)
    if path == "cgi-bin/openapi/quota/get":
        quota = {"daily_limit": LIMIT, "used": 0, "remain": LIMIT}
        return {"errcode": 0, "errmsg": "ok", "quota": quota}
    if path == "cgi-bin/callback/check":
        here = {"ip": "127.0.0.1", "real_operator": "CAP"}
        ping = {"ip": "127.0.0.1", "from_operator": "CAP", "package_loss": "0%", "time": "0.1ms"}
        return {"dns": [here], "ping": [ping]}
    return None


def _code(wish: object, base: str) -> dict[str, object]:
    """A QR with a scene. Whoever scans it with a real camera comes to the practice phone."""
    try:
        scene, lasts = wish["action_info"]["scene"]["scene_str"], wish["expire_seconds"]  # type: ignore[index]
        if not 1 <= len(scene) <= LONGEST_SCENE:
            raise ValueError("a scene has 1 to 64 characters")
    except (KeyError, TypeError, ValueError):
        return {"errcode": 40053, "errmsg": "invalid action info"}
    ticket = hashlib.sha256(scene.encode()).hexdigest()
    url = f"{base}/practice?{urlencode({'scene': scene})}"
    return {"ticket": ticket, "expire_seconds": lasts, "url": url}


def _followers() -> dict[str, object]:
    ids = list(db.session.scalars(select(Phone.openid).where(Phone.following).limit(10_000)))
    found: dict[str, object] = {"total": len(ids), "count": len(ids), "next_openid": ""}
    return {**found, "data": {"openid": ids}} if ids else found
