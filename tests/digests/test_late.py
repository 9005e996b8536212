"""What is late in a list: my topics, and for the manager what others left lying."""

import pytest

from app.community import groups, moving, overdue, talking, terms, topics
from app.community.models import Topic, TopicLine
from app.core.db import db
from app.digests import digests, letters
from app.reminders import followups
from tests import make
from tests.digests.conftest import deliveries, reached


def watch():
    overdue.watch()
    db.session.commit()


@pytest.fixture
def three(app, chief, amy, ben):
    """After-sales is ben's to answer for."""
    groups.open_first()
    group = groups.first_of("aftersale")
    groups.edit(group, name=group.name, purpose="", owner=ben, deputies=[], by=chief)
    db.session.commit()


@pytest.fixture
def late(three, at, lin, amy, ben, send, outside):
    """A question of lin's that ben has not answered since yesterday, and its list."""
    at("2026-09-21 10:00")
    topic = topics.raise_topic(lin, kind="service", text="奶瓶裂了", by=amy)
    db.session.commit()
    at("2026-09-21 17:30")
    outside(watch)
    db.session.refresh(topic)
    assert topic.alarm == terms.UNANSWERED | terms.UNANSWERED_UP
    return topic


@pytest.fixture
def morning(at, send):
    def run(moment="2026-09-22 08:30"):
        at(moment)
        send()

    return run


def test_a_late_topic_waits_under_waiting_by_every_way_alike(
    late, box, amy, ben, max_, morning, browser
):
    for person in (amy, ben, max_):
        reached(person)
    morning()
    got = {letter["To"]: number for number, letter in enumerate(box.letters)}
    assert sorted(got) == ["ben@example.com", "max@example.com"]  # amy has nothing to do with it
    mine = box.words(got["ben@example.com"])
    assert mine.count("林小满：") == 1
    assert "售后 · 超时没答：晚了" in mine
    assert "奶瓶" not in mine  # what the customer said stays in the shop
    assert f"打开主题 http://127.0.0.1:8000/topics/{late.id}" in mine
    assert "改到明天" not in mine  # nobody who waits for an answer is put off
    theirs = box.letters[got["max@example.com"]]
    words, rich = (theirs.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for said in (words, rich):
        assert "· 小本" in said  # whose it is
        assert "等你回复（1）" in said
        assert f"/topics/{late.id}" in said
    assert theirs["Subject"].startswith("今日清单：今天要联系 0，等你回复 1，快凉了 0")
    for person in (ben, max_):
        assert digests.counted(person) == {"due": 0, "waiting": 1, "cooling": 0}
        (one,) = deliveries(staff_id=person.id)
        notice = letters.notice({"delivery": one.id})
        assert (notice.text, notice.count) == ("等你回复 1", 1)
    page = browser.get(box.links(got["ben@example.com"])[-1]).text
    assert f"/topics/{late.id}" in page
    assert "已解决" in page


def test_a_topic_is_noted_and_solved_by_its_links_and_then_settled(
    late, box, ben, morning, browser
):
    reached(ben)
    morning()
    solved, note, whole = box.links()
    assert browser.post(note, text="已经寄了新的").status_code == 303
    noted = db.session.scalars(db.select(TopicLine).where(TopicLine.kind == "note")).one()
    assert (noted.text, noted.by_id) == ("已经寄了新的", ben.id)
    shown = browser.get(solved).text
    assert "已解决" in shown
    assert "打开主题" in shown
    assert browser.post(solved).status_code == 303
    assert "好了，记为已解决了" in browser.get(solved).text
    db.session.refresh(late)
    assert (late.state, late.owner_id) == ("solved", ben.id)
    assert "处理过了" in browser.get(whole).text
    assert browser.post(solved).status_code == 422


@pytest.fixture
def undone(late, box, ben, morning, outside, at):
    """It was answered, and is not done when it should be: in ben's list of that morning."""
    talking.answer(late, "马上寄", by=ben)
    db.session.commit()
    at("2026-09-24 08:00")
    outside(watch)
    reached(ben)
    morning("2026-09-24 08:30")


def test_what_is_answered_and_not_done_moves_to_the_next_day_of_work(
    late, undone, box, ben, morning, browser
):
    assert "售后 · 超时没办完" in box.words()
    move = box.links()[1]
    assert "改到9月28日 周一" in browser.get(move).text  # 25 to 27 September are holidays
    assert browser.post(move).status_code == 303
    db.session.refresh(late)
    assert (late.due_at.isoformat(), late.alarm) == ("2026-09-28T15:59:00+00:00", 0)
    morning("2026-09-25 08:30")
    assert deliveries(staff_id=ben.id)[-1].state == "empty"


@pytest.mark.parametrize("how", ["spoke", "solved", "taken"])
def test_what_changed_meanwhile_is_told_and_not_done(
    late, undone, box, amy, ben, chief, browser, how
):
    move = box.links()[1]
    if how == "spoke":
        talking.hear(late, "还要等多久")
    elif how == "solved":
        moving.move(late, "solved", by=ben)
    else:
        moving.give(late, amy, by=chief)
        groups.edit(late.group, name="售后", purpose="", owner=amy, deputies=[], by=chief)
    db.session.commit()
    answer = browser.post(move)
    assert answer.status_code == (410 if how == "taken" else 422)
    said = {"spoke": "先回一句再改日期", "solved": "已经解决了", "taken": "收回"}[how]
    assert said in answer.text
    assert "奶瓶" not in browser.get(box.links()[-1]).text
    assert db.session.scalars(db.select(Topic.due_at)).one() == late.due_at


def test_what_a_colleague_left_lying_is_in_the_managers_list_once(
    at, box, amy, ben, max_, lin, morning, browser, outside
):
    at("2026-09-14 10:00")
    other = make.customer("王秀英", owner=ben)
    first = make.followup(lin, staff=amy, what="试用装", hours=24)
    second = make.followup(other, staff=ben, what="回访", hours=24)
    make.followup(lin, staff=amy, what="生日", hours=30)
    at("2026-09-17 12:00")
    outside(followups.due)
    reached(max_)
    reached(amy)
    morning("2026-09-18 08:30")
    number = next(n for n, one in enumerate(box.letters) if one["To"] == "max@example.com")
    words, (to_max,) = box.words(number), deliveries(staff_id=max_.id)
    assert "试用装 · 小艾，拖太久了" in words
    assert "回访 · 小本，拖太久了" in words
    assert words.count("林小满：") == 1
    assert (to_max.facts["due"], words.count("完成 http")) == (2, 2)
    assert f"http://127.0.0.1:8000/followups/{first.id}" in words
    amys = box.words(1 - number)
    assert "试用装" in amys
    assert "拖太久了" not in amys
    finish, move = box.links(number)[0], box.links(number)[4]
    assert browser.post(finish).status_code == 303
    assert browser.post(move).status_code == 303
    for one in (first, second):
        db.session.refresh(one)
    assert (first.state, second.state, second.raised) == ("done", "open", 0)
    assert second.due_at.isoformat() == "2026-09-19T02:00:00+00:00"
    page = browser.get(box.links(number)[-1]).text
    assert page.count("处理过了") == 2
    assert "拖太久了" not in page
