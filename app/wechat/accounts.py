"""The Official Accounts that we speak for: the real one, and the one for practice.

The real one's values come from the environment, which wins, or from the setup page. Web and worker
look once a second whether the page's have changed, so that nobody has to start anything anew.
"""

import base64
import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from app.config import LOOPBACK, Settings, Unsafe, WeChatSettings
from app.core import vault
from app.core.clock import FAR_OFF, now
from app.core.db import aside
from app.core.settings import Setting, SettingRow

log = logging.getLogger(__name__)

PRACTICE_PATH = "/practice/platform"
PRACTICE_ID = "wxpractice"  # every practice account's app id begins so, and no real one's
ROOM = "wechat"  # of its secrets in the vault
PARTS = ("app_id", "secret", "token", "aes_key")
FRESH = 1.0  # seconds for which what we know is good

# Not declared for the generated page: the account has a page of its own.
APP_ID = Setting("wechat.app_id", "", label="")


@dataclass(frozen=True)
class Account:
    """One account: its secrets, and where its platform answers ("" = the official hosts)."""

    app_id: str
    secret: str
    token: str
    aes_keys: tuple[str, ...]  # the present key, then previous ones
    api_base: str
    practice: bool = False
    old_tokens: tuple[str, ...] = ()
    open_base: str = ""  # where its pages for people stand; "" = the official hosts

    @property
    def encrypted(self) -> bool:
        return bool(self.aes_keys)

    @cached_property
    def ciphers(self) -> list[WeChatCrypto]:
        return [WeChatCrypto(self.token, key, self.app_id) for key in self.aes_keys]

    @cached_property
    def openers(self) -> list[PrpCrypto]:
        """What opens a message whose signature is known to be right."""
        return [PrpCrypto(cipher.key) for cipher in self.ciphers]


@dataclass(frozen=True)
class Pair:
    """A token and key that were replaced; the platform may use them until the owner is done."""

    token: str
    aes_key: str
    until: datetime


@dataclass(frozen=True)
class Parts:
    """What is known of the real account, and from where."""

    values: dict[str, str]  # by the names of PARTS; "" = missing
    previous: tuple[Pair, ...]
    given: frozenset[str]  # by the environment: no page may change them
    lost: frozenset[str]  # sealed by another SECRET_KEY: to be typed again

    @property
    def missing(self) -> list[str]:
        return [name for name in PARTS if not self.values[name] and name not in self.lost]


@dataclass
class _Held:
    """What this process knows of the typed account, and when it looked."""

    given: WeChatSettings = field(default_factory=WeChatSettings)
    looked: float = float("-inf")
    rows: Any = None
    until: datetime = FAR_OFF  # a previous key ends
    app_id: str = ""


# Filled by set_up() and kept fresh by _look(); a test may put its own here.
known: dict[str, Account] = {}
_held = _Held()
_turn = threading.Lock()


def set_up(settings: Settings) -> None:
    """Begin with what the environment says; a key that is none stops the start."""
    known.clear()
    _held.__init__(settings.wechat)  # type: ignore[misc] # nothing has been looked at
    for key in (settings.wechat.aes_key, settings.wechat.aes_key_previous):
        if key and not is_key(key):
            raise Unsafe("WECHAT_AES_KEY must be the 43 characters that the platform shows.")
    _take(_joined({}, ""))
    if account := _practice(settings):
        known[account.app_id] = account


def everyone() -> list[Account]:
    """All accounts, as of a second ago at most."""
    _look()
    return list(known.values())


def get(app_id: str) -> Account | None:
    _look()
    return known.get(app_id)


def real() -> Account | None:
    """The shop's own account, once it is complete."""
    _look()
    return known.get(_held.app_id)


def practice() -> Account | None:
    return next((account for account in list(known.values()) if account.practice), None)


def parts() -> Parts:
    """What is known of the real account now, as this transaction sees it."""
    return _joined(vault.kept(ROOM), APP_ID())


def look_again() -> None:
    """Something was typed: this process looks at once, the others within a second."""
    _held.looked = float("-inf")


def _look() -> None:
    """Take over what was typed since we looked last. On a connection of its own, so that nobody's
    transaction is touched; while the database is away, what was known stays good."""
    if time.monotonic() - _held.looked < FRESH:
        return
    with _turn:
        first, _held.looked = _held.rows is None, time.monotonic()
        try:
            with aside() as line:
                app_id = line.scalar(select(SettingRow.value).where(SettingRow.name == APP_ID.name))
                sealed = vault.rows(ROOM, line.execute)
        except SQLAlchemyError as error:
            if first:
                look_again()
                raise
            log.warning("accounts not looked at: %s", type(error).__name__)
            return
        rows = (app_id, [tuple(row) for row in sealed])
        if rows != _held.rows or _held.until <= now():
            _held.rows = rows
            _take(_joined(vault.opened(sealed), str(app_id or "")))


def _take(found: Parts) -> None:
    """Let `known` hold the real account that these parts make, if they make one."""
    account, before = _real(found), _held.app_id
    _held.until = min([pair.until for pair in found.previous], default=FAR_OFF)
    if account:
        known[account.app_id] = account
    _held.app_id = account.app_id if account else ""
    if before and before != _held.app_id:
        known.pop(before, None)


def _joined(typed: Mapping[str, vault.Kept], app_id: str) -> Parts:
    given = {name: getattr(_held.given, name) for name in PARTS}
    values = {n: given[n] or (app_id if n == "app_id" else _text(typed, n)) for n in PARTS}
    lost = {n for n in PARTS if n in typed and typed[n].text is None and not given[n]}
    return Parts(values, _previous(typed), frozenset(n for n in PARTS if given[n]), frozenset(lost))


def _text(typed: Mapping[str, vault.Kept], name: str) -> str:
    return (typed[name].text or "") if name in typed else ""


def _previous(typed: Mapping[str, vault.Kept]) -> tuple[Pair, ...]:
    pairs = [
        Pair(token, key, datetime.fromisoformat(until))
        for token, key, until in json.loads(_text(typed, "previous") or "[]")
    ]
    return tuple(pair for pair in pairs if pair.until > now())


def _real(found: Parts) -> Account | None:
    """A lost key makes no account: without it we would take for clear what must be sealed."""
    values = found.values
    if not (values["app_id"] and values["token"]) or "aes_key" in found.lost:
        return None
    old = [_held.given.aes_key_previous, *(pair.aes_key for pair in found.previous)]
    keys = dict.fromkeys(key for key in (values["aes_key"], *old) if key)
    tokens = dict.fromkeys(pair.token for pair in found.previous if pair.token)
    return Account(
        values["app_id"], values["secret"], values["token"], tuple(keys), _held.given.api_base,
        old_tokens=tuple(token for token in tokens if token != values["token"]),
        open_base=_held.given.open_base,
    )  # fmt: skip


def is_key(key: str) -> bool:
    """43 characters that stand for 32 bytes."""
    try:
        return len(key) == 43 and len(base64.b64decode(key + "=", validate=True)) == 32
    except ValueError:
        return False


def _practice(settings: Settings) -> Account | None:
    """The practice account: secrets of this installation, a platform on loopback alone."""
    if not settings.practice:
        return None
    base = settings.local_url + PRACTICE_PATH
    if urlsplit(base).hostname not in LOOPBACK:
        return None
    key = base64.b64encode(_derived(settings, "aes")).decode().rstrip("=")
    return Account(
        app_id=PRACTICE_ID + _derived(settings, "app").hex()[:8],
        secret=_derived(settings, "secret").hex()[:32],
        token=_derived(settings, "token").hex()[:24],
        aes_keys=(key,),
        api_base=base,
        practice=True,
        open_base=PRACTICE_PATH,  # a path: whatever this machine is called in the browser
    )


def _derived(settings: Settings, what: str) -> bytes:
    key = settings.secret_key.encode()
    return hmac.new(key, f"practice {what}".encode(), hashlib.sha256).digest()
