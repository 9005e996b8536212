"""Group notices: a word to some members, each chosen by name, within what each still welcomes.

Never to all: a few at a time, in the daytime, not to who waits for an answer, and seldom to the
same person. What leaves goes through the outbox and its guards like everything else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.community.models import Group, GroupNotice, Membership, NoticeLine
from app.core import outbox
from app.core.clock import FAR_OFF, local, now
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.settings import setting
from app.customers import timeline
from app.customers.models import Customer
from app.inbox import indexing, meter, receiving
from app.inbox.models import Conversation, Message
from app.inbox.replying import MOST_BYTES
from app.inbox.variables import fill
from app.staff import audit
from app.staff.models import Staff

TOLD = timeline.kind("group.notice", N_("群通知"), "group", "text", group="talk")
MOST = 20  # people of one notice: more is a mailing, and those are not sent from here
WEEK, AGAIN = timedelta(days=7), timedelta(minutes=2)
SHOWN = 20
NO_TALK = N_("还没和公众号说过话，发不到")
WAITS = N_("正在等你回复：先回复，别发通知")
ENOUGH = N_("这几天已经收过群通知了")
NOT_IN = N_("已经不在这个社群里")

PER_WEEK = setting(
    "community.notices_per_week", 1, label=N_("同一位客户 7 天里最多收几条群通知"), least=0,
    most=7, group="community", hint=N_("不管在几个群里；0 是都不发。回复客户不算"),
)  # fmt: skip
FROM = setting(
    "community.notices_from", 9, label=N_("群通知每天几点起可以发"), least=0, most=23,
    group="community", hint=N_("太早太晚打扰人；按本店的时区"),
)  # fmt: skip
UNTIL = setting(
    "community.notices_until", 21, label=N_("群通知每天几点后不再发"), least=1, most=24,
    group="community", hint=N_("太早太晚打扰人；按本店的时区"),
)  # fmt: skip

# Handed over in wiring.py: why a customer wants no notices, as a source sentence; "" when they may.
unwelcome: list[Callable[[Customer], str]] = []


@dataclass(frozen=True)
class Reach:
    """Whether a member may get a notice now: by which conversation, else why not."""

    customer: Customer
    chat: Conversation | None
    why: str = ""  # a source sentence


def reach(group: Group, customers: Sequence[Customer]) -> list[Reach]:
    """Of each of these, whether a notice may go out to them now."""
    ids = [one.id for one in customers]
    mine = select(Membership.customer_id).where(Membership.group_id == group.id)
    inside = set(db.session.scalars(mine.where(Membership.customer_id.in_(ids))))
    chats, had = _chats(ids), _had(ids)
    found = []
    for customer in customers:
        chat = chats.get(customer.id)
        why = NOT_IN if customer.id not in inside else _obstacle(customer, chat, had)
        found.append(Reach(customer, None if why else chat, why))
    return found


def _obstacle(customer: Customer, chat: Conversation | None, had: dict[int, int]) -> str:
    if chat is None:
        return NO_TALK
    if chat.waiting_since != FAR_OFF:
        return WAITS
    if had.get(customer.id, 0) >= PER_WEEK():
        return ENOUGH
    said = next((why for ask in unwelcome if (why := ask(customer))), "")
    return said or meter.obstacle(chat)


def _chats(ids: Sequence[int]) -> dict[int, Conversation]:
    """The conversation in which each was last talked with."""
    of = select(Conversation).options(joinedload(Conversation.customer))
    rows = db.session.scalars(of.where(Conversation.customer_id.in_(ids)))
    return {one.customer_id: one for one in sorted(rows, key=lambda chat: chat.last_at)}


def _had(ids: Sequence[int]) -> dict[int, int]:
    """How many notices each got within the week, of whatever community."""
    lately = (NoticeLine.customer_id.in_(ids), NoticeLine.created_at > now() - WEEK)
    counted = select(NoticeLine.customer_id, func.count(NoticeLine.id))
    got = counted.where(*lately, NoticeLine.message_id.is_not(None))
    rows = db.session.execute(got.group_by(NoticeLine.customer_id))
    return {customer_id: int(count) for customer_id, count in rows}


def check(customers: Sequence[Customer], text: str) -> None:
    """What may not be sent at all."""
    if not customers:
        raise Refused(N_("还没有选人：勾上要通知的成员"), field="members")
    if len(customers) > MOST:
        raise Refused(
            N_("一次最多通知 %(n)s 位，不做群发；请只选这件事真正有关的人"), field="members", n=MOST
        )
    if not text.strip():
        raise Refused(N_("还没有写内容：写一句再发送"), field="text")
    if len(text.encode("utf-8")) > MOST_BYTES - 100:  # room for a name in the place of {称呼}
        raise Refused(N_("太长了，微信一条最多约 680 个汉字，请分成两条发"), field="text")


def send(group: Group, customers: Sequence[Customer], text: str, *, by: Staff) -> GroupNotice:
    """Write it to those who may be reached now, and say of the others why not."""
    check(customers, text)
    if not FROM() <= local(now()).hour < UNTIL():
        raise Refused(
            N_("现在太早或太晚，群通知只在 %(start)s 点到 %(end)s 点之间发"), field="text",
            start=FROM(), end=UNTIL(),
        )  # fmt: skip
    db.session.refresh(group, with_for_update={"key_share": True})  # of two at once one waits
    if known := _sent_before(group, text, by):
        return known
    found = reach(group, customers)
    if not any(one.chat for one in found):
        raise Refused(N_("选的人现在一位也发不到，原因写在名字后面"), field="members")
    notice = GroupNotice(group_id=group.id, text=text.strip(), by_id=by.id)
    db.session.add(notice)
    db.session.flush()
    for one in found:
        message = _say(notice, one.chat, by) if one.chat else None
        line = NoticeLine(notice_id=notice.id, customer_id=one.customer.id, reason=one.why)
        line.message_id = message.id if message else None
        db.session.add(line)
    audit.log(by, "group.notice_sent", f"group:{group.id}", notice=notice.id)
    db.session.flush()
    return notice


def _sent_before(group: Group, text: str, by: Staff) -> GroupNotice | None:
    """The same form sent twice is one notice."""
    same = (GroupNotice.group_id == group.id, GroupNotice.by_id == by.id)
    lately = (GroupNotice.text == text.strip(), GroupNotice.created_at > now() - AGAIN)
    newest = select(GroupNotice).where(*same, *lately).order_by(GroupNotice.id.desc())
    return db.session.scalar(newest.limit(1))


def _say(notice: GroupNotice, chat: Conversation, by: Staff) -> Message | None:
    """A letter and a bubble; nobody's answer, so whoever waits would still wait."""
    text = fill(notice.text, called=chat.customer.name)
    key = f"group-notice:{notice.id}:{chat.id}"
    body: dict[str, object] = {"text": text, "purpose": "notice"}
    letter = outbox.post(chat.channel, chat.address, body, account=chat.account, key=key)
    if letter is None:
        return None
    message = Message(
        conversation_id=chat.id, inbound=False, kind="text", text=text, details={}, at=now(),
        by_id=by.id, letter_id=letter.id, attached="", gist="",
    )  # fmt: skip
    db.session.add(message)
    db.session.flush()
    indexing.add(message)
    if not chat.unread:
        receiving.show_last(chat, message)
    timeline.record(
        TOLD, chat.customer, by=by, group=notice.group.name, text=text[: receiving.PREVIEW]
    )
    return message


def of(group: Group) -> list[GroupNotice]:
    newest = select(GroupNotice).where(GroupNotice.group_id == group.id)
    loads = newest.options(joinedload(GroupNotice.by)).order_by(GroupNotice.id.desc())
    return list(db.session.scalars(loads.limit(SHOWN)))


def lines_of(notices: Sequence[GroupNotice]) -> dict[int, list[NoticeLine]]:
    """{notice: its members, with what became of each}."""
    mine = select(NoticeLine).where(NoticeLine.notice_id.in_([one.id for one in notices]))
    loads = (joinedload(NoticeLine.customer),
             joinedload(NoticeLine.message).joinedload(Message.letter))  # fmt: skip
    found: dict[int, list[NoticeLine]] = {}
    for line in db.session.scalars(mine.options(*loads).order_by(NoticeLine.id)):
        found.setdefault(line.notice_id, []).append(line)
    return found
