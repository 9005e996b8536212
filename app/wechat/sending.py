"""Letters to WeChat: the guard before each, the call, and what the platform says."""

from collections.abc import Callable

from app.core.db import let_go
from app.core.errors import N_, DeliveryFailed, DeliveryUnknown
from app.core.outbox import Letter, Verdict
from app.wechat import accounts, allowances, client, faults, followers
from app.wechat.models import Follower


def guard(letter: Letter) -> Verdict | None:
    """Refuse what must not go out, with the reason that the sender reads."""
    if letter.channel != "wechat":
        return None
    account = accounts.known.get(letter.account)
    follower = followers.of(letter.account, letter.to)
    if account is None:
        return Verdict(N_("这个公众号没有接好，请店主到设置里检查"))
    if follower is None:
        return Verdict(N_("这个微信号不属于这个公众号，发不过去"))
    return _about_person(follower) or _about_window(follower)


def _about_person(follower: Follower) -> Verdict | None:
    customer = follower.customer
    if not follower.following:
        return Verdict(N_("对方已经取消关注，发不过去。可以打电话联系"))
    if customer.do_not_disturb:
        return Verdict(N_("这位客户设了「勿扰」。要发的话，先在资料里取消勿扰"))
    if customer.is_archived:
        return Verdict(N_("这位客户已经收起来了。要发的话，先恢复"))
    return None


def _about_window(follower: Follower) -> Verdict | None:
    if allowances.usable(follower):
        return None
    last = allowances.newest(follower)
    used = last is not None and last.left <= 0
    code = faults.QUOTA_USED if used else faults.WINDOW_CLOSED
    return Verdict(faults.of(code).reason, str(code))


def send(letter: Letter) -> str:
    """Send one letter; no transaction is open while the platform thinks."""
    account, to, text = accounts.known[letter.account], letter.to, str(letter.body["text"])
    let_go()
    try:
        client.call(account, lambda platform: platform.message.send_text(to, text))
    except DeliveryFailed as failure:
        if failure.code in (str(faults.WINDOW_CLOSED), str(faults.QUOTA_USED)):
            _settle_with(letter, allowances.used_up)
        raise
    except DeliveryUnknown:
        _settle_with(letter, allowances.spent)
        raise
    _settle_with(letter, allowances.spent)
    return ""


def _settle_with(letter: Letter, how: Callable[[Follower], None]) -> None:
    follower = followers.of(letter.account, letter.to)
    if follower:
        how(follower)
