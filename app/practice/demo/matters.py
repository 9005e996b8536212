"""What the demo shop's customers want of it: topics in every state, lived through by the verbs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.community import groups, handovers, moving, talking, terms, topics
from app.community.models import AFTERSALE, CUSTOMERS, PRESALE, Topic
from app.core.db import db
from app.customers.models import Customer
from app.inbox.models import Conversation
from app.staff.models import Staff

OWNER, MANAGER, AGENT = 0, 1, 2  # places among the demo colleagues
MEMBER = -1
SINCE = timedelta(days=6)
LEADS = {PRESALE: AGENT, CUSTOMERS: MANAGER, AFTERSALE: MANAGER}

Step = tuple[float, str, int, str]  # hours ago, what, who, what they say


@dataclass(frozen=True)
class Matter:
    kind: str
    text: str
    steps: tuple[Step, ...]
    group: str = ""  # where it begins, if not where its kind belongs


MATTERS = (
    Matter(terms.SERVICE, "奶瓶接口漏奶，想换一个新的", (
        (27, "raise", AGENT, ""), (26.5, "claim", MANAGER, ""),
        (26, "answer", MANAGER, "给您换新的，明天到店就能拿"), (25, "hear", MEMBER, "好的，下午来"),
        (3, "solved", MANAGER, ""), (2, "rate", MEMBER, "5"))),
    Matter(terms.COMPLAINT, "上次送来的纸尿裤拆过包装，很不放心", ((0.4, "ask", MEMBER, ""),)),
    Matter(terms.ORDER, "想订两罐二段奶粉，周六来拿", (
        (20, "ask", MEMBER, ""), (19.5, "answer", MANAGER, "给您留好了，周六几点方便？"),
        (19, "waiting", MANAGER, ""))),
    Matter(terms.QUESTION, "六个月的宝宝能吃哪种米粉", (
        (5, "ask", MEMBER, ""), (4.5, "answer", AGENT, "刚加辅食选原味的高铁米粉就好"),)),
    Matter(terms.QUESTION, "腰凳和背带哪个适合三个月", ((1, "raise", AGENT, ""),)),
    Matter(terms.SERVICE, "学步鞋大了一码，想换小的", (
        (50, "raise", AGENT, ""), (49, "answer", AGENT, "您带鞋来，我看看有没有小一码"),
        (2, "offer", AGENT, "要换货，请售后接一下")), PRESALE),
    Matter(terms.IDEA, "希望店里能代收洗好的二手童装", (
        (70, "ask", MEMBER, ""), (69, "answer", MANAGER, "好主意，我们商量一下再告诉您"))),
    Matter(terms.SERVICE, "储奶袋封口开裂", (
        (60, "raise", AGENT, ""), (59, "claim", MANAGER, ""), (40, "solved", MANAGER, ""),
        (6, "reopen", MEMBER, "换来的那包也裂了"))),
    Matter(terms.ORDER, "爬行垫能不能送货上门", (
        (30, "ask", MEMBER, ""), (29, "answer", MANAGER, "可以的，明天上午送到"),
        (8, "solved", MANAGER, ""))),
)  # fmt: skip


def live(people: list[Staff], asof: datetime, to: Callable[[datetime], None]) -> None:
    """Everything that was wanted, in its order. Nothing leaves the house: WeChat's windows of
    these customers have closed."""
    _answer_for(people)
    for chat, matter in zip(_talks(len(MATTERS), asof), MATTERS, strict=False):
        topic: Topic | None = None
        for hours, what, who, said in matter.steps:
            to(asof - timedelta(hours=hours))
            by = people[who] if who != MEMBER else None
            if topic is None:
                topic = _begin(chat, matter, by)
            else:
                _step(topic, what, by, said)


def _answer_for(people: list[Staff]) -> None:
    for group in groups.every():
        if group.owner_id is None:
            groups.edit(
                group, name=group.name, purpose=group.purpose, owner=people[LEADS[group.kind]],
                deputies=[], by=people[OWNER],
            )  # fmt: skip


def _talks(most: int, asof: datetime) -> list[Conversation]:
    """Of customers who do not wait in the inbox and spoke some days ago, those who spoke last."""
    calm = select(Conversation).join(Customer, Customer.id == Conversation.customer_id)
    calm = calm.where(Conversation.state == "resolved", Customer.name != "")
    calm = calm.where(Conversation.last_at < asof - SINCE)
    ordered = calm.order_by(Conversation.last_at.desc(), Conversation.id).limit(most)
    return list(db.session.scalars(ordered))


def _step(topic: Topic, what: str, by: Staff | None, said: str) -> None:
    if by is None:
        _of_member(topic, what, said)
    elif what == "claim":
        moving.claim(topic, by=by)
    elif what == "answer":
        talking.answer(topic, said, by=by)
    elif what == "offer":
        handovers.offer(topic, groups.first_of(AFTERSALE), reason=said, by=by)
    else:
        moving.move(topic, what, by=by)


def _of_member(topic: Topic, what: str, said: str) -> None:
    if what == "rate":
        moving.rate(topic, int(said), "换得很快")
    elif what == "reopen":
        moving.reopen(topic, by=None, text=said)
    else:
        talking.hear(topic, said)


def _begin(chat: Conversation, matter: Matter, by: Staff | None) -> Topic:
    if by is None:
        return topics.ask(chat.customer, kind=matter.kind, text=matter.text)
    group = groups.first_of(matter.group or terms.HOME[matter.kind])
    topic = topics.raise_topic(
        chat.customer, kind=matter.kind, text=matter.text, by=by, group=group
    )
    topic.conversation_id = chat.id
    return topic
