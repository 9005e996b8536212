"""Letters to WeChat: the guard before each, the call, and what the platform says."""

from collections.abc import Callable

from wechatpy.exceptions import WeChatClientException

from app.core.clock import now
from app.core.db import db, let_go
from app.core.errors import N_, DeliveryFailed, DeliveryUnknown
from app.core.outbox import Letter, Verdict
from app.inbox import cards, meter, sharing
from app.inbox.cards import Card
from app.inbox.models import Media
from app.wechat import accounts, allowances, client, faults, followers, media, pausing
from app.wechat.accounts import Account
from app.wechat.models import Follower

PAUSED = N_("微信这会儿不收消息，在等，通了会自动发出")
NOT_BOUND = N_("这个公众号没有接好，请店主到设置里检查")


def guard(letter: Letter) -> Verdict | None:
    """Refuse what must not go out, with the reason that the sender reads."""
    if letter.channel != "wechat":
        return None
    account = accounts.get(letter.account)
    follower = followers.of(letter.account, letter.to)
    if account is None:
        return Verdict(NOT_BOUND)
    if follower is None:
        return Verdict(N_("这个微信号不属于这个公众号，发不过去"))
    return _about_person(follower) or _about_window(follower) or _about_platform(follower)


def _about_person(follower: Follower) -> Verdict | None:
    customer = follower.customer
    if not follower.following:
        return Verdict(meter.LEFT)
    if customer.do_not_disturb:
        return Verdict(meter.UNTOUCHED)
    if customer.is_archived:
        return Verdict(meter.PUT_AWAY)
    return None


def _about_window(follower: Follower) -> Verdict | None:
    if allowances.usable(follower):
        return None
    last = allowances.newest(follower)
    used = last is not None and last.left <= 0
    code = faults.QUOTA_USED if used else faults.WINDOW_CLOSED
    return Verdict(faults.of(code).reason, str(code))


def _about_platform(follower: Follower) -> Verdict | None:
    end = pausing.until(follower.account)
    return Verdict(PAUSED, until=end) if end else None


def send(letter: Letter) -> str:
    """Send one letter, and note how the way to the platform is."""
    account = accounts.get(letter.account)
    if account is None:  # taken away since the guard looked
        raise DeliveryFailed(NOT_BOUND, permanent=True)
    with pausing.watched(account.app_id):
        _carry(letter, account)
    return ""


def _carry(letter: Letter, account: Account) -> None:
    """No transaction is open while the platform thinks."""
    call = _said(letter, account)
    let_go()
    try:
        client.expect_ok(client.call(account, call))
    except DeliveryFailed as failure:
        if failure.code in CORRECTIONS:
            _settle_with(letter, CORRECTIONS[failure.code])
        if failure.code == str(faults.MEDIA_GONE) and "media" in letter.body:
            media.forget_upload(letter.body["media"])
        raise
    except DeliveryUnknown:
        _settle_with(letter, allowances.spent)
        raise
    _settle_with(letter, allowances.spent)


def _said(letter: Letter, account: Account) -> Callable[[client.Client], dict[str, object]]:
    """The call that says it: of words, of a card, or of a file that is uploaded first."""
    to, body = letter.to, letter.body
    kind = str(body.get("kind", "text"))
    if kind == "text":
        return lambda platform: platform.message.send_text(to, str(body["text"]))
    if kind in (cards.KIND, "file"):
        card = _card(letter)
        return lambda platform: _send_card(platform, to, card)
    media_id = media.uploaded(account, db.session.get_one(Media, body["media"]))
    return lambda platform: getattr(platform.message, SENDERS[kind])(to, media_id)


SENDERS = {"image": "send_image", "voice": "send_voice", "video": "send_video"}


def _card(letter: Letter) -> Card:
    """A card as it was written, or one that leads to a file: the platform has no message for
    those (docs/decisions/0019)."""
    body = letter.body
    if body["kind"] == cards.KIND:
        return Card(str(body["title"]), str(body["text"]), str(body["url"]))
    base = cards.base_of(letter.channel, letter.account)
    if not base:  # the public address was taken away since
        raise DeliveryFailed(sharing.NOWHERE, permanent=True)
    return sharing.card(db.session.get_one(Media, body["media"]), base)


def _send_card(platform: client.Client, to: str, card: Card) -> dict[str, object]:
    """One article; where this account may send none, its words and address as a text. A refusal
    is certain, so nothing arrives twice."""
    article = {"title": card.title, "description": card.text, "url": card.url, "picurl": ""}
    try:
        return dict(platform.message.send_articles(to, [article]))
    except WeChatClientException as error:
        if error.errcode not in faults.NO_CARDS:
            raise
    return dict(platform.message.send_text(to, card.words))


def _gone(follower: Follower) -> None:
    """The platform says that they do not follow us: then they have left, and we missed it."""
    if follower.following:
        followers.unfollow(follower, now())
    allowances.show(follower)


# What a refusal of the platform tells us about the follower.
CORRECTIONS: dict[str, Callable[[Follower], None]] = {
    str(faults.WINDOW_CLOSED): allowances.closed,
    str(faults.QUOTA_USED): allowances.used_up,
    **{str(code): _gone for code in faults.NOT_FOLLOWING},
}


def _settle_with(letter: Letter, how: Callable[[Follower], None]) -> None:
    follower = followers.of(letter.account, letter.to)
    if follower:
        how(follower)
