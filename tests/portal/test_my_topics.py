"""我的主题: a member raises, follows, answers, rates and opens again; and nobody else's."""

import pytest

from app.community import groups, handovers, memberships, moving, talking, topics
from app.community.models import Topic
from app.core.db import db
from app.customers.models import Moment
from tests import make


@pytest.fixture
def aftersale(app, chief, amy, ben):
    """售后 is ben's, 售前 amy's."""
    for kind, owner in (("presale", amy), ("aftersale", ben)):
        one = groups.first_of(kind)
        groups.edit(one, name=one.name, purpose="", owner=owner, deputies=[], by=chief)
    db.session.commit()
    return one


def only(topic_id=None):
    db.session.rollback()
    return db.session.scalars(db.select(Topic)).one()


def test_a_member_raises_follows_answers_rates_and_opens_again(aftersale, browser, ben, lin):
    mine, his = browser.as_member(lin), browser.as_(ben)
    assert "还没有提过事" in mine.get("/m/topics").text
    assert "说说看" in mine.get("/m/topics/new").text
    form = {"kind": "service", "text": "奶瓶裂了", "once": "a"}
    assert mine.post("/m/topics", **form).status_code == 303
    assert mine.post("/m/topics", **form).status_code == 303  # tapped twice
    topic = only()
    page = f"/m/topics/{topic.id}"
    assert "等人接" in mine.get("/m/topics").text
    his.post(f"/topics/{topic.id}/notes", text="她脾气急")
    his.post(f"/topics/{topic.id}/answers", text="给您换", once="b")
    his.post(f"/topics/{topic.id}/state", state="waiting", version=only().version)
    shown = mine.get(page).text
    assert "给您换" in shown
    assert "等您回话" in shown
    assert "脾气急" not in shown
    mine.post(f"{page}/answers", text="好的，下午来", once="c")
    assert "好的，下午来" in his.get(f"/topics/{topic.id}").text
    assert only().unseen == 1
    assert "下午来" in db.session.scalars(
        db.select(Moment).where(Moment.kind == "topic.heard")
    ).one().details["text"]  # fmt: skip
    moving.move(only(), "solved", by=ben)
    db.session.commit()
    assert mine.post(f"{page}/rating", stars="9").status_code == 422
    assert mine.post(f"{page}/rating", stars="2", text="等太久").status_code == 303
    assert "您评了 2 分" in mine.get(page).text
    assert mine.post(f"{page}/rating", stars="5").status_code == 422  # once
    assert mine.post(f"{page}/reopening", text="又裂了").status_code == 303
    assert (only().state, only().unsolved) == ("reopened", 1)
    assert mine.post(f"{page}/reopening", text="又裂了").status_code == 422


def test_a_handover_is_told_in_the_members_words_and_the_reason_is_not(
    aftersale, browser, amy, ben, lin
):
    topic = topics.ask(lin, kind="question", text="奶瓶裂了")
    handovers.accept(handovers.offer(topic, aftersale, reason="她老是来吵", by=amy), by=ben)
    db.session.commit()
    shown = browser.as_member(lin).get(f"/m/topics/{topic.id}").text
    assert "转到了 售后，由 小本 接着办" in shown
    assert "来吵" not in shown


def test_another_members_topic_and_community_are_not_there(aftersale, browser, amy, lin):
    topic = topics.ask(lin, kind="service", text="奶瓶裂了")
    db.session.commit()
    other = browser.as_member(make.customer("陈立", owner=amy))
    for path in (f"/m/topics/{topic.id}", f"/m/groups/{aftersale.id}", "/m/topics/999999"):
        assert other.get(path).status_code == 404
    for what in ("answers", "rating", "reopening"):
        assert other.post(f"/m/topics/{topic.id}/{what}", text="x", stars="5").status_code == 404
    assert len(topics.lines(only())) == 1


def test_one_jumps_between_ones_communities(aftersale, browser, ben, lin):
    mine = browser.as_member(lin)
    presale = groups.first_of("presale")
    memberships.pin(lin, presale, by=ben)
    topics.ask(lin, kind="service", text="奶瓶裂了")  # a topic there is enough
    db.session.commit()
    page = mine.get("/m/topics").text
    assert f"/m/groups/{presale.id}" in page
    shown = mine.get(f"/m/groups/{aftersale.id}").text
    assert "奶瓶裂了" in shown
    assert f"/m/groups/{presale.id}" in shown
    assert f"group={presale.id}" in mine.get(f"/m/groups/{presale.id}").text
    form = mine.get(f"/m/topics/new?group={presale.id}").text
    assert f'name="group" type="hidden" value="{presale.id}"' in form
    mine.post("/m/topics", kind="service", text="尿裤", group=presale.id, once="g")
    mine.post("/m/topics", kind="service", text="别处", group=groups.first_of("customers").id)
    found = {one.text: one.group for one in db.session.scalars(db.select(Topic))}
    assert found["尿裤"] == presale
    assert found["别处"] == aftersale  # not mine: where its kind belongs


def test_a_booking_is_a_topic_of_an_order(aftersale, browser, lin):
    mine = browser.as_member(lin)
    assert "什么时候来拿" in mine.get("/m/topics/new?kind=booking").text
    mine.post("/m/topics?kind=booking", kind="order", text="周六来拿两罐", once="b")
    assert (only().kind, only().group.kind) == ("order", "customers")


def test_what_is_too_long_stays_where_it_was_typed(aftersale, browser, lin):
    mine = browser.as_member(lin)
    answer = mine.post("/m/topics", kind="idea", text="长" * 5001, once="l")
    assert answer.status_code == 422
    assert "长" * 5001 in answer.text
    assert "最多 5000 个字" in answer.text
    assert mine.post("/m/topics", kind="idea", text="长" * 5000, once="l").status_code == 303
    assert mine.post("/m/topics", kind="nonsense", text="好").status_code == 422


def test_what_is_solved_takes_no_answer_but_is_opened_again(aftersale, browser, ben, lin):
    topic = topics.ask(lin, kind="service", text="奶瓶裂了")
    talking.answer(topic, "换好了", by=ben)
    moving.move(topic, "solved", by=ben)
    db.session.commit()
    mine = browser.as_member(lin)
    refused = mine.post(f"/m/topics/{topic.id}/answers", text="还有一个")
    assert refused.status_code == 422
    assert "还没解决" in refused.text
