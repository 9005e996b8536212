"""From a stored push to the room that it concerns."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.jobs import job
from app.core.many import insert_each_once
from app.customers import timeline
from app.inbox import greeting, receiving
from app.wechat import allowances, colleagues, followers
from app.wechat.envelopes import Envelope, Rejected, fields
from app.wechat.kinds import CHANNEL, CLICKED, LOCATED, SCANNED, VIEWED
from app.wechat.models import Arrival, Follower

LONGEST_KEY = 300


def store(envelopes: Sequence[Envelope]) -> list[bool]:
    """Keep pushes and their jobs, in the caller's transaction. False for what is known already."""
    keys = [(envelope.account.app_id, _key(envelope)) for envelope in envelopes]
    rows = [_row(envelope, key) for envelope, (_account, key) in zip(envelopes, keys, strict=True)]
    stored = insert_each_once(Arrival, rows, "id", "account", "key")
    new = {(account, key): arrival_id for arrival_id, account, key in stored}
    pairs = [(envelope, new.pop(key, None)) for envelope, key in zip(envelopes, keys, strict=True)]
    todo = [(_line(envelope), (n,)) for envelope, n in pairs if n and not envelope.fault]
    if todo:
        process.each_later(todo)
    return [n is not None for _envelope, n in pairs]


def _row(envelope: Envelope, key: str) -> dict[str, object]:
    return {
        "account": envelope.account.app_id, "key": key, "openid": _openid(envelope),
        "raw": envelope.raw, "stamp": envelope.stamp, "nonce": envelope.nonce,
        "fault": envelope.fault, "done_at": now() if envelope.fault else None,
    }  # fmt: skip


def _openid(envelope: Envelope) -> str:
    return envelope.body.get("FromUserName", "")[:128]


def _line(envelope: Envelope) -> str:
    return f"arrival:{envelope.account.app_id}:{_openid(envelope)}"[:200]


def refuse_replay(envelope: Envelope) -> None:
    """A nonce that came with another body is somebody's replay, not the platform's repeat."""
    used_for = db.session.scalar(
        select(Arrival.key)
        .where(Arrival.account == envelope.account.app_id, Arrival.nonce == envelope.nonce)
        .where(Arrival.stamp == envelope.stamp)
    )
    if used_for is not None and used_for != _key(envelope):
        raise Rejected("nonce used for another body")


def _key(envelope: Envelope) -> str:
    """MsgId, or openid + time + event + event key; a readable key, unique per account."""
    if envelope.fault:
        return "bad:" + hashlib.sha256(envelope.raw.encode("utf-8", "replace")).hexdigest()
    body = envelope.body
    if body.get("MsgId"):
        key = f"msg:{body['MsgId']}"
    else:
        parts = (body["FromUserName"], body["CreateTime"], body.get("Event"), body.get("EventKey"))
        key = "event:" + "|".join(part or "" for part in parts)
    if len(key) > LONGEST_KEY:
        key = "long:" + hashlib.sha256(key.encode()).hexdigest()
    return key


@job(lane="arrivals", tries=6)
def process(arrival_id: int) -> None:
    """Bring one push to its room. Runs in order for each openid; doing it twice does it once."""
    arrival = db.session.get_one(Arrival, arrival_id)
    if arrival.done_at:
        return
    body = fields(arrival.raw)
    at = _moment(body)
    follower = followers.meet(arrival.account, arrival.openid, at)
    kind = _kind(body)
    trigger = _trigger(kind, body)
    if trigger:
        followers.heard_of(follower, at)
        allowances.grant(follower, trigger, at)
    handler = HANDLERS.get(kind, _unknown)
    handler(follower, body, at, f"wechat:{arrival.account}:{arrival.key}"[:200])
    if trigger or kind == GOODBYE:
        allowances.show(follower)  # after the handler, which may have begun the conversation
    arrival.done_at = now()


def _moment(body: dict[str, str]) -> datetime:
    """When the platform says that it happened; never in our future."""
    return min(datetime.fromtimestamp(int(body["CreateTime"]), UTC), now())


def _kind(body: dict[str, str]) -> str:
    kind = body["MsgType"].lower()
    return "event:" + body.get("Event", "").lower() if kind == "event" else kind


def _trigger(kind: str, body: dict[str, str]) -> str:
    """What this push lets us send, as a key of allowances.TRIGGERS; empty: nothing.

    A choice in a menu that we sent as a message comes as a text, and counts as a menu.
    """
    if not kind.startswith("event:"):
        known = kind in HANDLERS
        return ("menu" if body.get("bizmsgmenuid") else "message") if known else ""
    return EVENTS.get(kind, "")


GOODBYE = "event:unsubscribe"
EVENTS = {
    "event:click": "menu",
    "event:scancode_push": "menu",
    "event:scancode_waitmsg": "menu",
    "event:subscribe": "follow",
    "event:scan": "scan",
    "event:user_pay_from_pay_cell": "payment",
}
Handler = Callable[[Follower, dict[str, str], datetime, str], None]


def _heard(
    follower: Follower, kind: str, text: str, details: dict[str, Any], at: datetime, key: str
) -> None:
    heard = receiving.receive(
        follower.customer, channel=CHANNEL, account=follower.account, address=follower.openid,
        kind=kind, text=text, details={k: v for k, v in details.items() if v}, at=at, key=key,
    )  # fmt: skip
    if heard:
        greeting.answer_when_closed(heard)


def _text(follower: Follower, body: dict[str, str], at: datetime, key: str) -> None:
    said = body.get("Content", "")
    if not colleagues.claim(follower, said):
        _heard(follower, "text", said, {}, at, key)


def _image(follower: Follower, body: dict[str, str], at: datetime, key: str) -> None:
    details = {"media": body.get("MediaId"), "url": body.get("PicUrl")}
    _heard(follower, "image", "", details, at, key)


def _voice(follower: Follower, body: dict[str, str], at: datetime, key: str) -> None:
    details = {"media": body.get("MediaId"), "format": body.get("Format")}
    _heard(follower, "voice", body.get("Recognition", ""), details, at, key)


def _video(follower: Follower, body: dict[str, str], at: datetime, key: str) -> None:
    details = {"media": body.get("MediaId"), "thumb": body.get("ThumbMediaId")}
    _heard(follower, "video", "", details, at, key)


def _file(follower: Follower, body: dict[str, str], at: datetime, key: str) -> None:
    details = {"media": body.get("MediaId"), "size": body.get("FileTotalLen")}
    _heard(follower, "file", body.get("Title", ""), details, at, key)


def _location(follower: Follower, body: dict[str, str], at: datetime, key: str) -> None:
    details = {"lat": body.get("Location_X"), "lng": body.get("Location_Y")}
    _heard(follower, "location", body.get("Label", ""), details, at, key)


def _link(follower: Follower, body: dict[str, str], at: datetime, key: str) -> None:
    details = {"url": body.get("Url"), "about": body.get("Description")}
    _heard(follower, "link", body.get("Title", ""), details, at, key)


def _subscribe(follower: Follower, body: dict[str, str], at: datetime, _key: str) -> None:
    scene = body.get("EventKey", "").removeprefix("qrscene_")
    if colleagues.claim_scan(follower, scene):
        scene = ""
    if followers.follow(follower, at, scene=scene):
        greeting.welcome(
            follower.customer, channel=CHANNEL, account=follower.account,
            address=follower.openid, at=at,
        )  # fmt: skip


def _unsubscribe(follower: Follower, _body: dict[str, str], at: datetime, _key: str) -> None:
    followers.unfollow(follower, at)


def _scan(follower: Follower, body: dict[str, str], at: datetime, _key: str) -> None:
    scene = body.get("EventKey", "")
    if not colleagues.claim_scan(follower, scene):
        timeline.record(SCANNED, follower.customer, at=at, scene=scene[:128])


def _click(follower: Follower, body: dict[str, str], at: datetime, _key: str) -> None:
    timeline.record(CLICKED, follower.customer, at=at, button=body.get("EventKey", "")[:128])


def _view(follower: Follower, body: dict[str, str], at: datetime, _key: str) -> None:
    timeline.record(VIEWED, follower.customer, at=at, page=body.get("EventKey", "")[:300])


def _located(follower: Follower, body: dict[str, str], at: datetime, _key: str) -> None:
    lat, lng = body.get("Latitude", "")[:20], body.get("Longitude", "")[:20]
    timeline.record(LOCATED, follower.customer, at=at, lat=lat, lng=lng)


def _unknown(_follower: Follower, _body: dict[str, str], _at: datetime, _key: str) -> None:
    """Stored raw and otherwise left alone: the platform invents kinds faster than we read."""


HANDLERS: dict[str, Handler] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "file": _file,
    "location": _location,
    "link": _link,
    "event:subscribe": _subscribe,
    GOODBYE: _unsubscribe,
    "event:scan": _scan,
    "event:click": _click,
    "event:view": _view,
    "event:location": _located,
}
