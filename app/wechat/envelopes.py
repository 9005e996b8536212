"""What the platform posts: whose signature it bears, what is inside, and one way to read it."""

import hashlib
import hmac
import re
from dataclasses import dataclass, replace

from app.core.clock import now
from app.wechat import accounts, xml
from app.wechat.accounts import Account

WINDOW = 600  # seconds that a request may be old, or early
LONGEST_PARAMETER = 64  # sha1 in hexadecimal has 40
# The signature covers exactly this text, so it may be found without parsing what stands around it.
SECRET = re.compile(r"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>")
MOMENT = re.compile(r"[0-9]{1,11}")
FORBIDDEN = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


class Rejected(Exception):
    """A request that is not the platform's: answered with `status`, counted, not stored.

    `account` is the one whose token it knew, where there is one.
    """

    def __init__(self, why: str, status: int = 403) -> None:
        super().__init__(why)
        self.why = why
        self.status = status
        self.account = ""


@dataclass(frozen=True)
class Envelope:
    """An authentic push: the account that it is for, and its text."""

    account: Account
    raw: str
    stamp: int
    nonce: str
    body: dict[str, str]  # its flat fields; empty when it cannot be understood
    fault: str = ""  # why not


def verify(query: dict[str, str]) -> Account:
    """The account whose token made this signature, found in constant time over all."""
    signature, stamp, nonce = (_required(query, n) for n in ("signature", "timestamp", "nonce"))
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        raise Rejected("timestamp")
    if abs(now().timestamp() - int(stamp)) > WINDOW:
        raise Rejected("timestamp window")
    found = None
    for account in accounts.everyone():
        if _same(signed(account.token, stamp, nonce), signature):
            found = account
        for token in account.old_tokens:  # just replaced: the platform may still use it
            if _same(signed(token, stamp, nonce), signature):
                found = replace(account, token=token)
    if found is None:
        raise Rejected("signature")
    return found


def open_envelope(query: dict[str, str], body: bytes) -> Envelope:
    """Verify and decrypt a POST. An account with a key accepts nothing in the clear."""
    account = verify(query)
    try:
        text = _unsealed(account, _decoded(body), query)
    except Rejected as no:
        no.account = account.app_id
        raise
    stamp, nonce = int(query["timestamp"]), query["nonce"]
    try:
        return Envelope(account, text, stamp, nonce, fields(text))
    except ValueError as error:
        return Envelope(account, text, stamp, nonce, {}, str(error))


def _unsealed(account: Account, text: str, query: dict[str, str]) -> str:
    if account.encrypted:
        if query.get("encrypt_type") != "aes":
            raise Rejected("not encrypted")
        text = _opened(account, text, query)
    elif query.get("encrypt_type", "raw") not in ("", "raw"):
        raise Rejected("encrypted for an account without a key")
    _no_document_type(text)
    return text


def fields(raw: str) -> dict[str, str]:
    """The flat fields of a message; raises ValueError when there are none."""
    flat = xml.read(raw)
    for name in ("MsgType", "FromUserName", "CreateTime"):
        if not flat.get(name):
            raise ValueError(f"no {name}")
    if not MOMENT.fullmatch(flat["CreateTime"]):
        raise ValueError("CreateTime")
    return flat


def _required(query: dict[str, str], name: str) -> str:
    value = query.get(name, "")
    if not value or len(value) > LONGEST_PARAMETER or "\0" in value:
        raise Rejected(name)
    return value


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError as error:
        raise Rejected("not UTF-8", 400) from error


def _no_document_type(text: str) -> None:
    """A document type stands before the root; inside it is a sentence that a customer wrote.
    (Entities that hide behind a comment are refused by the parser itself.)"""
    if FORBIDDEN.search(text.partition("<xml")[0]):
        raise Rejected("document type", 400)


def _opened(account: Account, text: str, query: dict[str, str]) -> str:
    """The clear text inside `<Encrypt>`; the clear half of the compatible mode is ignored."""
    signature = _required(query, "msg_signature")
    _no_document_type(text)
    found = SECRET.search(text)
    if found is None:
        raise Rejected("no Encrypt", 400)
    secret = found.group(1)
    stamp, nonce = query["timestamp"], query["nonce"]
    if not _same(signed(account.token, stamp, nonce, secret), signature):
        raise Rejected("msg_signature")
    for cipher in account.openers:
        try:
            clear = cipher.decrypt(secret, account.app_id)
            return _decoded(clear if isinstance(clear, bytes) else clear.encode("utf-8"))
        except Exception:  # noqa: S112 - a damaged cipher raises anything; the next key may fit
            continue
    raise Rejected("cannot be decrypted")


def signed(*parts: str) -> str:
    joined = "".join(sorted(parts)).encode("utf-8", "replace")
    return hashlib.sha1(joined).hexdigest()  # noqa: S324 - the platform's own scheme


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode("utf-8", "replace"))
