"""The Official Accounts that we speak for: the real one, and the one for practice."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from wechatpy.crypto import WeChatCrypto

from app.config import LOOPBACK, Settings, Unsafe

PRACTICE_PATH = "/practice/platform"
PRACTICE_ID = "wxpractice"  # every practice account's app id begins so, and no real one's


@dataclass(frozen=True)
class Account:
    """One account: its secrets, and where its platform answers ("" = the official hosts)."""

    app_id: str
    secret: str
    token: str
    aes_keys: tuple[str, ...]  # the present key, then the previous one
    api_base: str
    practice: bool = False

    @property
    def encrypted(self) -> bool:
        return bool(self.aes_keys)

    @cached_property
    def ciphers(self) -> list[WeChatCrypto]:
        return [WeChatCrypto(self.token, key, self.app_id) for key in self.aes_keys]


# Filled once by set_up(); a test may put its own here.
known: dict[str, Account] = {}


def set_up(settings: Settings) -> None:
    known.clear()
    for account in (_real(settings), _practice(settings)):
        if account:
            known[account.app_id] = account


def practice() -> Account | None:
    return next((account for account in known.values() if account.practice), None)


def _real(settings: Settings) -> Account | None:
    given = settings.wechat
    if not (given.app_id and given.token):
        return None
    keys = tuple(key for key in (given.aes_key, given.aes_key_previous) if key)
    for key in keys:
        if len(key) != 43 or not _decodes(key):
            raise Unsafe("WECHAT_AES_KEY must be the 43 characters that the platform shows.")
    return Account(given.app_id, given.secret, given.token, keys, given.api_base)


def _decodes(key: str) -> bool:
    try:
        return len(base64.b64decode(key + "=", validate=True)) == 32
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
    )


def _derived(settings: Settings, what: str) -> bytes:
    key = settings.secret_key.encode()
    return hmac.new(key, f"practice {what}".encode(), hashlib.sha256).digest()
