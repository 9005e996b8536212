"""From the phone to our own callback: XML as WeChat writes it, encrypted, signed, posted."""

import hashlib
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlencode

import requests
import xmltodict

from app.core.clock import now
from app.core.db import db, let_go
from app.core.jobs import job
from app.practice.models import Bubble, Wire
from app.wechat import accounts
from app.wechat.accounts import PRACTICE_PATH, Account

TIMEOUT = (2.0, 5.0)  # WeChat waits five seconds for an answer
CALLBACK = "/wechat/callback"
PICTURES = "mmbiz.qpic.cn"  # the host from which WeChat serves what followers send


class NotTaken(Exception):
    """Our callback did not answer 200: WeChat asks again, and so does the worker."""


@dataclass(frozen=True)
class Answer:
    text: str
    good: bool
    took_ms: int


@job(lane="network", tries=4)
def push(bubble_id: int) -> None:
    """Carry one thing that a phone did. No transaction is open while the callback thinks."""
    bubble = db.session.get(Bubble, bubble_id)
    account = accounts.practice()
    if bubble is None or account is None or bubble.answer.startswith("200"):
        return
    query, body = sealed(account, xml_of(bubble, account))
    let_go()
    answer = _post(account, query, body)
    bubble.answer = answer.text[:200]
    _note(bubble, query, answer)
    db.session.commit()
    if not answer.good:
        raise NotTaken(answer.text)


def xml_of(bubble: Bubble, account: Account) -> str:
    """The message, field for field as the platform sends it."""
    fields = {
        "ToUserName": original_id(account),
        "FromUserName": bubble.phone.openid,
        "CreateTime": str(int(bubble.at.timestamp())),
        **_content(bubble, account),
    }
    inner = "".join(f"<{name}>{_value(name, text)}</{name}>" for name, text in fields.items())
    return f"<xml>{inner}</xml>"


def original_id(account: Account) -> str:
    """The account's own name in messages, gh_ and twelve signs."""
    return "gh_" + hashlib.sha256(account.app_id.encode()).hexdigest()[:12]


def _content(bubble: Bubble, account: Account) -> dict[str, str]:
    given = {name: str(value) for name, value in bubble.details.items()}
    if bubble.kind.startswith("event:"):
        return {
            "MsgType": "event", "Event": bubble.kind.removeprefix("event:"),
            "EventKey": given.get("key", ""),
        }  # fmt: skip
    media = given.get("media", "")
    own = {
        "text": {"Content": bubble.text},
        "image": {"PicUrl": f"{account.api_base}/{PICTURES}/{media}", "MediaId": media},
        "voice": {"MediaId": media, "Format": "amr", "Recognition": ""},
        "video": {"MediaId": media, "ThumbMediaId": ""},
        "location": {
            "Location_X": given.get("lat", ""), "Location_Y": given.get("lng", ""),
            "Scale": "15", "Label": bubble.text,
        },
    }[bubble.kind]  # fmt: skip
    return {"MsgType": bubble.kind, **own, "MsgId": given["id"]}


def _value(name: str, text: str) -> str:
    if name in ("CreateTime", "MsgId", "Location_X", "Location_Y", "Scale"):
        return text
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def sealed(account: Account, xml: str) -> tuple[dict[str, str], bytes]:
    """(query, body) of an authentic request in safe mode."""
    stamp, nonce = str(int(now().timestamp())), str(secrets.randbelow(9 * 10**9) + 10**9)
    made = xmltodict.parse(account.ciphers[0].encrypt_message(xml, nonce, stamp))["xml"]
    body = (
        f"<xml><ToUserName><![CDATA[{original_id(account)}]]></ToUserName>"
        f"<Encrypt><![CDATA[{made['Encrypt']}]]></Encrypt></xml>"
    )
    query = {
        "signature": _signature(account.token, stamp, nonce), "timestamp": stamp, "nonce": nonce,
        "encrypt_type": "aes", "msg_signature": made["MsgSignature"],
    }  # fmt: skip
    return query, body.encode()


def _signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - the platform's


def _post(account: Account, query: dict[str, str], body: bytes) -> Answer:
    url = account.api_base.removesuffix(PRACTICE_PATH) + CALLBACK
    began = time.monotonic()
    try:
        with requests.Session() as line:
            line.trust_env = False
            got = line.post(
                url, params=query, data=body, timeout=TIMEOUT, allow_redirects=False,
                headers={"Content-Type": "text/xml"},
            )  # fmt: skip
        text, good = f"{got.status_code} {got.text[:100]}", got.status_code == 200
    except requests.RequestException as error:
        text, good = type(error).__name__, False
    return Answer(text, good, round((time.monotonic() - began) * 1000))


def _note(bubble: Bubble, query: dict[str, str], answer: Answer) -> None:
    shown = urlencode({**query, "signature": query["signature"][:8]})[:-32] + "…"
    db.session.add(
        Wire(
            phone_id=bubble.phone_id,
            to_shop=True,
            request=f"POST {CALLBACK}?{shown}"[:300],
            answer=answer.text[:200],
            good=answer.good,
            took_ms=answer.took_ms,
            at=now(),
        )
    )
    db.session.flush()
