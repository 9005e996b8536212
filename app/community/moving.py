"""The states of a topic: claimed, put back, given, waiting, solved, rated, opened again.

待认领 → 处理中 ⇄ 等客户 → 已解决 → (closed), and from there back as 已重开. Whatever happens,
somebody answers for it.
"""

from datetime import datetime

from app.community import telling, terms, topics, tracing
from app.community.models import (
    DOING,
    OFFERED,
    REOPENED,
    SOLVED,
    UNCLAIMED,
    WAITING,
    Handover,
    Topic,
)
from app.core.clock import FAR_OFF, now
from app.core.db import db
from app.core.errors import N_, Refused
from app.customers import timeline
from app.staff.models import Staff

SOLVED_IT = timeline.kind("topic.solved", N_("主题已解决"), "topic", "text", group="talk")
REOPENED_IT = timeline.kind("topic.reopened", N_("主题重开"), "topic", "text", group="talk")
RATED = timeline.kind(
    "topic.rated", N_("评价主题"), "topic", "text", "stars", group="talk", effect="in"
)

BEST, CONTENT = 5, 3  # a rating below the second wants the owner's attention
GONE_ON = N_("你打开之后，这个主题已经有人动过，现在由%(owner)s负责。看一眼现在的样子再决定")
# From where a colleague may put it where.
WAYS = {
    UNCLAIMED: (DOING, WAITING, SOLVED),
    REOPENED: (DOING, WAITING, SOLVED, UNCLAIMED),
    DOING: (WAITING, SOLVED, UNCLAIMED),
    WAITING: (DOING, SOLVED, UNCLAIMED),
    SOLVED: (REOPENED,),
}


class ChangedMeanwhile(Refused):
    """Somebody was quicker; whoever comes second sees how it stands now."""

    def __init__(self, topic: Topic) -> None:
        super().__init__(GONE_ON, owner=topic.owner.display)
        self.topic = topic


def take_turn(topic: Topic, version: int | None = None) -> None:
    """Of two who change it at once one does. Without a version whoever comes waits their turn."""
    asked = db.update(Topic).where(Topic.id == topic.id)
    if version is not None:
        asked = asked.where(Topic.version == version)
    won = db.session.scalar(
        asked.values(version=Topic.version + 1)
        .returning(Topic.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(topic)
    if won is None:
        raise ChangedMeanwhile(topic)


def claim(topic: Topic, *, by: Staff, version: int | None = None) -> Topic:
    """Take what waits to be claimed. Of two at once the other hears who has it."""
    take_turn(topic, version)
    mine = topic.state == REOPENED and topic.owner_id == by.id
    if topic.state != UNCLAIMED and not mine:
        raise Refused(N_("已经由%(name)s负责了"), name=topic.owner.display)
    goes_to(topic, by)
    _do(topic, by, "claimed")
    return topic


def give(topic: Topic, to: Staff, *, by: Staff, version: int | None = None) -> Topic:
    """To another colleague of the same community, at once. They are told."""
    take_turn(topic, version)
    admit(topic, by)
    if not to.is_active:
        raise Refused(N_("%(name)s 已经停用，请选另一位同事"), field="to", name=to.display)
    if to.id == topic.owner_id and topic.state != UNCLAIMED:
        raise Refused(N_("本来就由%(name)s负责，请选另一位同事"), field="to", name=to.display)
    goes_to(topic, to)
    if topic.state == UNCLAIMED:
        topic.state = DOING
    topic.unseen = int(to.id != by.id)
    topic.alarm_at = terms.next_alarm(topic)
    tracing.write(topic, "given", by=by, to=to.display)
    return topic


def move(topic: Topic, state: str, *, by: Staff, version: int | None = None) -> Topic:
    """Put it into another state, as the board does."""
    if state not in terms.STATES:
        raise Refused(N_("没有这个状态，请从列表里选一个"))
    if state == topic.state and version in (None, topic.version):
        return topic
    if state == REOPENED:
        return reopen(topic, by=by, version=version)
    take_turn(topic, version)
    if state not in WAYS[topic.state]:
        raise Refused(N_("现在的状态不能直接改成这个，请先换一个状态"))
    if topic.state == UNCLAIMED:
        goes_to(topic, by)
    admit(topic, by)
    _MOVES[state](topic, by)
    return topic


def edit(
    topic: Topic, *, title: str, kind: str, due_at: datetime, by: Staff, version: int | None = None
) -> Topic:  # fmt: skip
    """What it is about, and by when it shall be done."""
    take_turn(topic, version)
    admit(topic, by)
    if due_at <= now() and due_at != topic.due_at:
        raise Refused(N_("这个时间已经过去了，请选以后的"), field="due_at")
    if due_at != topic.due_at:
        topic.alarm &= ~(terms.LATE | terms.LATE_UP)
    topic.title, topic.kind, topic.due_at = topics.headline(title), kind, due_at
    topic.alarm_at = terms.next_alarm(topic)
    tracing.write(topic, "edited", by=by)
    return topic


def _do(topic: Topic, by: Staff, what: str = "doing") -> None:
    topic.state, topic.ends_at = DOING, FAR_OFF
    topic.alarm_at = terms.next_alarm(topic)
    tracing.write(topic, what, by=by)


def _wait(topic: Topic, by: Staff) -> None:
    """We have asked; it is the customer's turn, and the clock stands still."""
    topic.state, topic.ends_at = WAITING, terms.silent_until()
    terms.rest(topic)
    tracing.write(topic, "waiting", by=by)


def _put_back(topic: Topic, by: Staff) -> None:
    """Nobody is at it: who answers for the community looks after it until somebody is."""
    topic.state, topic.ends_at = UNCLAIMED, FAR_OFF
    keeper = topics.answers_for(topic.group, by)
    goes_to(topic, keeper)
    topic.unseen = int(keeper.id != by.id)
    topic.alarm_at = terms.next_alarm(topic)
    tracing.write(topic, "put_back", by=by, to=keeper.display)


def _solve(topic: Topic, by: Staff) -> None:
    settle(topic, by=by)


_MOVES = {DOING: _do, WAITING: _wait, SOLVED: _solve, UNCLAIMED: _put_back}


def settle(topic: Topic, *, by: Staff | None) -> None:
    """It is solved: by a colleague, or by the customer's silence. They may still say otherwise."""
    topic.state, topic.solved_at, topic.unseen = SOLVED, now(), 0
    topic.ends_at = terms.silent_until()
    end_offers(topic)
    terms.rest(topic)
    topic.alarm = 0
    tracing.write(topic, "solved" if by else "silent", by=by)
    timeline.record(
        SOLVED_IT, topic.customer, by=by, subject=topic, topic=topic.kind, text=topic.title
    )
    if by:
        telling.solved(topic)


def end_offers(topic: Topic) -> None:
    """Whatever was offered to others is over."""
    db.session.execute(
        db.update(Handover)
        .where(Handover.topic_id == topic.id, Handover.state == OFFERED)
        .values(state="withdrawn", answered_at=now())
    )


def rate(topic: Topic, stars: int, text: str = "") -> Topic:
    """The member's feedback ends it."""
    take_turn(topic)
    if topic.state != SOLVED:
        raise Refused(N_("还没有办好，先不用评价。办好之后再告诉我们怎么样"))
    if topic.rating:
        raise Refused(N_("您已经评过了，谢谢。还有问题就点「还没解决」"))
    if not 1 <= stars <= BEST:
        raise Refused(N_("请点 1 到 5 分"), field="stars")
    topic.rating, topic.rating_text, topic.rated_at = stars, text.strip()[:500], now()
    topic.closed_at, topic.ends_at = now(), FAR_OFF
    topic.unseen += stars < CONTENT
    tracing.write(topic, "rated", to=str(stars), text=topic.rating_text)
    timeline.record(
        RATED, topic.customer, subject=topic, topic=topic.kind, text=topic.title, stars=stars
    )
    return topic


def reopen(
    topic: Topic, *, by: Staff | None, text: str = "", version: int | None = None
) -> Topic:  # fmt: skip
    """It was not solved after all. Within seven days that solution does not count as one."""
    take_turn(topic, version)
    if topic.state != SOLVED or topic.solved_at is None:
        raise Refused(N_("这个主题还没有结束，不用重开"))
    if by:
        admit(topic, by)
    topic.unsolved += now() - topic.solved_at <= terms.HELD
    topic.reopened += 1
    topic.state, topic.solved_at, topic.closed_at, topic.ends_at = REOPENED, None, None, FAR_OFF
    topic.rating, topic.rating_text, topic.rated_at = 0, "", None
    if not topic.owner.is_active:
        goes_to(topic, topics.answers_for(topic.group, by))
    topic.unseen += by is None or by.id != topic.owner_id
    topic.due_at, topic.alarm = terms.due(topic.kind), 0
    terms.restart(topic)
    tracing.write(topic, "reopened", by=by, text=text.strip())
    timeline.record(
        REOPENED_IT, topic.customer, by=by, subject=topic, topic=topic.kind, text=topic.title
    )
    return topic


def admit(topic: Topic, by: Staff) -> None:
    """Refuse who neither has it nor answers for its community."""
    if not topics.may_decide(topic, by):
        raise Refused(
            N_("这个主题由%(name)s负责，请他来，或请社群的负责人来"), name=topic.owner.display
        )


def goes_to(topic: Topic, to: Staff) -> None:
    """Another colleague answers for it, and may see its customer."""
    topic.owner_id = to.id
    db.session.flush()
    db.session.refresh(topic)
    topics.let_owner_see(topic)
