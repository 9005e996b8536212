"""A message finds its way to a colleague: by the way they prefer, else by the next one.

The letter's key names message and way, so that a message goes out once by each way at most. A
letter of which nobody knows whether it arrived is not sent by another way: a person may ask for it.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from app.core import mail, outbox
from app.core.clock import LONG_AGO, now, today
from app.core.db import db, insert_once
from app.core.many import insert_all
from app.core.outbox import Letter
from app.digests import letters, reach
from app.digests.models import (
    EMPTY,
    FAILED,
    NOWHERE,
    SENT,
    UNKNOWN,
    WAITING,
    Delivery,
    DeliveryLine,
)
from app.staff.models import Staff
from app.wechat import noticing
from app.wecom import sending as wecom

ACCOUNT = "digest"  # these letters stand apart in the book of letters
PREFIX = "delivery:"
Line = dict[str, Any]  # part, customer_id, followup_id, chat_id, topic_id, once


def start(
    person: Staff, kind: str, key: str, *, due_at: datetime, on: date | None = None,
    lines: Sequence[Line] = (), facts: dict[str, int] | None = None, empty: bool = False,
    ways: list[str] | None = None,
) -> Delivery | None:  # fmt: skip
    """A message, once for each key, on its way in the caller's transaction; None when it was
    begun before. An empty one is written down and not sent."""
    new = insert_once(
        Delivery, key=key, staff_id=person.id, kind=kind, on=on or today(), due_at=due_at,
        state=EMPTY if empty else WAITING, facts=facts or {},
        ways=reach.of(person) if ways is None else ways,
    )  # fmt: skip
    if new is None:
        return None
    if lines:
        insert_all(DeliveryLine, [_row(new, place, line) for place, line in enumerate(lines)])
    delivery: Delivery = db.session.get_one(Delivery, new)
    if not empty:
        go_on(delivery)
    return delivery


def _row(delivery_id: int, place: int, line: Line) -> Line:
    blank = dict.fromkeys(("followup_id", "chat_id", "topic_id", "once"))
    blank |= {"due_at": LONG_AGO}
    return {**blank, **line, "delivery_id": delivery_id, "place": place}


def go_on(delivery: Delivery) -> None:
    """Write the letter of the next way that is open."""
    person, left = delivery.staff, list(delivery.ways)
    if not left and not delivery.tried:
        delivery.state, delivery.reason = NOWHERE, reach.NO_WAY
    while left:
        way = left.pop(0)
        if why := reach.closed(person, way):
            _refused(delivery, way, why, "")
            continue
        delivery.way, delivery.ways = way, left
        POSTS[way](delivery, reach.address_of(person, way), f"{PREFIX}{delivery.id}:{way}")
        return
    delivery.ways = []
    if delivery.tried:
        delivery.state, delivery.reason = FAILED, delivery.tried[-1]["reason"]


def _refused(delivery: Delivery, way: str, reason: str, code: str) -> None:
    delivery.tried = [*delivery.tried, {"way": way, "reason": reason, "code": code}]


def _post_mail(delivery: Delivery, to: str, key: str) -> None:
    mail.write(
        to, letters.NAMES[delivery.kind], {"delivery": delivery.id},
        language=delivery.staff.language, account=ACCOUNT, key=key,
    )  # fmt: skip


def _post_wechat(delivery: Delivery, to: str, key: str) -> None:
    account = delivery.staff.wechat_account
    outbox.post(noticing.NOTICE, to, _notice(delivery), account=account, key=key)


def _post_wecom(delivery: Delivery, to: str, key: str) -> None:
    outbox.post(wecom.CHANNEL, to, _notice(delivery), account=ACCOUNT, key=key)


def _notice(delivery: Delivery) -> dict[str, object]:
    return {"notice": letters.NOTICE, "delivery": delivery.id, "language": delivery.staff.language}


POSTS: dict[str, Callable[[Delivery, str, str], None]] = {
    reach.EMAIL: _post_mail, reach.WECHAT: _post_wechat, reach.WECOM: _post_wecom,
}  # fmt: skip


def heed(letter: Letter, _before: str) -> None:
    """The outbox tells of a letter's new end; ours are known by their key."""
    if not (letter.key or "").startswith(PREFIX):
        return
    number, way = str(letter.key).removeprefix(PREFIX).split(":")
    delivery = db.session.get(Delivery, int(number), with_for_update=True, populate_existing=True)
    if delivery is None or delivery.way != way:
        return
    if letter.state == "sent":
        delivery.state, delivery.reason, delivery.sent_at = SENT, "", now()
    elif letter.state == "unknown":
        delivery.state, delivery.reason = UNKNOWN, letter.reason
    elif letter.state == "failed":
        _refused(delivery, way, letter.reason, letter.code)
        go_on(delivery)
    else:
        delivery.state, delivery.reason = WAITING, ""
