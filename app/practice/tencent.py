"""The platform's side of practice: tokens, windows, quotas and errors as WeChat has them."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import N_
from app.practice import media
from app.practice.models import Bubble, Phone, Wire
from app.wechat.accounts import Account

LASTING = 7200  # seconds that a token lives
NEXT_IN = 300  # seconds before its end from which the next one is given out
MOST_BYTES = 2048

LOST, ARRIVED = 1, 2  # no answer comes back; what was sent got lost, or did arrive
FAILURES = {
    0: N_("一切正常"),
    45015: N_("超过 48 小时，不让发（45015）"),
    45047: N_("条数用完（45047）"),
    43004: N_("没有关注（43004）"),
    43019: N_("在黑名单里（43019）"),
    45011: N_("发得太快，稍后自动再发（45011）"),
    -1: N_("系统繁忙，稍后自动再发（-1）"),
    LOST: N_("没有回答，消息丢了"),
    ARRIVED: N_("没有回答，其实收到了"),
}

MESSAGES = {
    0: "ok", -1: "system error", 40001: "invalid credential, access_token is invalid",
    40002: "invalid grant_type", 40003: "invalid openid", 40004: "invalid media type",
    40005: "invalid file type", 40007: "invalid media_id", 40008: "invalid message type",
    40013: "invalid appid", 40029: "invalid code", 40163: "code been used",
    42003: "code expired", 40037: "invalid template_id",
    40125: "invalid appsecret", 41001: "access_token missing",
    42001: "access_token expired", 43004: "require subscribe", 43019: "require remove blacklist",
    44001: "empty media data", 44002: "empty post data", 45001: "media size out of limit",
    45002: "content size out of limit", 45008: "article size out of limit",
    45011: "api minute-quota reach limit",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit", 47001: "data format error",
}  # fmt: skip


class NoAnswer(Exception):
    """The line breaks before an answer."""


def token(account: Account, asked: dict[str, object]) -> dict[str, object]:
    """stable_token: the same token while it is valid, the next one in its last five minutes."""
    if asked.get("grant_type") != "client_credential":
        return said(40002)
    if asked.get("appid") != account.app_id:
        return said(40013)
    if not hmac.compare_digest(str(asked.get("secret", "")).encode(), account.secret.encode()):
        return said(40125)
    moment = int(now().timestamp())
    issued = moment if asked.get("force_refresh") else moment - moment % LASTING
    if issued + LASTING - moment < NEXT_IN:
        issued += LASTING
    return {
        "access_token": f"{issued}_{_seal(account, issued)}",
        "expires_in": issued + LASTING - moment,
    }


def _seal(account: Account, issued: int) -> str:
    key = account.secret.encode()
    return hmac.new(key, f"token {issued}".encode(), hashlib.sha256).hexdigest()


def check(account: Account, given: str) -> int:
    """0, or why this access token opens nothing."""
    if not given:
        return 41001
    issued, _mark, seal = given.partition("_")
    if not (issued.isascii() and issued.isdigit() and len(issued) <= 12):
        return 40001
    right = _seal(account, int(issued))
    if not hmac.compare_digest(seal.encode("utf-8", "replace"), right.encode()):
        return 40001
    return 42001 if int(issued) + LASTING <= now().timestamp() else 0


def send(body: object) -> dict[str, object]:
    """message/custom/send: to a follower, inside a window, while something is left."""
    if not isinstance(body, dict):
        return said(47001)
    phone = db.session.scalar(select(Phone).where(Phone.openid == str(body.get("touser", ""))))
    if phone is None:
        return said(40003)
    words = _words(body)
    if words is None:
        return said(40008)
    if phone.failure in (LOST, ARRIVED):
        return _break(phone, words)
    code = phone.failure or _refusal(phone, words)
    if not code:
        _spend(phone)
        _show(phone, words)
    _note(phone, words, code)
    return said(code)


def notify(body: object) -> dict[str, object]:
    """template/send and subscribe/bizsend: to a follower, by an approved template, at any time."""
    if not isinstance(body, dict) or not isinstance(body.get("data"), dict):
        return said(47001)
    phone = db.session.scalar(select(Phone).where(Phone.openid == str(body.get("touser", ""))))
    if phone is None:
        return said(40003)
    if not body.get("template_id"):
        return said(40037)
    values = [str(one.get("value", "")) for one in body["data"].values() if isinstance(one, dict)]
    url = str(body.get("url") or body.get("page") or "")
    told = {"title": values[0] if values else "", "description": "\n".join(values[1:]), "url": url}
    words = Words("news", told["title"], told)
    if phone.failure in (LOST, ARRIVED):
        return _break(phone, words)
    code = phone.failure or (0 if phone.following else 43004)
    if not code:
        _show(phone, words)
    _note(phone, words, code, "message/template/send")
    return {**said(code), "msgid": int(now().timestamp())}


@dataclass(frozen=True)
class Words:
    """What one message says: a text, the media id of a file, or the title of a card."""

    kind: str
    said: str
    card: dict[str, str] = field(default_factory=dict)
    articles: int = 1


FIELDS = {"text": "content", "image": "media_id", "voice": "media_id", "video": "media_id"}


def _words(body: dict[str, object]) -> Words | None:
    kind = str(body.get("msgtype", ""))
    content = body.get(kind)
    if not isinstance(content, dict):
        return None
    if kind == "news":
        return _card(content.get("articles"))
    said = content.get(FIELDS[kind]) if kind in FIELDS else None
    return Words(kind, said) if isinstance(said, str) else None


def _card(articles: object) -> Words | None:
    """The one article that the platform shows as a card."""
    if not isinstance(articles, list) or not articles or not isinstance(articles[0], dict):
        return None
    told = {name: str(articles[0].get(name) or "") for name in ("title", "description", "url")}
    return Words("news", told["title"], told, len(articles))


def _refusal(phone: Phone, words: Words) -> int:
    if not phone.following:
        return 43004
    if not words.said:
        return 44002
    if words.articles > 1:
        return 45008
    if words.kind in ("image", "voice", "video") and not media.has(words.said):
        return 40007
    if words.kind == "text" and len(words.said.encode("utf-8", "replace")) > MOST_BYTES:
        return 45002
    if _windows(phone, used=False):
        return 0
    return 45047 if _windows(phone, used=True) else 45015


def _windows(phone: Phone, *, used: bool) -> list[str]:
    """The windows that are still open; without `used` only those with something left."""
    known = (
        ("touch", phone.touch_until, phone.touch_left),
        ("window", phone.window_until, phone.window_left),
    )
    return [name for name, until, left in known if until > now() and (used or left > 0)]


def _spend(phone: Phone) -> None:
    """One message less, of the window that ends first."""
    if _windows(phone, used=False)[0] == "touch":
        phone.touch_left -= 1
    else:
        phone.window_left -= 1


def _show(phone: Phone, words: Words) -> None:
    is_file = words.kind in ("image", "voice", "video")
    text, held = ("", {"media": words.said}) if is_file else (words.said, words.card)
    db.session.add(
        Bubble(
            phone_id=phone.id, from_shop=True, kind=words.kind, text=text, details=held, at=now()
        )  # fmt: skip
    )


def _break(phone: Phone, words: Words) -> dict[str, object]:
    if phone.failure == ARRIVED:
        _show(phone, words)
    _note(phone, words, None)
    raise NoAnswer


def _note(phone: Phone, words: Words, code: int | None, call: str = "message/custom/send") -> None:
    answer = "—" if code is None else f"{code} {MESSAGES.get(code, '')}".strip()
    db.session.add(
        Wire(
            phone_id=phone.id,
            to_shop=False,
            good=code == 0,
            answer=answer[:200],
            at=now(),
            request=f"POST /cgi-bin/{call} {words.said[:40]}",
            took_ms=0,
        )
    )
    db.session.flush()


def said(code: int) -> dict[str, object]:
    """An answer in the platform's words, with its support reference."""
    message = MESSAGES.get(code, "error")
    if code:
        message += f" rid: {secrets.token_hex(4)}-{secrets.token_hex(4)}"
    return {"errcode": code, "errmsg": message}
