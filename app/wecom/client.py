"""Our gateway to WeCom: one address base, time-outs, a token kept by each process."""

import logging
import threading
import time
from typing import Any

import requests

from app.core.errors import N_, DeliveryFailed, DeliveryUnknown
from app.wechat.client import RebasedHTTP
from app.wecom.accounts import App, api_base

log = logging.getLogger(__name__)

API = "https://qyapi.weixin.qq.com/cgi-bin"
EARLY = 300  # seconds before its end from which a token is not used any more
STALE = (40014, 42001, 41001)

BUSY = N_("企业微信系统繁忙，稍后会自动再发")
NO_LINE = N_("连不上企业微信，稍后会自动再发")
SILENT = N_("企业微信没有回答，不知道对方收到没有")
FAULTS = {
    -1: (BUSY, False),
    40001: (N_("企业微信的 Secret 不对，请店主重新填写"), True),
    40013: (N_("企业 ID 不对，请店主检查"), True),
    40056: (N_("企业微信的 AgentId 不对，请店主检查"), True),
    45009: (N_("企业微信今天的次数用完了，稍后会自动再发"), False),
    60020: (N_("服务器地址不在企业微信应用的可信 IP 里，请店主添加"), True),
    60111: (N_("企业微信里没有这个账号，请检查有没有写错"), True),
    81013: (N_("企业微信里没有这个账号，或者他不在应用的可见范围里"), True),
    93000: (N_("群机器人不在了，请店主重新填 Webhook 地址"), True),
    301002: (N_("企业微信的应用没有权限，请店主检查 AgentId 和 Secret"), True),
}  # fmt: skip
OTHER = (N_("企业微信没有接受这条消息"), True)
NOT_THERE = 81013

_tokens: dict[App, tuple[str, float]] = {}
_turn = threading.Lock()


def message(app: App, body: dict[str, Any]) -> dict[str, Any]:
    """message/send by the shop's app; a stale token is renewed and the call repeated once."""
    for last in (False, True):
        address = f"{API}/message/send?access_token={_token(app)}"
        answer = _asked(address, body)
        if answer.get("errcode") not in STALE or last:
            break
        _tokens.pop(app, None)
    _expect(answer)
    if answer.get("invaliduser"):
        raise _refusal(NOT_THERE)
    return answer


def group(key: str, body: dict[str, Any]) -> None:
    """A group's robot says it."""
    _expect(_asked(f"{API}/webhook/send?key={key}", body))


def _token(app: App) -> str:
    with _turn:
        token, until = _tokens.get(app, ("", 0.0))
        if time.monotonic() >= until:
            query = {"corpid": app.corp_id, "corpsecret": app.secret}
            answer = _asked(f"{API}/gettoken", None, query)
            _expect(answer)
            token = str(answer.get("access_token", ""))
            lasts = max(0, int(answer.get("expires_in", 0)) - EARLY)
            _tokens[app] = (token, time.monotonic() + lasts)
        return token


def _asked(
    address: str, body: dict[str, Any] | None, query: dict[str, str] | None = None
) -> dict[str, Any]:
    """One call. Asking for a token may be repeated; of a message without answer nobody knows."""
    http = RebasedHTTP(api_base())
    try:
        answer = http.get(address, params=query) if body is None else http.post(address, json=body)
        found = answer.json()
    except requests.ConnectTimeout as error:
        raise DeliveryFailed(NO_LINE, permanent=False) from error
    except (requests.RequestException, ValueError) as error:
        refused = "NewConnectionError" in repr(error) or "NameResolution" in repr(error)
        if refused or body is None:
            raise DeliveryFailed(NO_LINE, permanent=False) from error
        raise DeliveryUnknown(SILENT) from error
    if not isinstance(found, dict) or not isinstance(found.get("errcode"), int):
        raise DeliveryUnknown(SILENT)
    return found


def _expect(answer: dict[str, Any]) -> None:
    code = answer["errcode"]
    if code:
        raise _refusal(code)


def _refusal(code: int) -> DeliveryFailed:
    reason, permanent = FAULTS.get(code, OTHER)
    return DeliveryFailed(reason, permanent=permanent, code=str(code))
