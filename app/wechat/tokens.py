"""The access token of an account: in the database, shared by all, renewed by one."""

import time
from datetime import timedelta
from typing import Any

import requests
from sqlalchemy import Connection, or_, select

from app.core.clock import now
from app.core.db import db, insert_once, let_go, reading
from app.core.errors import N_, DeliveryFailed
from app.wechat.accounts import Account
from app.wechat.faults import of as fault_of
from app.wechat.models import AccessToken

EARLY = timedelta(seconds=180)
LONGEST = 7200  # seconds: the platform gives no token for longer
LEASE = timedelta(seconds=15)
NEVER = LEASE + timedelta(minutes=1)  # a lease that ends later was written by a wrong clock
PATIENCE = 20  # looks, half a second apart, at what another refresher brings


def current(account: Account, http: requests.Session) -> str:
    """A good token. Leaves no transaction open while the platform thinks."""
    return _brought(account, refused="") or renew(account, http, refused="")


def renew(account: Account, http: requests.Session, *, refused: str) -> str:
    """A token other than the refused one: another's if there is one, else fetched by one of us."""
    for _look in range(PATIENCE):
        if brought := _brought(account, refused):
            return brought
        if _take_lease(account):
            # Between our look and our lease another may have come back with one.
            return _brought(account, refused) or _fetch(account, http, refused)
        time.sleep(0.5)
    raise DeliveryFailed(N_("公众号的凭证正在更新，稍后会自动再发"), permanent=False)


def _brought(account: Account, refused: str) -> str:
    """A token that is good for longer than they ever are was written by a wrong clock."""
    row = _read(account)
    if row is None or row.token == refused:
        return ""
    return row.token if now() < row.good_until <= now() + timedelta(seconds=LONGEST) else ""


def _read(account: Account) -> AccessToken | None:
    with reading():
        let_go()
        row = db.session.scalar(
            select(AccessToken)
            .where(AccessToken.account == account.app_id)
            .execution_options(populate_existing=True)
        )
        let_go()
    return row


def _take_lease(account: Account) -> bool:
    insert_once(AccessToken, account=account.app_id)
    mine = db.session.scalar(
        db.update(AccessToken)
        .where(AccessToken.account == account.app_id)
        .where(or_(AccessToken.leased_until < now(), AccessToken.leased_until > now() + NEVER))
        .values(leased_until=now() + LEASE)
        .returning(AccessToken.id)
        .execution_options(synchronize_session=False)
    )
    let_go()
    return mine is not None


def _fetch(account: Account, http: requests.Session, refused: str) -> str:
    try:
        found = _ask(account, http, force=False)
        if found["access_token"] == refused:
            found = _ask(account, http, force=True)
    except DeliveryFailed as failure:
        _remember(account, failure.reason)
        raise
    lasting = timedelta(seconds=min(int(found["expires_in"]), LONGEST))
    db.session.execute(
        db.update(AccessToken)
        .where(AccessToken.account == account.app_id)
        .values(
            token=str(found["access_token"]), good_until=now() + max(lasting - EARLY, EARLY),
            leased_until=now(), fault="",
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    let_go()
    return str(found["access_token"])


def _remember(account: Account, fault: str) -> None:
    """Why no token came, for the status page; the next one that comes clears it."""
    db.session.execute(
        db.update(AccessToken)
        .where(AccessToken.account == account.app_id)
        .values(fault=fault)
        .execution_options(synchronize_session=False)
    )
    let_go()


def _ask(account: Account, http: requests.Session, *, force: bool) -> dict[str, Any]:
    body = {
        "grant_type": "client_credential", "appid": account.app_id, "secret": account.secret,
        "force_refresh": force,
    }  # fmt: skip
    try:
        answer = http.post("https://api.weixin.qq.com/cgi-bin/stable_token", json=body)
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise DeliveryFailed(N_("连不上微信，稍后会自动再发"), permanent=False) from error
    if not isinstance(found, dict) or not _is_token(found):
        code = found.get("errcode") if isinstance(found, dict) else None
        fault = fault_of(code if isinstance(code, int) else -1)
        raise DeliveryFailed(fault.reason, permanent=fault.permanent, code=str(code or ""))
    return found


def _is_token(found: dict[str, object]) -> bool:
    given, lasting = found.get("access_token"), found.get("expires_in")
    return isinstance(given, str) and given != "" and isinstance(lasting, int) and lasting > 0


def forget_all(line: Connection) -> None:
    """Of a database that comes from a backup: its tokens are long replaced."""
    line.execute(db.delete(AccessToken))
