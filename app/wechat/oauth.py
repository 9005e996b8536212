"""Who opens a page inside WeChat: the address that asks for it, and what a code stands for.

The one call to the platform that a page waits for, so it has few seconds and few threads, and no
transaction is open meanwhile (docs/decisions).
"""

import json
import re
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests

from app.core.db import let_go
from app.core.errors import N_
from app.wechat.accounts import Account
from app.wechat.client import RebasedHTTP

BASE, USERINFO = "snsapi_base", "snsapi_userinfo"
AUTHORIZE = "open.weixin.qq.com/connect/oauth2/authorize"
TIMEOUT = (2.0, 3.0)  # seconds to connect, to read: a page never takes longer than six
AT_ONCE = 3  # threads of the web server that may wait for the platform
CODE = re.compile(r"[0-9A-Za-z_-]{1,512}")
OPENID = re.compile(r"[0-9A-Za-z_-]{1,128}")
STALE = (40029, 40163, 42003)  # no such code, used, too old

AGAIN = N_("这次进入已经过期或用过了，请再点一次进入")
NOT_AGREED = N_("微信没有告诉我们你是谁：可能是没有同意。需要的话再点一次进入")
AWAY = N_("微信这会儿没有回答，请过一会儿再点一次进入")
NOT_SET_UP = N_("店里的公众号还没有接好网页授权，请告诉店员；现在可以用手机号和店员给的码进入")

_turns = threading.BoundedSemaphore(AT_ONCE)


class NotTold(Exception):
    """The platform does not say who it is: `reason` is a source sentence with what to do."""

    def __init__(self, reason: str, *, away: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.away = reason, away


@dataclass(frozen=True)
class Visitor:
    """Who opened the page. A snapshot user is an invention of the platform, and nobody."""

    openid: str
    token: str = ""  # of this visit alone, to ask for the nickname
    is_snapshot: bool = False


def address(account: Account, *, back: str, scope: str, state: str) -> str:
    """Where the browser asks WeChat who it is. The platform wants this very order."""
    asked = [
        ("appid", account.app_id), ("redirect_uri", back), ("response_type", "code"),
        ("scope", scope), ("state", state),
    ]  # fmt: skip
    return f"{account.open_base or 'https:/'}/{AUTHORIZE}?{urlencode(asked)}#wechat_redirect"


def visitor_of(account: Account, code: str) -> Visitor:
    """Change a code into who it is. Ends the open transaction."""
    if not CODE.fullmatch(code):
        raise NotTold(NOT_AGREED if not code else AGAIN)
    asked = {
        "appid": account.app_id, "secret": account.secret, "code": code,
        "grant_type": "authorization_code",
    }  # fmt: skip
    told = _ask(account, "oauth2/access_token", asked)
    openid = told.get("openid")
    if not isinstance(openid, str) or not OPENID.fullmatch(openid):
        raise NotTold(AWAY, away=True)
    snapshot = str(told.get("is_snapshotuser", "0")) not in ("0", "False")
    return Visitor(openid, str(told.get("access_token") or ""), snapshot)


def nickname_of(account: Account, visitor: Visitor) -> str:
    """What somebody calls themselves in WeChat; only who agreed to it is asked about."""
    asked = {"access_token": visitor.token, "openid": visitor.openid, "lang": "zh_CN"}
    told = _ask(account, "userinfo", asked)
    return str(told.get("nickname") or "")[:100]


def _ask(account: Account, path: str, asked: dict[str, str]) -> dict[str, Any]:
    let_go()
    if not _turns.acquire(timeout=1):
        raise NotTold(AWAY, away=True)
    try:
        with RebasedHTTP(account.api_base) as line:
            url = f"https://api.weixin.qq.com/sns/{path}"
            told = json.loads(line.get(url, params=asked, timeout=TIMEOUT).content)
    except (requests.RequestException, ValueError):  # their words hold the secret: none are kept
        raise NotTold(AWAY, away=True) from None
    finally:
        _turns.release()
    if not isinstance(told, dict):
        raise NotTold(AWAY, away=True)
    if code := told.get("errcode"):
        if code in STALE:
            raise NotTold(AGAIN)
        raise NotTold(AWAY if code == -1 else NOT_SET_UP, away=True)
    return told
