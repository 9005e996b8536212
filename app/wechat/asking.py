"""How the setup doctor asks: one question over the line, and what can be told from the answer."""

import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from app.core.clock import now
from app.wechat.accounts import Account
from app.wechat.client import RebasedHTTP

API = "https://api.weixin.qq.com/"
LARGEST = 512 * 1024
TIMEOUT = (3.0, 6.0)


@dataclass(frozen=True)
class Reply:
    """What came back. `skew` is how many seconds our clock is ahead of theirs."""

    status: int
    text: str
    body: dict[str, Any]
    skew: float | None

    @property
    def code(self) -> int:
        """The platform's error code: 0 when all is well, -2 for what is no answer of its."""
        if not self.body:
            return -2
        code = self.body.get("errcode", 0)
        return code if isinstance(code, int) else -2


class Silent(Exception):
    """Nobody answered; `why` is "name", "refused", "certificate" or "silence"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def platform(account: Account, path: str, body: object = None, token: str = "") -> Reply:
    """Ask the account's platform: GET, or POST where there is a body."""
    query = {"access_token": token} if token else None
    with RebasedHTTP(account.api_base) as line:
        return _asked(line, API + path, query, body)


def ourselves(url: str, query: dict[str, str] | None = None) -> Reply:
    """Ask our own public address, as a stranger would."""
    with RebasedHTTP("") as line:
        return _asked(line, url, query, None)


def _asked(line: requests.Session, url: str, query: dict[str, str] | None, body: object) -> Reply:
    method = "GET" if body is None else "POST"
    began = now()
    try:
        with line.request(
            method, url, params=query, json=body, timeout=TIMEOUT, stream=True
        ) as got:
            raw = got.raw.read(LARGEST, decode_content=True)
            return Reply(got.status_code, raw.decode("utf-8", "replace"), _json(raw), _skew(
                got.headers.get("Date", ""), began, now()
            ))  # fmt: skip
    except requests.exceptions.SSLError as error:
        raise Silent("certificate") from error
    except requests.ConnectionError as error:
        raise Silent("name" if "NameResolution" in repr(error) else "refused") from error
    except (requests.RequestException, OSError, ValueError) as error:
        raise Silent("silence") from error


def _json(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _skew(date: str, began: datetime, ended: datetime) -> float | None:
    """Our clock in the middle of the question, less theirs."""
    try:
        theirs = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None
    if theirs.tzinfo is None:
        return None
    return ((began + (ended - began) / 2) - theirs).total_seconds()
