"""Pages of topics: the list, one topic, its steps, raising beside a thread, the board, handing."""

import pytest

from app.community import handovers, listing, moving, topics
from app.community.models import Handover, Topic
from app.core.clock import now
from app.core.db import db
from app.inbox.models import Message
from app.staff import accounts
from tests import make


@pytest.fixture
def topic(three, amy, lin):
    made = topics.raise_topic(lin, kind="service", text="奶瓶裂了", by=amy)
    db.session.commit()
    return made


@pytest.fixture
def chat(lin, amy):
    talk = make.conversation(lin, assignee=amy)
    for at, (text, inbound) in enumerate((("在吗", True), ("在的", False), ("奶瓶裂了", True))):
        db.session.add(
            Message(conversation_id=talk.id, inbound=inbound, text=text, at=now(), key=f"k{at}")
        )
    db.session.commit()
    return talk


def fresh(topic):
    db.session.rollback()
    return db.session.get_one(Topic, topic.id, populate_existing=True)


def test_a_topic_is_raised_beside_the_thread_without_leaving_it(three, browser, amy, chat):
    page = browser.as_(amy)
    seen = page.htmx.get(f"/inbox/{chat.id}/topics/new")
    assert seen.text.count("checked") >= 1
    assert "<html" not in seen.text
    picked = db.session.scalars(db.select(Message.id).where(Message.text == "奶瓶裂了")).one()
    form = {"kind": "service", "messages": picked, "group": 0, "once": "a"}
    done = page.htmx.post(f"/inbox/{chat.id}/topics", **form)
    assert done.status_code == 200
    assert "主题提好了" in done.text
    one = db.session.scalars(db.select(Topic)).one()
    assert (one.title, one.conversation_id) == ("奶瓶裂了", chat.id)
    again = page.post(f"/inbox/{chat.id}/topics", **form)  # no script: back to the thread
    assert again.status_code == 303
    assert again.location.endswith(f"/inbox/{chat.id}")
    assert db.session.scalars(db.select(Topic)).one() == one
    assert "提了主题：奶瓶裂了" in page.get(f"/inbox/{chat.id}").text


def test_messages_of_another_conversation_cannot_be_picked(three, browser, amy, chat):
    other = make.conversation(make.customer("陈", owner=amy), address="o-2")
    stray = Message(conversation_id=other.id, inbound=True, text="不归这里", at=now(), key="s")
    db.session.add(stray)
    db.session.commit()
    form = {"kind": "service", "messages": stray.id, "group": 0, "once": "a"}
    answer = browser.as_(amy).post(f"/inbox/{chat.id}/topics", **form)
    assert answer.status_code == 422
    nothing = browser.as_(amy).post(f"/inbox/{chat.id}/topics", kind="service", group=0)
    assert nothing.status_code == 422
    assert "还没有选消息" in nothing.text
    assert db.session.scalars(db.select(Topic)).all() == []


def test_one_raises_a_topic_from_the_customers_page(three, browser, amy, lin):
    page = browser.as_(amy)
    assert "谁的主题" in page.get("/topics/new").text
    assert "林小满" in page.get("/topics/new?q=林小满").text
    assert page.get(f"/topics/new?customer={lin.id}").status_code == 200
    form = {"customer": lin.id, "kind": "order", "text": "留两罐", "group": 0, "mine": "y"}
    assert page.post("/topics", **form).status_code == 303
    one = db.session.scalars(db.select(Topic)).one()
    assert (one.owner, one.state, one.group.kind) == (amy, "doing", "customers")
    assert "留两罐" in page.get(f"/customers/{lin.id}/topics").text
    too_long = page.post("/topics", **{**form, "text": "长" * 5001})
    assert too_long.status_code == 422
    assert "长" * 5001 in too_long.text  # what was typed stays


def test_a_topic_goes_its_way_on_its_page(three, topic, browser, amy, ben, lin):
    page = browser.as_(ben)
    assert "奶瓶裂了" in page.get(f"/topics/{topic.id}").text
    page.post(f"/topics/{topic.id}/reading")
    assert fresh(topic).unseen == 0
    page.post(f"/topics/{topic.id}/claim")
    page.post(f"/topics/{topic.id}/answers", text="给您换", once="a")
    page.post(f"/topics/{topic.id}/notes", text="她是老客")
    shown = page.get(f"/topics/{topic.id}").text
    for text in ("给您换", "她是老客", "小本 认领了", "只在「我的主题」里"):
        assert text in shown
    version = fresh(topic).version
    stale = page.post(f"/topics/{topic.id}/state", state="solved", version=version - 1)
    assert stale.status_code == 409
    page.post(f"/topics/{topic.id}/state", state="solved", version=version)
    assert fresh(topic).state == "solved"
    assert page.post(f"/topics/{topic.id}/answers", text="").status_code == 422


def test_its_title_kind_and_due_time_are_changed_and_it_is_given_on(
    three, topic, browser, ben, amy
):
    page = browser.as_(ben)
    moving.claim(topic, by=ben)
    db.session.commit()
    form = {"title": "换奶瓶", "kind": "complaint", "due_at": "2199-01-01T10:00"}
    page.post(f"/topics/{topic.id}", **{**form, "version": topic.version})
    changed = fresh(topic)
    assert (changed.title, changed.kind, changed.due_at.year) == ("换奶瓶", "complaint", 2199)
    past = {**form, "due_at": "2020-01-01T10:00", "version": changed.version}
    assert "已经过去" in page.post(f"/topics/{topic.id}", **past).text
    assert page.post(f"/topics/{topic.id}", **{**form, "version": 1}).status_code == 422
    given = page.post(f"/topics/{topic.id}/assignment", to=amy.id, version=changed.version)
    assert given.status_code == 303
    assert fresh(topic).owner == amy


def test_another_colleagues_topic_is_not_there(three, topic, browser, lin):
    cara = make.staff("cara", "agent", "小卡")
    page = browser.as_(cara)
    assert page.get(f"/topics/{topic.id}").status_code == 404
    assert page.post(f"/topics/{topic.id}/answers", text="好").status_code == 404
    press = f"{topic.id}~{topic.version}~doing"
    assert page.post(f"/groups/{topic.group_id}/board", move=press).status_code == 404
    assert page.post(f"/groups/{topic.group_id}/board", move="x~y").status_code == 404
    assert "奶瓶裂了" not in page.get("/topics?whose=all").text
    assert "奶瓶裂了" not in page.get(f"/groups/{topic.group_id}/board").text


def test_the_list_is_narrowed_and_says_what_is_late(three, topic, browser, chief, lin, at):
    page = browser.as_(chief)
    for query, there in (
        ("", True), ("?kind=order", False), ("?kind=service&state=unclaimed", True),
        (f"?group={three[0].id}", False), (f"?group={three[2].id}", True), ("?whose=mine", False),
        ("?state=solved", False), ("?state=late", False), ("?state=nonsense&whose=x", True),
    ):  # fmt: skip
        assert ("奶瓶裂了" in page.get(f"/topics{query}").text) is there, query
    clock = topic.answer_due_at
    at(clock.isoformat())
    late = page.get("/topics?state=late").text
    assert "奶瓶裂了" in late
    assert "超时没答" in late


def test_the_list_goes_on_from_page_to_page(three, browser, chief, lin, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 2)
    for number in range(5):
        topics.raise_topic(lin, kind="idea", text=f"主意{number}", by=chief)
    db.session.commit()
    page, url, found = browser.as_(chief), "/topics", []
    while url:
        shown = page.get(url).text
        found += [n for n in range(5) if f"主意{n}" in shown]
        url = shown.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&") \
            if 'rel="next"' in shown else ""  # fmt: skip
    assert sorted(found) == [0, 1, 2, 3, 4]


def test_cards_are_moved_on_the_board_and_more_are_counted(three, topic, browser, ben, lin, amy):
    page, group = browser.as_(ben), three[2]
    for number in range(listing.CARDS + 2):
        topics.raise_topic(lin, kind="service", text=f"第{number}件", by=amy)
    db.session.commit()
    board = page.get(f"/groups/{group.id}/board").text
    assert board.count("data-card ") == listing.CARDS
    assert "还有 3 个" in board
    address = f"/groups/{group.id}/board"
    moved = page.htmx.post(address, move=f"{topic.id}~{topic.version}~doing")
    assert moved.status_code == 200
    assert 'id="board"' in moved.text
    assert fresh(topic).state == "doing"
    stale = page.htmx.post(address, move=f"{topic.id}~1~solved")
    assert stale.status_code == 409
    assert "有人动过" in stale.text
    assert page.post(address, move=f"{topic.id}~{topic.version}~solved").status_code == 303
    assert "等评价" in page.get(f"/groups/{group.id}/board?whose=mine&kind=service").text
    assert "第1件" not in page.get(f"/groups/{group.id}/board?kind=order").text
    assert page.get("/groups/999/board").status_code == 404


def test_a_handover_goes_by_its_pages(three, browser, amy, ben, lin):
    topic = topics.raise_topic(lin, kind="question", text="奶瓶裂了", by=amy, owner=amy)
    db.session.commit()
    mine, his = browser.as_(amy), browser.as_(ben)
    assert "售后（小本）" in mine.get(f"/topics/{topic.id}/handovers/new?to={three[2].id}").text
    form = {"to": three[2].id, "reason": "要换货", "version": topic.version}
    address = f"/topics/{topic.id}/handovers"
    assert mine.post(address, **{**form, "reason": ""}).status_code == 422
    assert mine.post(address, **{**form, "version": 0}).status_code == 422
    assert mine.post(address, **form).status_code == 303
    assert "等你接的" in his.get("/topics").text
    assert his.post(f"{address}/refusal", answer="").status_code == 422
    assert his.post(f"{address}/refusal", answer="不归我们").status_code == 303
    assert "不归我们" in mine.get(f"/topics/{topic.id}").text
    assert his.post(f"{address}/acceptance").status_code == 409
    mine.post(address, **{**form, "version": fresh(topic).version})
    mine.post(f"{address}/withdrawal")
    mine.post(address, **{**form, "version": fresh(topic).version})
    his.post(f"{address}/acceptance")
    assert fresh(topic).owner == ben
    assert [one.state for one in db.session.scalars(db.select(Handover).order_by(Handover.id))] == [
        "declined", "withdrawn", "accepted",
    ]  # fmt: skip
    assert handovers.pending_of(topic) is None


def test_a_leaver_sees_nothing_any_more_and_the_board_stays(three, topic, browser, ben, chief):
    accounts.deactivate(ben, by=chief)
    db.session.commit()
    assert browser.as_(chief).get(f"/groups/{three[2].id}/board").status_code == 200
