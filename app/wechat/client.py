"""Our gateway around wechatpy: one address base for every host, time-outs, one bounded retry."""

from collections.abc import Callable
from typing import Any, TypeVar

import requests
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from app.core.errors import N_, DeliveryFailed, DeliveryUnknown
from app.wechat import tokens
from app.wechat.accounts import Account
from app.wechat.faults import STALE_TOKEN, of

R = TypeVar("R")
UNREADABLE = N_("微信的回答看不懂，不知道对方收到没有")
TIMEOUT = (3.0, 10.0)  # seconds to connect, to read


class RebasedHTTP(requests.Session):
    """Every call has a time-out; with a base, `https://HOST/x` becomes `BASE/HOST/x`."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base.rstrip("/")
        self.trust_env = False

    def request(self, method: Any, url: Any, **options: Any) -> requests.Response:  # type: ignore[override]
        if self.base and str(url).startswith("https://"):
            url = f"{self.base}/{str(url)[8:]}"
        options["timeout"] = options.get("timeout") or TIMEOUT
        options["allow_redirects"] = False
        return super().request(method, url, **options)


class Client(WeChatClient):  # type: ignore[misc]
    """wechatpy for one account, with the token of our database."""

    def __init__(self, account: Account) -> None:
        super().__init__(account.app_id, account.secret, timeout=TIMEOUT, auto_retry=False)
        self._http = RebasedHTTP(account.api_base)
        self.token = ""

    @property
    def access_token(self) -> str:
        return str(self.__dict__.get("token", ""))


def call(account: Account, ask: Callable[[Client], R]) -> R:
    """Ask the platform; a stale token is renewed and the call repeated once."""
    client = Client(account)
    client.token = tokens.current(account, client._http)
    try:
        return _once(client, ask)
    except DeliveryFailed as failure:
        if failure.code not in {str(code) for code in STALE_TOKEN}:
            raise
    client.token = tokens.renew(account, client._http, refused=client.token)
    return _once(client, ask)


def _once(client: Client, ask: Callable[[Client], R]) -> R:
    try:
        return _understood(ask(client))
    except WeChatClientException as error:
        if error.errcode is None:
            raise DeliveryUnknown(N_("微信的服务器出错，不知道对方收到没有")) from error
        fault = of(error.errcode)
        raise DeliveryFailed(
            fault.reason, permanent=fault.permanent, code=str(error.errcode)
        ) from error
    except requests.ConnectTimeout as error:
        raise DeliveryFailed(N_("连不上微信，稍后会自动再发"), permanent=False) from error
    except requests.ConnectionError as error:
        raise _broken_line(error) from error
    except requests.RequestException as error:
        raise DeliveryUnknown(N_("微信没有回答，不知道对方收到没有")) from error
    except (TypeError, ValueError) as error:  # an errcode that is no number
        raise DeliveryUnknown(UNREADABLE) from error


def _understood(answer: R) -> R:
    """wechatpy hands an answer on that is no JSON object of the platform: a proxy's page, a
    redirect. Whether the platform itself has heard us is then anybody's guess."""
    if not isinstance(answer, dict):
        raise DeliveryUnknown(UNREADABLE)
    return answer


def expect_ok(answer: object) -> None:
    """A message is sent when the platform says so: half an answer says nothing."""
    if not (isinstance(answer, dict) and answer.get("errcode") == 0):
        raise DeliveryUnknown(UNREADABLE)


def _broken_line(error: requests.ConnectionError) -> Exception:
    """Never connected: safe to try again. Cut in the middle: nobody knows."""
    if "NewConnectionError" in repr(error) or "NameResolution" in repr(error):
        return DeliveryFailed(N_("连不上微信，稍后会自动再发"), permanent=False)
    return DeliveryUnknown(N_("和微信的连接断了，不知道对方收到没有"))
