"""A topic goes from one community to another: offered, accepted, declined with a reason, or back.

Until somebody there says yes, it stays with whoever has it: nothing is ever owned by nobody. The
thread goes along, and the customer is told once.
"""

from sqlalchemy import select

from app.community import groups, moving, telling, terms, topics, tracing
from app.community.models import DOING, OFFERED, SOLVED, UNCLAIMED, Group, Handover, Topic
from app.core.batches import batched
from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.jobs import job
from app.customers import people, timeline
from app.staff.models import Staff

HANDED = timeline.kind("topic.handed", N_("主题转交"), "topic", "text", "to", group="talk")
ACCEPTED, DECLINED, BACK, WITHDRAWN = "accepted", "declined", "back", "withdrawn"
STATES = {
    OFFERED: N_("等对方接"), ACCEPTED: N_("接下了"), DECLINED: N_("没有接"),
    BACK: N_("到时没接，退回"), WITHDRAWN: N_("收回了"),
}  # fmt: skip
# What whoever comes second is told: what became of it, and who has the topic now.
OVER = {
    ACCEPTED: N_("%(name)s 已经接下了，现在归他办"),
    DECLINED: N_("已经有人说接不了，还归 %(name)s 办"),
    BACK: N_("到时没人接，已经退回给 %(name)s 了"),
    WITHDRAWN: N_("已经收回了，不用再接，还归 %(name)s 办"),
}
LONGEST = 300


def offer(
    topic: Topic, to_group: Group, *, reason: str, by: Staff, version: int | None = None
) -> Handover:
    """Ask who answers for another community to take it. One's own communities take it at once."""
    moving.take_turn(topic, version)
    _check(topic, to_group, reason, by)
    if topic.state == UNCLAIMED:
        moving.claim(topic, by=by)
    to = topics.answers_for(to_group, by)
    handover = Handover(
        topic_id=topic.id, from_group_id=topic.group_id, to_group_id=to_group.id, to_id=to.id,
        by_id=by.id, reason=reason.strip(), state=OFFERED, until=terms.accepted_until(),
    )  # fmt: skip
    db.session.add(handover)
    db.session.flush()
    tracing.write(topic, "offered", by=by, to=to_group.name, text=handover.reason)
    if to.id == by.id:
        return accept(handover, by=by)
    _let_see(topic, to)
    return handover


def accept(handover: Handover, *, by: Staff) -> Handover:
    """Yes: the topic is the other community's, and whoever said so has it."""
    _answer(handover, by, ACCEPTED)
    topic = handover.topic
    topic.group_id = handover.to_group_id
    moving.goes_to(topic, by)
    if topic.state == UNCLAIMED:
        topic.state = DOING
    topic.unseen = 0
    topic.alarm_at = terms.next_alarm(topic)
    tracing.write(topic, "accepted", by=by, to=topic.group.name)
    timeline.record(
        HANDED, topic.customer, by=by, subject=topic, topic=topic.kind, text=topic.title,
        to=topic.group.name,
    )  # fmt: skip
    telling.handed(topic)
    return handover


def decline(handover: Handover, *, reason: str, by: Staff) -> Handover:
    """No, and why: it stays where it is, and whoever has it is told."""
    if not reason.strip():
        raise Refused(N_("请写一句为什么接不了，对方好另想办法"), field="answer")
    _answer(handover, by, DECLINED)
    handover.answer = reason.strip()[:LONGEST]
    _told(handover, "declined", by=by, text=handover.answer)
    return handover


def withdraw(handover: Handover, *, by: Staff) -> Handover:
    """Whoever asked, or decides, thinks better of it."""
    moving.take_turn(handover.topic)
    if by.id != handover.by_id:
        moving.admit(handover.topic, by)
    _close(handover, WITHDRAWN)
    tracing.write(handover.topic, "withdrawn", by=by)
    return handover


@job()
def send_back() -> None:
    """What nobody has answered in time is back with whoever has it. Twice changes nothing."""
    late = select(Handover).where(Handover.state == OFFERED, Handover.until <= now())
    for handover in batched(db.session.scalars(late.order_by(Handover.id)).all()):
        moving.take_turn(handover.topic)
        if _is_closed(handover, BACK):
            _told(handover, "overdue", to=handover.to.display)


def pending_of(topic: Topic) -> Handover | None:
    mine = select(Handover).where(Handover.topic_id == topic.id, Handover.state == OFFERED)
    return db.session.scalar(mine)


def waiting_for(staff: Staff, *, most: int = 20) -> list[Handover]:
    """What a colleague is asked to take, the one that goes back first on top."""
    mine = select(Handover).where(Handover.to_id == staff.id, Handover.state == OFFERED)
    return list(db.session.scalars(mine.order_by(Handover.until, Handover.id).limit(most)))


def may_answer(handover: Handover, by: Staff) -> bool:
    """Who was asked, and whoever else answers for that community."""
    return handover.to_id == by.id or groups.leads(by, handover.to_group)


def _check(topic: Topic, to_group: Group, reason: str, by: Staff) -> None:
    if topic.state == SOLVED:
        raise Refused(N_("这个主题已经解决了，不用转交；还没办完就先重开"))
    if topic.state != UNCLAIMED:
        moving.admit(topic, by)
    if to_group.gone_at:
        raise Refused(
            N_("「%(name)s」已经收起来了，请选另一个社群"), field="to", name=to_group.name
        )
    if to_group.id == topic.group_id:
        raise Refused(N_("本来就在「%(name)s」，请选另一个社群"), field="to", name=to_group.name)
    if not reason.strip():
        raise Refused(N_("还没有写原因：写一句，接的人才知道从哪里接着办"), field="reason")
    pending = pending_of(topic)
    if pending:
        raise Refused(
            N_("已经在等「%(name)s」的%(who)s接了，要改就先收回"), name=pending.to_group.name,
            who=pending.to.display,
        )  # fmt: skip


def _answer(handover: Handover, by: Staff, state: str) -> None:
    moving.take_turn(handover.topic)
    if not may_answer(handover, by):
        raise Refused(N_("这是问%(name)s的，请他来回答"), name=handover.to.display)
    _close(handover, state)


def _close(handover: Handover, state: str) -> None:
    if not _is_closed(handover, state):
        raise Refused(OVER[handover.state], name=handover.topic.owner.display)


def _is_closed(handover: Handover, state: str) -> bool:
    """Close it; False when somebody else was quicker."""
    won = db.session.scalar(
        db.update(Handover)
        .where(Handover.id == handover.id, Handover.state == OFFERED)
        .values(state=state, answered_at=now())
        .returning(Handover.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(handover)
    return won is not None


def _told(
    handover: Handover, what: str, *, by: Staff | None = None, to: str = "", text: str = ""
) -> None:  # fmt: skip
    handover.topic.unseen += 1
    tracing.write(handover.topic, what, by=by, to=to, text=text)


def _let_see(topic: Topic, to: Staff) -> None:
    """Who is to decide whether to take it must be able to read it."""
    if not to.may("customers.all") and topic.customer.owner_id is not None:
        people.let_help(topic.customer, staff=to, why="topic")
