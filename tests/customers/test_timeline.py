"""One stream of what happened, and the page that shows it."""

import re

import pytest

from app.core.clock import now
from app.core.db import db
from app.customers import notes, people, timeline
from app.inbox import receiving
from app.reminders import followups
from app.sales import ordering
from tests import make


def test_a_kind_refuses_details_that_it_did_not_declare(lin):
    with pytest.raises(TypeError):
        timeline.record(people.NAMED, lin, colour="red")


def test_the_story_is_paged_by_time_and_id(amy, lin):
    for number in range(45):
        notes.write(lin, f"第 {number} 次", by=amy)
    first = timeline.story(lin, groups=["note"], most=20)
    second = timeline.story(lin, groups=["note"], before=(first[-1].at, first[-1].id), most=20)
    shown = [m.details["text"] for m in first + second]
    assert shown == [f"第 {n} 次" for n in range(44, 4, -1)]


def test_a_message_waits_until_it_is_answered(amy, lin):
    receiving.receive(
        lin, channel="wechat", account="a", address="o", kind="text", text="在吗", details={},
        at=now(), key="1",
    )  # fmt: skip
    waiting = lin.waiting_since
    assert waiting <= now()
    timeline.answered(lin)
    assert lin.waiting_since > now()


def test_every_kind_of_moment_has_its_line(browser, amy, lin):
    order = make.order(lin, by=amy)
    ordering.void(order, reason="点错了", by=amy)
    notes.write(lin, "她说下周来", by=amy, method="phone", result="interested")
    notes.write(lin, "路上碰到", by=amy)
    people.edit(lin, version=lin.version, by=amy, remark="不吃辣")
    people.set_phone(lin, "13800130002", source="staff", by=amy)
    people.hand_over(lin, to=amy, by=amy)
    plan = make.followup(lin, staff=amy)
    followups.finish(plan, by=amy, result="interested")
    followups.close(make.followup(lin, staff=amy), outcome="unwanted", by=amy)
    receiving.receive(
        lin, channel="wechat", account="a", address="o", kind="image", text="", details={},
        at=now(), key="1",
    )  # fmt: skip
    db.session.commit()
    text = browser.as_(amy).get(f"/customers/{lin.id}").text
    for line in (
        "已作废", "点错了", "她说下周来", "有意向", "不用提醒", "图片", "备注", "交给小艾", "建档",
    ):  # fmt: skip
        assert line in text


def test_a_chip_narrows_the_story(browser, amy, lin):
    make.order(lin, text="一罐奶粉")
    notes.write(lin, "打过电话", by=amy)
    db.session.commit()
    story = browser.as_(amy).htmx.get(f"/customers/{lin.id}", group="order").text
    assert "一罐奶粉" in story
    assert "打过电话" not in story
    assert "<html" not in story


def test_older_moments_come_by_a_link_that_works_alone(browser, amy, lin):
    for number in range(30):
        notes.write(lin, f"第 {number} 次", by=amy)
    db.session.commit()
    page = browser.as_(amy)
    address = re.search(
        r'href="(/customers/\d+/moments[^"]*)"', page.get(f"/customers/{lin.id}").text
    )
    before = re.search(r"before=([^&\"]+)", address[1])[1].replace("%7E", "~")
    for older in (page, page.htmx):
        assert "第 0 次" in older.get(f"/customers/{lin.id}/moments", before=before).text


@pytest.mark.parametrize("query", [{"before": "x"}, {"before": "9" * 17 + "~1"}, {"group": "x"}])
def test_nonsense_in_the_address_shows_the_newest(browser, amy, lin, query):
    assert "建档" in browser.as_(amy).get(f"/customers/{lin.id}", **query).text
