"""Topics (主题): raised by a colleague or by the member, found again, and whose they are."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from app.community import groups, terms, tracing
from app.community.models import DOING, OFFERED, Deputy, Group, Handover, Topic, TopicLine
from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.customers import finding, people, timeline
from app.customers.models import Customer
from app.inbox import noting
from app.inbox.models import Conversation, Message
from app.staff import accounts
from app.staff.models import Staff

RAISED = timeline.kind(
    "topic.raised", N_("提了主题"), "topic", "text", group="talk", stirs=True
)  # by a colleague
ASKED = timeline.kind("topic.asked", N_("自己提了主题"), "topic", "text", group="talk", effect="in")

COMPLAINS = N_("投诉中")
LONGEST, TITLE, PREVIEW = 5000, 40, 120
MOST_OPEN = 20  # of one member's own
MOST_PICKED = 30
OPEN = Topic.state.in_(terms.OPEN)


def raise_topic(
    customer: Customer, *, kind: str, text: str, by: Staff, group: Group | None = None,
    title: str = "", chat: Conversation | None = None, messages: Sequence[Message] = (),
    owner: Staff | None = None, once: str = "",
) -> Topic:  # fmt: skip
    """A colleague raises a need, out of messages or not. Without an owner it waits to be claimed.

    The messages of a conversation stay where they are; the topic shows them. The same form sent
    twice raises it once.
    """
    if known := _raised_before(_key(by.id, once)):
        return known
    if not messages and not text.strip():
        raise Refused(N_("还没有选消息，也没有写什么事：选一条，或写一句"), field="text")
    if len(messages) > MOST_PICKED:
        raise Refused(
            N_("一次最多选 %(n)s 条消息，请分成几个主题"), field="messages", n=MOST_PICKED
        )
    said = " ".join(one.text for one in messages if one.text)
    topic = _new(customer, kind, text, title or text or said, group, by, _key(by.id, once))
    topic.conversation_id = chat.id if chat else None
    if chat:
        noting.note_down(chat, "topic", by=by, to=topic.title)
    for message in messages:
        db.session.add(_quote(topic, message))
    if owner:
        _belongs_to(topic, owner)
    topic.unseen = int(topic.owner_id != by.id)
    timeline.record(RAISED, customer, by=by, subject=topic, topic=kind, text=topic.title)
    let_owner_see(topic)
    return topic


def ask(
    customer: Customer, *, kind: str, text: str, group: Group | None = None, once: str = ""
) -> Topic:  # fmt: skip
    """The member raises it themselves. Their words are an inbound moment."""
    key = _key(f"m{customer.id}", once)
    if known := _raised_before(key):
        return known
    if not text.strip():
        raise Refused(N_("还没有写什么事：写一句再提交"), field="text")
    mine = select(Topic.id).where(Topic.customer_id == customer.id, OPEN).limit(MOST_OPEN)
    if len(db.session.scalars(mine).all()) >= MOST_OPEN:
        raise Refused(N_("您还有 %(n)s 个没办完的主题，先看看它们吧"), field="text", n=MOST_OPEN)
    topic = _new(customer, kind, text, text, group, None, key)
    topic.unseen = 1
    timeline.record(ASKED, customer, subject=topic, topic=kind, text=topic.title)
    let_owner_see(topic)
    return topic


def _new(
    customer: Customer,
    kind: str,
    text: str,
    title: str,
    group: Group | None,
    by: Staff | None,
    key: str | None,
) -> Topic:
    if kind not in terms.KINDS:
        raise Refused(N_("没有这种主题，请从列表里选一种"), field="kind")
    if len(text) > LONGEST:
        raise Refused(N_("太长了，最多 %(n)s 个字，请留下要紧的"), field="text", n=LONGEST)
    where = group or groups.first_of(terms.HOME[kind])
    if where.gone_at:
        raise Refused(
            N_("「%(name)s」已经收起来了，请选另一个社群"), field="group", name=where.name
        )
    answer_due = terms.answer_due(kind)
    topic = Topic(
        customer_id=customer.id, group_id=where.id, kind=kind, title=headline(title),
        text=text.strip(), owner_id=answers_for(where, by).id, key=key,
        raised_by_id=by.id if by else None, answer_due_at=answer_due,
        due_at=max(terms.due(kind), answer_due), waiting_since=now(), last_at=now(),
        alarm_at=answer_due,
    )  # fmt: skip
    db.session.add(topic)
    db.session.flush()
    tracing.write(topic, "raised", by=by)
    return topic


def _key(who: int | str, once: str) -> str | None:
    return f"{who}:{once}"[:80] if once else None


def _raised_before(key: str | None) -> Topic | None:
    return db.session.scalar(select(Topic).where(Topic.key == key)) if key else None


def _quote(topic: Topic, message: Message) -> TopicLine:
    return TopicLine(
        topic_id=topic.id, kind="quote", inbound=message.inbound, text="", details={},
        by_id=message.by_id, message_id=message.id,
    )  # fmt: skip


def _belongs_to(topic: Topic, owner: Staff) -> None:
    if not owner.is_active:
        raise Refused(N_("%(name)s 已经停用，请选另一位同事"), field="owner", name=owner.display)
    topic.owner_id, topic.state = owner.id, DOING
    db.session.flush()
    db.session.refresh(topic)


def headline(text: str) -> str:
    """One line that names it in a list."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE else line[: TITLE - 1] + "…"


def answers_for(group: Group, instead: Staff | None = None) -> Staff:
    """Who answers for what nobody in a community has claimed: there always is somebody."""
    found = groups.owner_of(group) or instead or next(iter(accounts.active()), None)
    if found is None:
        raise Refused(N_("店里现在没有同事在，主题没处交。请先恢复一位同事"))
    return found


def let_owner_see(topic: Topic) -> None:
    """Whoever answers for a topic may see its customer."""
    owner = db.session.get_one(Staff, topic.owner_id)
    customer = topic.customer
    if not owner.may("customers.all") and customer.owner_id is not None:
        people.let_help(customer, staff=owner, why="topic")


# Whose topics one sees --------------------------------------------------------------------------


def visible_to(staff: Staff) -> Select[Topic]:
    """Of the customers one may see, one's own, those one is asked to take, and those of the
    communities for which one answers."""
    statement = select(Topic).join(Customer, Customer.id == Topic.customer_id)
    return statement.where(seen_by(staff))


def seen_by(staff: Staff) -> Any:
    """The same as a condition on Topic joined with Customer."""
    if staff.may("customers.all"):
        return finding.seen_by(staff)
    return within_reach_of(staff.id)


def within_reach_of(staff_id: int) -> Any:
    """Of a colleague who does not see every customer."""
    asked = select(Handover.id).where(
        Handover.topic_id == Topic.id, Handover.to_id == staff_id, Handover.state == OFFERED
    )
    led = select(Group.id).where(Group.owner_id == staff_id)
    helped = select(Deputy.group_id).where(Deputy.staff_id == staff_id)
    return or_(
        finding.within_sight_of(staff_id), Topic.owner_id == staff_id, asked.exists(),
        Topic.group_id.in_(led), Topic.group_id.in_(helped),
    )  # fmt: skip


def open_of(customer: Customer) -> list[Topic]:
    """What is not solved yet, the one that is due first on top."""
    mine = select(Topic).where(Topic.customer_id == customer.id, OPEN)
    return list(db.session.scalars(mine.order_by(Topic.due_at, Topic.id)))


def complains(customer_id: Any) -> Any:
    """The condition that a customer has a complaint that is not solved."""
    open_one = select(Topic.id).where(Topic.customer_id == customer_id, OPEN)
    return open_one.where(Topic.kind == terms.COMPLAINT).exists()


def flags_of(customer: Customer) -> list[tuple[str, str]]:
    """What the customer's card says beside their state."""
    said = db.session.scalar(select(complains(customer.id)))
    return [(COMPLAINS, "red")] if said else []


def of_customer(customer: Customer, *, most: int = 50) -> list[Topic]:
    """All topics of a customer, the newest first."""
    mine = select(Topic).options(joinedload(Topic.group), joinedload(Topic.owner))
    mine = mine.where(Topic.customer_id == customer.id).order_by(Topic.id.desc()).limit(most)
    return list(db.session.scalars(mine))


def lines(topic: Topic) -> list[TopicLine]:
    """The whole thread, the oldest line first."""
    mine = select(TopicLine).options(
        joinedload(TopicLine.by), joinedload(TopicLine.message).joinedload(Message.letter)
    )
    return list(
        db.session.scalars(mine.where(TopicLine.topic_id == topic.id).order_by(TopicLine.id))
    )


def may_decide(topic: Topic, by: Staff) -> bool:
    """Whose it is, and whoever answers for its community."""
    return topic.owner_id == by.id or groups.leads(by, topic.group)
