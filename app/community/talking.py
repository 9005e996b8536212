"""What is said in a topic: we answer, the member answers, colleagues leave notes."""

from sqlalchemy import select

from app.community import moving, telling, terms, topics, tracing
from app.community.models import DOING, SOLVED, UNCLAIMED, WAITING, Topic, TopicLine
from app.core.clock import FAR_OFF, now
from app.core.db import db
from app.core.errors import N_, Refused
from app.customers import timeline
from app.inbox import replying
from app.inbox.models import Message
from app.staff.models import Staff

ANSWERED = timeline.kind(
    "topic.answered", N_("在主题里回复"), "topic", "text", group="talk", effect="out"
)
HEARD = timeline.kind("topic.heard", N_("在主题里说"), "topic", "text", group="talk", effect="in")

LONGEST = 2000
REST = N_("……（全文在「我的主题」里）")


def answer(topic: Topic, text: str, *, by: Staff, once: str = "") -> TopicLine:
    """Answer the member: on their page always, and in their conversation where that is allowed.

    Answering is claiming. The same form sent twice is one answer.
    """
    text = _worded(text, LONGEST)
    moving.take_turn(topic)
    if said := _said_before(topic, by, once):
        return said
    if topic.state == UNCLAIMED:
        moving.claim(topic, by=by)
    message = _send(topic, text, by, once)
    line = _write(topic, tracing.SAID, text, by=by, once=once)
    line.message_id = message.id if message else None
    if message is None:  # what went out by the conversation stands in the story by itself
        timeline.record(
            ANSWERED, topic.customer, by=by, subject=topic, topic=topic.kind,
            text=text[: topics.PREVIEW],
        )  # fmt: skip
    if topic.answered_at is None:
        topic.answered_at, topic.answered_after = now(), terms.minutes_since(topic.created_at)
    if topic.owner_id == by.id:
        topic.unseen = 0
    terms.rest(topic)
    return line


def note(topic: Topic, text: str, *, by: Staff) -> TopicLine:
    """A word among colleagues, which the member never sees."""
    text = _worded(text, LONGEST)
    moving.take_turn(topic)
    topic.unseen += topic.owner_id != by.id
    return _write(topic, tracing.NOTE, text, by=by)


def hear(topic: Topic, text: str, *, once: str = "") -> TopicLine:
    """The member answers on their page: an inbound moment, and the owner's attention."""
    text = _worded(text, topics.LONGEST)
    moving.take_turn(topic)
    if said := _said_before(topic, None, once):
        return said
    if topic.state == SOLVED:
        raise Refused(N_("这个主题已经办好了。还有问题就点「还没解决」，我们接着办"))
    line = _write(topic, tracing.SAID, text, by=None, once=once)
    returns(topic)
    timeline.record(
        HEARD, topic.customer, subject=topic, topic=topic.kind, text=text[: topics.PREVIEW]
    )
    return line


def returns(topic: Topic) -> None:
    """The customer has spoken: it is our turn again."""
    if topic.state == WAITING:
        topic.state, topic.ends_at = DOING, FAR_OFF
    topic.unseen += 1
    topic.last_at = now()
    terms.restart(topic)


def _send(topic: Topic, text: str, by: Staff, once: str) -> Message | None:
    chat = telling.way_to(topic)
    if chat is None:
        return None
    return replying.reply(
        chat,
        _short(text, telling.page_of(topic, chat)),
        by=by,
        once=f"topic{topic.id}{once}" if once else "",
    )


def _short(text: str, page: str) -> str:
    """As much as the platform takes in one message, and where the rest is."""
    if len(text.encode()) <= replying.MOST_BYTES:
        return text
    rest = f"{REST}\n{page}" if page else REST
    room = replying.MOST_BYTES - len(rest.encode())
    return text.encode()[:room].decode(errors="ignore") + rest


def _worded(text: str, most: int) -> str:
    text = text.strip()
    if not text:
        raise Refused(N_("还没有写内容：写一句再发送"), field="text")
    if len(text) > most:
        raise Refused(N_("太长了，最多 %(n)s 个字，请留下要紧的"), field="text", n=most)
    return text


def _said_before(topic: Topic, by: Staff | None, once: str) -> TopicLine | None:
    if not once:
        return None
    own = TopicLine.by_id == by.id if by else TopicLine.by_id.is_(None)
    mine = select(TopicLine).where(TopicLine.topic_id == topic.id, own, TopicLine.kind == "said")
    last = db.session.scalar(mine.order_by(TopicLine.id.desc()).limit(1))
    return last if last and last.details.get("once") == once else None


def _write(
    topic: Topic, kind: str, text: str, *, by: Staff | None, once: str = ""
) -> TopicLine:  # fmt: skip
    line = TopicLine(
        topic_id=topic.id, kind=kind, inbound=by is None, text=text,
        details={"once": once} if once else {}, by_id=by.id if by else None,
    )  # fmt: skip
    topic.last_at = now()
    db.session.add(line)
    db.session.flush()
    return line
