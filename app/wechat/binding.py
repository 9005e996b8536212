"""Binding the real account: what the owner types, and keys made for them."""

import base64
import json
import re
import secrets
import string
from datetime import timedelta

from app.core import vault
from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.wechat import accounts
from app.wechat.accounts import APP_ID, PRACTICE_ID, Pair
from app.wechat.models import AccessToken, Proof, Tally

KEPT = timedelta(hours=24)  # for which the platform may still use what was replaced
MOST_PREVIOUS = 4  # whoever presses the button again and again is not locked out
APP_ID_SHAPE = re.compile(r"wx[0-9a-zA-Z]{16}")
SECRET_SHAPE = re.compile(r"[0-9a-zA-Z]{32}")
TOKEN_SHAPE = re.compile(r"[0-9a-zA-Z]{3,32}")
PROOF_NAME = re.compile(r"MP_verify_([0-9A-Za-z]{4,64})\.txt")
LARGEST_PROOF = 1024
MOST_PROOFS = 5
LETTERS = string.ascii_letters + string.digits


def put_app(*, app_id: str, secret: str) -> list[str]:
    """Keep the account's id and secret where the environment leaves them open; what changed."""
    given, changed = accounts.parts().given, []
    if "app_id" not in given and app_id:
        if not APP_ID_SHAPE.fullmatch(app_id) or app_id.startswith(PRACTICE_ID):
            raise Refused(
                N_("AppID 不对：它以 wx 开头，一共 18 位。请从公众号后台复制"), field="app_id"
            )
        changed += ["app_id"] if APP_ID.moves_to(app_id) else []
    if "secret" not in given and secret:
        if not SECRET_SHAPE.fullmatch(secret):
            raise Refused(
                N_("AppSecret 不对：它是 32 位字母和数字，你填的是 %(n)s 位。请从公众号后台复制"),
                field="secret",
                n=len(secret),
            )
        vault.put("wechat.secret", secret)
        changed.append("secret")
    if changed:
        _forget_token()
    return changed


def make_keys() -> tuple[str, str]:
    """A new token and AES key; what was there stays good for 24 hours. Shown this once."""
    token = "".join(secrets.choice(LETTERS) for _ in range(32))
    return _replace(token, _made_key())


def put_keys(*, token: str, aes_key: str) -> None:
    """Keep a token and key that stand in the platform's back office already."""
    if not TOKEN_SHAPE.fullmatch(token):
        raise Refused(N_("Token 不对：它是 3 到 32 位字母和数字"), field="token")
    check_key(aes_key)
    _replace(token, aes_key)


def check_key(typed: str) -> None:
    """Said at once, before a single message cannot be read."""
    if len(typed) != 43:
        raise Refused(
            N_("EncodingAESKey 不对：它是 43 位，你填的是 %(n)s 位。请从公众号后台重新复制"),
            field="aes_key",
            n=len(typed),
        )
    if not accounts.is_key(typed):
        raise Refused(
            N_("EncodingAESKey 不对：里面有不该有的符号，它只有字母和数字。请重新复制"),
            field="aes_key",
        )


def _made_key() -> str:
    """43 letters and digits that stand for 32 bytes, as the platform makes them."""
    while True:
        key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        if key.isalnum():
            return key


def _replace(token: str, aes_key: str) -> tuple[str, str]:
    found = accounts.parts()
    if {"token", "aes_key"} & found.given:
        raise Refused(N_("Token 和 EncodingAESKey 由服务器的环境变量给出，这里改不了"))
    old, new = (found.values["token"], found.values["aes_key"]), (token, aes_key)
    if old == new:
        return new
    pairs = [pair for pair in found.previous if (pair.token, pair.aes_key) != new]
    if old[0]:
        pairs = [Pair(*old, until=now() + KEPT), *pairs][:MOST_PREVIOUS]
    written = json.dumps([[p.token, p.aes_key, p.until.isoformat()] for p in pairs])
    vault.put("wechat.token", token)
    vault.put("wechat.aes_key", aes_key)
    vault.put("wechat.previous", written if pairs else "")
    forget_counts()
    return new


def forget_counts() -> None:
    """Other keys: what was counted about the old ones says nothing any more."""
    db.session.execute(db.delete(Tally).execution_options(synchronize_session=False))


def _forget_token() -> None:
    """Another id or secret: the next call asks the platform for a token of its own."""
    app_id = accounts.parts().values["app_id"]
    db.session.execute(
        db.delete(AccessToken)
        .where(AccessToken.account == app_id)
        .execution_options(synchronize_session=False)
    )


# The file by which the platform sees whose the domain is ------------------------------------------


def put_proof(filename: str, content: bytes) -> Proof:
    """Keep MP_verify_….txt, to be served from the root of our address."""
    named = PROOF_NAME.fullmatch(filename.strip())
    if named is None:
        raise Refused(
            N_("文件名不对：要用公众号后台下载的那个文件，名字像 MP_verify_….txt，不要改名"),
            field="file",
        )
    text = content[: LARGEST_PROOF + 1].decode("ascii", "replace").strip()
    if len(content) > LARGEST_PROOF or not text.isascii() or not text.isalnum():
        raise Refused(
            N_("文件的内容不对：它只有一行字母和数字。请从公众号后台重新下载，不要改动"),
            field="file",
        )
    proof = proof_of(named[1])
    if proof is None:
        if (db.session.scalar(db.select(db.func.count(Proof.id))) or 0) >= MOST_PROOFS:
            raise Refused(N_("文件太多了，请先删掉不用的"), field="file")
        proof = Proof(code=named[1], content=text)
        db.session.add(proof)
    proof.content = text
    db.session.flush()
    return proof


def proof_of(code: str) -> Proof | None:
    found: Proof | None = db.session.scalar(db.select(Proof).where(Proof.code == code[:64]))
    return found


def proofs() -> list[Proof]:
    return list(db.session.scalars(db.select(Proof).order_by(Proof.id)))
