"""回复额度: what may still be sent to one address, as its channel keeps it up to date here.

The rules are the channel's (app/wechat/allowances.py); a conversation carries only their outcome,
so that the list and the composer tell it without another look-up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.core.clock import FAR_OFF, LONG_AGO, now
from app.core.db import db
from app.core.errors import N_, Refused
from app.inbox.models import Conversation

UNMETERED = FAR_OFF  # `window_until` of a channel that counts nothing
GONE = -1  # `window_left` of somebody who does not follow us
NO_LIMIT = 1000  # from so many messages on nobody counts
DRAWN_ANEW = 300  # seconds
KEPT_ALARMS = 3  # those about waiting; one about the window that has just changed is over

LEFT = N_("对方已经取消关注，发不过去。可以打电话联系")
UNTOUCHED = N_("这位客户设了「勿扰」。要发的话，先在资料里取消勿扰")
PUT_AWAY = N_("这位客户已经收起来了。要发的话，先恢复")
CLOSED = N_("对方超过 48 小时没有说话，微信不让主动发。等对方来消息，或打电话联系")
USED_UP = N_("微信允许的条数用完了，等对方再来消息就可以继续")


SHORT = {LEFT: N_("已取消关注"), CLOSED: N_("时限已过"), USED_UP: N_("条数用完")}


@dataclass(frozen=True)
class Meter:
    """So many messages until then; with none left, why not (a source sentence)."""

    left: int
    until: datetime
    why: str = ""

    def less(self, under_way: int) -> "Meter":
        """What is left when those have arrived that are on their way."""
        left = max(0, self.left - under_way)
        return replace(self, left=left, why=self.why if left else self.why or USED_UP)

    @property
    def unlimited(self) -> bool:
        return self.left >= NO_LIMIT

    @property
    def short(self) -> str:
        return SHORT.get(self.why, "")


def of(row: Any) -> Meter | None:
    """What the columns of a conversation, or of a row of the list, say now; None: no limit."""
    if row.window_until == UNMETERED:
        return None
    if row.window_left == GONE:
        return Meter(0, LONG_AGO, LEFT)
    moment = now()
    pairs = ((row.window_until, row.window_left), (row.touch_until, row.touch_left))
    running = [(until, left) for until, left in pairs if until > moment]
    usable = [(until, left) for until, left in running if left > 0]
    if usable:
        return Meter(sum(left for _until, left in usable), max(until for until, _left in usable))
    if running:
        return Meter(0, max(until for until, _left in running), USED_UP)
    return Meter(0, LONG_AGO, CLOSED)


def obstacle(chat: Conversation) -> str:
    """Why nothing may be sent to this conversation now; empty when something may."""
    if chat.customer.do_not_disturb:
        return UNTOUCHED
    if chat.customer.is_archived:
        return PUT_AWAY
    shown = of(chat)
    return shown.why if shown else ""


def admit(chat: Conversation) -> None:
    """Refuse before the platform does, so that the words stay where they were typed."""
    why = obstacle(chat)
    if why:
        raise Refused(why, field="text")


def tick() -> int:
    """Changes every few minutes: a list that shows what is left is then drawn anew."""
    return int(now().timestamp()) // DRAWN_ANEW


def summed(
    windows: Iterable[tuple[datetime, int]], *, follows: bool, at: datetime
) -> dict[str, Any]:
    """The columns of a conversation for the windows (until, left) that are known.

    The longest one counts for itself; the short ones beside it (a menu, a scan) go together, and
    end with the first of them.
    """
    running = sorted(one for one in windows if one[0] > at)
    if not follows or not running:
        return _columns(LONG_AGO, 0 if follows else GONE)
    *short, longest = running
    spare = [one for one in short if one[1] > 0]
    if not spare:
        return _columns(*longest)
    return _columns(*longest, spare[0][0], sum(left for _until, left in spare))


def _columns(
    until: datetime, left: int, touch_until: datetime = LONG_AGO, touch_left: int = 0
) -> dict[str, Any]:
    return {
        "window_until": until, "window_left": left, "touch_until": touch_until,
        "touch_left": touch_left,
    }  # fmt: skip


def put(channel: str, account: str, address: str, columns: dict[str, Any]) -> None:
    """Write the columns of the conversation with an address, if there is one yet."""
    db.session.execute(
        db.update(Conversation)
        .where(Conversation.channel == channel, Conversation.account == account)
        .where(Conversation.address == address)
        .values(columns | {"alarm": Conversation.alarm.bitwise_and(KEPT_ALARMS)})
    )
