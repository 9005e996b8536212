"""Topics: raised, claimed, answered, waited for, solved, rated, opened again; never nobody's."""

from datetime import timedelta

import pytest

from app.community import groups, moving, overdue, succession, talking, terms, topics, wanting
from app.community.models import Topic, TopicLine
from app.core.clock import FAR_OFF, now
from app.core.db import db
from app.core.errors import Refused
from app.core.outbox import Letter
from app.customers import finding
from app.customers.models import Moment
from app.inbox import opening
from app.inbox.models import Message
from app.staff import leaving
from tests import make


def raised(lin, by, **more):
    more = {"kind": "service", "text": "奶瓶裂了，想换一个", **more}
    topic = topics.raise_topic(lin, by=by, **more)
    db.session.commit()
    return topic


def events(topic):
    return [one.details["what"] for one in topics.lines(topic) if one.kind == "event"]


def kinds(customer):
    found = db.select(Moment.kind).where(Moment.customer_id == customer.id)
    return list(db.session.scalars(found.order_by(Moment.id)))


def test_a_need_out_of_messages_keeps_them_and_is_somebodys_at_once(three, amy, ben, lin):
    chat = make.conversation(lin, assignee=amy)
    heard = Message(conversation_id=chat.id, inbound=True, text="奶瓶裂了", at=now(), key="m1")
    db.session.add(heard)
    db.session.commit()
    topic = raised(lin, amy, text="", chat=chat, messages=[heard], once="a")
    assert (topic.state, topic.owner, topic.group.kind) == ("unclaimed", ben, "aftersale")
    assert topic.title == "奶瓶裂了"
    assert [one.message for one in topics.lines(topic) if one.kind == "quote"] == [heard]
    assert finding.sees(ben, lin)  # who answers for it may see the customer
    assert topic.unseen == 1
    assert topics.open_of(lin) == [topic]
    assert raised(lin, amy, text="", chat=chat, messages=[heard], once="a") is topic  # sent twice
    assert "topic.raised" in kinds(lin)


def test_a_claim_is_one_persons_and_who_comes_second_hears_who(three, amy, ben, lin):
    topic = raised(lin, amy)
    seen = topic.version
    moving.claim(topic, by=amy, version=seen)
    assert (topic.state, topic.owner) == ("doing", amy)
    with pytest.raises(moving.ChangedMeanwhile, match="小艾"):
        moving.claim(topic, by=ben, version=seen)
    with pytest.raises(Refused, match="小艾"):
        moving.claim(topic, by=ben)


def test_answering_is_claiming_and_leaves_by_the_conversation_where_allowed(three, ben, amy, lin):
    chat = make.conversation(lin, assignee=amy)
    topic = raised(lin, amy)
    line = talking.answer(topic, "给您换一个新的", by=ben, once="x")
    assert talking.answer(topic, "给您换一个新的", by=ben, once="x") is line
    assert (topic.state, topic.owner, topic.waiting_since) == ("doing", ben, FAR_OFF)
    assert line.message.conversation_id == chat.id
    assert db.session.scalars(db.select(Letter)).one().body["text"] == "给您换一个新的"
    assert topic.answered_after == 0
    chat.window_until, chat.window_left = now() - timedelta(hours=1), 5  # the window is shut
    second = talking.answer(topic, "已经寄出", by=ben)
    assert second.message is None  # and stands on their page all the same
    assert "topic.answered" in kinds(lin)
    talking.answer(topic, "长" * 2000, by=ben)


def test_a_long_answer_leaves_as_much_as_the_platform_takes(three, ben, amy, lin):
    make.conversation(lin, assignee=amy)
    line = talking.answer(raised(lin, amy), "长" * 2000, by=ben)
    assert len(line.text) == 2000
    sent = line.message.text
    assert len(sent.encode()) <= 2048
    assert sent.endswith("（全文在「我的主题」里）")


def test_the_member_asks_answers_rates_and_opens_again(three, ben, lin):
    topic = topics.ask(lin, kind="service", text="奶瓶裂了", once="k")
    assert topics.ask(lin, kind="service", text="奶瓶裂了", once="k") is topic
    assert topic.by_member
    assert lin.last_inbound_at == topic.created_at or lin.last_inbound_at > topic.created_at
    moving.move(topic, "waiting", by=ben)
    assert (topic.answer_due_at, topic.alarm_at) == (FAR_OFF, FAR_OFF)
    topic.unseen = 0
    talking.hear(topic, "是 240 毫升的")
    assert (topic.state, topic.unseen, topic.ends_at) == ("doing", 1, FAR_OFF)
    assert topic.answer_due_at < FAR_OFF
    moving.move(topic, "solved", by=ben)
    with pytest.raises(Refused, match="还没解决"):
        talking.hear(topic, "还有")
    moving.rate(topic, 2, "太慢了")
    assert (topic.rating, topic.closed_at is not None, topic.unseen) == (2, True, 1)
    with pytest.raises(Refused, match="已经评过"):
        moving.rate(topic, 5)
    moving.reopen(topic, by=None, text="又裂了")
    assert (topic.state, topic.unsolved, topic.rating, topic.closed_at) == ("reopened", 1, 0, None)
    assert {"topic.asked", "topic.heard", "topic.solved", "topic.rated", "topic.reopened"} <= set(
        kinds(lin)
    )


def test_reopened_after_a_week_the_solution_still_counts(three, ben, lin, at):
    at("2026-03-02 10:00")
    topic = raised(lin, ben)
    moving.move(topic, "solved", by=ben)
    at("2026-03-09 10:01")
    moving.reopen(topic, by=None)
    assert (topic.reopened, topic.unsolved) == (1, 0)


def test_only_who_has_it_or_answers_for_the_community_moves_it(three, amy, ben, chief, lin):
    topic = raised(lin, amy)
    moving.claim(topic, by=ben)
    with pytest.raises(Refused, match="小本"):
        moving.move(topic, "solved", by=amy)
    moving.move(topic, "waiting", by=chief)
    with pytest.raises(Refused, match="还没有结束"):
        moving.reopen(topic, by=chief)
    with pytest.raises(Refused, match="列表"):
        moving.move(topic, "nonsense", by=chief)
    moving.move(topic, "unclaimed", by=ben)
    assert topic.owner == ben  # put back: who answers for 售后
    moving.give(topic, amy, by=ben)
    assert (topic.owner, topic.state, topic.unseen) == (amy, "doing", 1)


def test_what_is_written_is_bounded(three, amy, lin):
    assert len(topics.ask(lin, kind="idea", text="长" * 5000).text) == 5000
    for wrong in ({"text": "长" * 5001}, {"text": " "}, {"kind": "nonsense"}):
        with pytest.raises(Refused):
            topics.ask(lin, **{"kind": "idea", "text": "好", **wrong})
    for _ in range(topics.MOST_OPEN - 1):
        topics.ask(lin, kind="idea", text="好")
    with pytest.raises(Refused, match="没办完"):
        topics.ask(lin, kind="idea", text="好")


def test_time_counts_while_the_shop_is_open_and_by_kind(three, amy, lin, at):
    opening.put(["9:00-18:00"] * 7, "")
    at("2026-03-02 17:50")
    topic = raised(lin, amy, kind="complaint")
    assert topic.answer_due_at == at("2026-03-03 09:20")
    assert topic.due_at == at("2026-03-03 12:50")
    terms.ANSWER["complaint"].put(10)
    at("2026-03-02 17:00")
    assert raised(lin, amy, kind="complaint").answer_due_at == at("2026-03-02 17:10")


def test_who_is_late_is_told_first_then_the_manager(three, amy, ben, lin, at):
    at("2026-03-02 10:00")
    topic = raised(lin, amy)
    at("2026-03-02 10:59")
    overdue.watch()
    assert topic.alarm == 0
    at("2026-03-02 11:00")
    overdue.watch()
    overdue.watch()
    assert topic.alarm == terms.UNANSWERED
    assert events(topic) == ["raised", "late"]
    at("2026-03-02 13:00")
    overdue.watch()
    assert topic.alarm == terms.UNANSWERED | terms.UNANSWERED_UP
    assert kinds(lin)[-1] == "topic.late"
    talking.answer(topic, "马上", by=ben)
    assert topic.alarm == 0
    at("2026-03-04 10:00")
    overdue.watch()
    assert topic.alarm == terms.LATE
    assert terms.due_alarms(topic) == terms.LATE
    assert [row.id for row in wanting.of(ben)[0]] == [topic.id]
    assert wanting.of(amy) == ([], 0)
    moving.move(topic, "waiting", by=ben)
    assert terms.due_alarms(topic) == 0
    assert wanting.of(ben) == ([], 0)


def test_silence_solves_what_waits_for_the_customer_and_closes_what_is_solved(
    three, amy, ben, lin, at
):
    at("2026-03-02 10:00")
    topic = raised(lin, amy)
    moving.move(topic, "waiting", by=ben)
    at("2026-03-07 10:00")
    overdue.watch()
    assert topic.state == "solved"
    assert topic.closed_at is None
    at("2026-03-12 10:00")
    overdue.watch()
    assert topic.closed_at == now()
    assert events(topic)[-2:] == ["silent", "closed"]


def test_an_answer_in_wechat_ends_the_waiting_too(three, amy, ben, lin, at, phone, work):
    at("2026-03-02 10:00")
    topic = raised(lin, amy)
    moving.move(topic, "waiting", by=ben)
    db.session.commit()
    at("2026-03-02 11:00")
    lin.last_inbound_at = now()
    overdue.watch()
    assert (topic.state, topic.waiting_since) == ("doing", now())
    assert "returned" in events(topic)


def test_a_leavers_topics_go_to_who_answers_for_the_community(three, amy, ben, chief, lin):
    topic = raised(lin, amy)
    moving.claim(topic, by=ben)
    db.session.commit()
    assert succession.TOPICS.count(ben, 10) == 1
    leaving.leave(ben, {}, by=chief)
    assert (topic.owner, topic.unseen) == (chief, 1)
    assert events(topic)[-1] == "inherited"


def test_a_solved_topic_of_somebody_gone_comes_back_to_somebody_here(three, amy, ben, chief, lin):
    topic = raised(lin, amy)
    moving.claim(topic, by=ben)
    moving.move(topic, "solved", by=ben)
    leaving.leave(ben, {}, by=chief)
    moving.reopen(topic, by=None)
    assert topic.owner == chief


def test_who_sees_a_topic(three, amy, ben, chief, lin):
    cara = make.staff("cara", "agent", "小卡")
    topic = raised(lin, amy)
    seen = lambda who: db.session.scalars(  # noqa: E731
        topics.visible_to(who).where(Topic.id == topic.id)
    ).all()
    assert seen(amy)
    assert seen(ben)
    assert seen(chief)
    assert not seen(cara)
    moving.give(topic, cara, by=ben)
    assert seen(cara)
    assert finding.sees(cara, lin)


def test_a_note_stays_among_colleagues(three, amy, ben, lin):
    topic = raised(lin, amy)
    topic.unseen = 0
    talking.note(topic, "她是老客", by=amy)
    assert topic.unseen == 1
    assert db.session.scalar(db.select(db.func.count(Letter.id))) == 0
    assert topics.lines(topic)[-1].kind == "note"
    assert db.session.scalar(db.select(db.func.count(TopicLine.id))) == 2


def test_a_community_with_open_topics_is_not_put_away(three, chief, amy, lin):
    other = groups.open_group("奶粉售后", kind="aftersale", purpose="", owner=amy, by=chief)
    topic = raised(lin, amy, group=other)
    with pytest.raises(Refused, match="没办完"):
        groups.close(other, by=chief)
    moving.move(topic, "solved", by=amy)
    groups.close(other, by=chief)
