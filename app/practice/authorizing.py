"""The platform's page that asks a person who they are, and the codes and tokens it gives."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.portal import browsers, sessions
from app.practice import tencent
from app.practice.models import Phone
from app.wechat import oauth
from app.wechat.accounts import Account

CODE_LASTS, TOKEN_LASTS = timedelta(minutes=5), timedelta(hours=2)
SCOPES = (oauth.BASE, oauth.USERINFO)
SEALED = re.compile(r"([0-9a-f]{1,8})-([0-9a-f]{1,9})-(\w{11,15})-([0-9a-f]{16})-([0-9a-f]{32})")
STATE = re.compile(r"[0-9A-Za-z]{1,128}")
PATH = "/practice/platform/" + oauth.AUTHORIZE


@dataclass(frozen=True)
class Asked:
    """What the shop's page wants to know, and where the answer goes."""

    app_id: str
    back: str
    scope: str
    state: str

    def back_with(self, **more: str) -> str:
        return f"{self.back}?{urlencode({**more, 'state': self.state})}"


def read(args: Mapping[str, str], account: Account) -> Asked | None:
    """The request, when it is one of this shop's own: nobody is sent anywhere else."""
    asked = Asked(
        args.get("appid", ""), args.get("redirect_uri", ""), args.get("scope", ""),
        args.get("state", ""),
    )  # fmt: skip
    ours = asked.app_id == account.app_id and args.get("response_type") == "code"
    back = asked.back == sessions.member_path(asked.back) and "?" not in asked.back
    known = asked.scope in SCOPES and STATE.fullmatch(asked.state)
    return asked if ours and back and known else None


def agreed(asked: Asked) -> str:
    """The address of «yes, tell them»."""
    told = {"appid": asked.app_id, "redirect_uri": asked.back, "response_type": "code"}
    told |= {"scope": asked.scope, "state": asked.state, "agreed": "1"}
    return f"{PATH}?{urlencode(told)}"


def phone_of(openid: str) -> Phone | None:
    return db.session.scalar(select(Phone).where(Phone.openid == openid)) if openid else None


def code_for(account: Account, phone: Phone, scope: str) -> str:
    return _sealed(account, _Held(phone.id, scope, CODE_LASTS), "code")


@dataclass(frozen=True)
class _Held:
    """What a code or a token stands for; `left` is how long it still does."""

    phone_id: int
    scope: str
    left: timedelta
    nonce: str = ""


def _sealed(account: Account, held: _Held, what: str) -> str:
    """Everything is written into it: the pretended platform keeps no table of codes."""
    ends, nonce = int((now() + held.left).timestamp()), secrets.token_hex(8)
    body = f"{held.phone_id:x}-{ends:x}-{held.scope}-{nonce}"
    return f"{body}-{_seal(account, what, body)}"


def _seal(account: Account, what: str, body: str) -> str:
    made = hmac.new(account.secret.encode(), f"{what}:{body}".encode(), hashlib.sha256)
    return made.hexdigest()[:32]


def _opened(account: Account, text: str, what: str) -> _Held | None:
    found = SEALED.fullmatch(text)
    body = text.rpartition("-")[0]
    if found is None or not hmac.compare_digest(found[5], _seal(account, what, body)):
        return None
    left = timedelta(seconds=int(found[2], 16) - now().timestamp())
    return _Held(int(found[1], 16), found[3], left, found[4])


def opened(account: Account, args: Mapping[str, str]) -> _Held | int:
    """What a code stands for, or the platform's number for why it stands for nothing."""
    if args.get("appid") != account.app_id:
        return 40013
    if not hmac.compare_digest(args.get("secret", "").encode(), account.secret.encode()):
        return 40125
    held = _opened(account, args.get("code", ""), "code")
    if held is None:
        return 40029
    return held if held.left > timedelta() else 42003


def token(account: Account, held: _Held | int) -> dict[str, object]:
    """sns/oauth2/access_token: each code once."""
    if isinstance(held, int):
        return tencent.said(held)
    phone = db.session.get(Phone, held.phone_id)
    if phone is None:
        return tencent.said(40029)
    if not browsers.spend(f"practice code:{held.nonce}", now() + CODE_LASTS):
        return tencent.said(40163)
    fresh = _sealed(account, replace(held, left=TOKEN_LASTS), "token")
    return {
        "access_token": fresh, "expires_in": int(TOKEN_LASTS.total_seconds()),
        "refresh_token": "", "openid": phone.openid, "scope": held.scope,
    }  # fmt: skip


def userinfo(account: Account, args: Mapping[str, str]) -> dict[str, object]:
    """sns/userinfo: the nickname, of who agreed to it."""
    held = _opened(account, args.get("access_token", ""), "token")
    if held is None or held.left <= timedelta() or held.scope != oauth.USERINFO:
        return tencent.said(40001)
    phone = db.session.get(Phone, held.phone_id)
    if phone is None or phone.openid != args.get("openid"):
        return tencent.said(40003)
    return {"openid": phone.openid, "nickname": phone.label, "headimgurl": "", "sex": 0}
