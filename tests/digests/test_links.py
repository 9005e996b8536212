"""Signed links: looking shows, a tap acts, once; and what is changed, old or taken back is dead."""

import re

import pytest

from app.core.clock import LONG_AGO
from app.core.db import db
from app.customers import people
from app.customers.models import Moment, Note
from app.digests.models import DeliveryLine
from app.inbox import opening
from app.inbox.models import Conversation
from app.reminders import followups
from app.reminders.models import FollowUp
from app.staff import accounts
from tests import make
from tests.digests.conftest import deliveries, reached
from tests.house.walking import all_rows


@pytest.fixture
def links(at, box, amy, lin, send):
    """(finish, tomorrow, note, list): the links of a list with one follow-up."""
    at("2026-08-20 10:00")
    make.followup(lin, staff=amy, what="试用装", hours=48)
    reached(amy)
    at("2026-08-22 08:30")
    send()
    return box.links()


def the_followup():
    return db.session.scalars(db.select(FollowUp)).one()


def test_looking_changes_nothing_and_a_tap_acts_without_a_session(links, browser, amy):
    finish = links[0]
    before = all_rows()
    for _preview in range(3):
        shown = browser.get(finish)
        assert shown.status_code == 200
        assert "林小满" in shown.text
    assert browser.client.head(finish).status_code == 200
    assert all_rows() == before
    assert browser.post(finish, _csrf=False).status_code == 303
    one = the_followup()
    assert (one.state, one.outcome) == ("done", "done")
    done = db.session.scalars(db.select(Moment).where(Moment.kind == "followup.finished")).one()
    assert done.by_id == amy.id
    assert "好了，完成了" in browser.get(finish).text
    (delivery,) = deliveries()
    assert delivery.opened_at > LONG_AGO
    assert delivery.acted_at > LONG_AGO
    page = browser.as_(amy).get("/settings/me/reminders").text
    assert "08:30 打开" in page
    assert "08:30 处理" in page


def test_a_link_does_its_one_thing_once(links, browser):
    _finish, tomorrow, note, _whole = links
    assert browser.post(tomorrow, text="不是备注").status_code == 303
    assert the_followup().due_at.isoformat() == "2026-08-23T02:00:00+00:00"
    again = browser.post(tomorrow)
    assert again.status_code == 422
    assert "已经用过了" in again.text
    assert the_followup().due_at.isoformat() == "2026-08-23T02:00:00+00:00"
    empty = browser.post(note, text="  ")
    assert empty.status_code == 422
    assert "还没有写内容" in empty.text
    assert browser.post(note, text="说下周再来").status_code == 303
    assert browser.post(note, text="又来一次").status_code == 422
    assert [one.text for one in db.session.scalars(db.select(Note))] == ["说下周再来"]


def test_tomorrow_is_the_next_day_on_which_the_shop_works(
    at, box, amy, lin, send, browser, phone, work
):
    opening.put(["9:00-18:00"] * 7, "2026-10-08 盘点")
    at("2026-09-29 10:00")
    make.followup(lin, staff=amy, what="试用装", hours=24)
    phone.says("在吗")
    work()
    reached(amy)
    at("2026-09-30 08:30")
    send()
    call, answer = box.links()[1], box.links()[4]
    shown = browser.get(call).text
    assert "明天休息，改到下一个上班的日子" in shown
    assert "改到10月9日 周五" in shown
    for link in (call, answer):
        assert browser.post(link).status_code == 303
        assert "好了，改到10月9日 周五了" in browser.get(link).text
    assert the_followup().due_at.isoformat() == "2026-10-09T02:00:00+00:00"
    chat = db.session.scalars(db.select(Conversation)).one()
    assert chat.snoozed_until.isoformat() == "2026-10-09T01:00:00+00:00"
    at("2026-10-02 12:00")  # the link tells of what it did, whenever it is looked at
    assert "好了，改到10月9日 周五了" in browser.get(call).text


def test_the_whole_list_shows_what_is_left(links, browser):
    whole = links[3]
    shown = browser.get(whole).text
    assert re.findall(r'href="http://127.0.0.1:8000(/a/[^"]+)"', shown) == links[:3]
    browser.post(links[0])
    assert "处理过了" in browser.get(whole).text
    assert browser.post(whole).status_code == 422


def test_that_somebody_looked_is_told_by_their_browser_alone(links, browser):
    assert browser.post(f"{links[0]}/opened", _csrf=False).status_code == 204
    assert db.session.scalars(db.select(DeliveryLine.opened_at)).one() > LONG_AGO
    assert deliveries()[0].acted_at == LONG_AGO
    assert browser.post("/a/d.1.1.x/opened").status_code == 204


@pytest.mark.parametrize("how", ["purpose", "number", "end", "seal", "nothing"])
def test_a_changed_link_opens_nothing(links, browser, how):
    sign, number, end, seal = links[0].removeprefix("/a/").split(".")
    changed = {
        "purpose": ("t", number, end, seal), "number": (sign, "7f", end, seal),
        "end": (sign, number, "ffffffff", seal), "seal": (sign, number, end, seal[::-1]),
        "nothing": ("x",),
    }[how]  # fmt: skip
    path = "/a/" + ".".join(changed)
    assert browser.get(path).status_code == 410
    assert browser.post(path).status_code == 410
    assert the_followup().is_open


def test_a_link_ends_after_three_days(links, browser, at):
    at("2026-08-25 08:31")
    assert browser.post(links[0]).status_code == 410
    assert "过期或被收回" in browser.get(links[0]).text
    assert the_followup().is_open


@pytest.mark.parametrize("how", ["taken back", "password", "left", "out of sight"])
def test_a_link_can_be_taken_back(links, browser, amy, ben, chief, lin, at, how):
    at("2026-08-22 09:00")
    if how == "taken back":
        assert browser.as_(amy).post("/settings/me/reminders/links/ending").status_code == 303
    elif how == "password":
        accounts.change_password(amy, "x", by=amy)
    elif how == "left":
        accounts.deactivate(amy, by=chief)
    else:
        people.hand_over(lin, to=ben, by=chief)
        db.session.execute(db.text("DELETE FROM helper"))
    db.session.commit()
    assert browser.post(links[0]).status_code == 410
    assert the_followup().is_open


def test_what_was_done_elsewhere_is_not_done_again(links, browser, amy):
    followups.finish(the_followup(), by=amy, text="打过电话了")
    db.session.commit()
    assert "已经处理过了" in browser.get(links[0]).text
    assert browser.post(links[0]).status_code == 422
    assert db.session.scalars(db.select(DeliveryLine.done_at)).one() == LONG_AGO


def test_who_waits_and_who_goes_cold_are_handled_too(at, box, amy, send, browser, phone, work):
    at("2026-08-20 10:00")
    old = make.customer("王秀英", owner=amy)
    for days in (140, 120, 100, 80, 60):
        make.order(old, days_ago=days)
    at("2026-08-22 08:00")
    phone.says("在吗")
    work()
    reached(amy)
    at("2026-08-22 08:30")
    send()
    waits, cold = box.links()[:3], box.links()[3:6]
    assert browser.post(waits[1]).status_code == 303
    chat = db.session.scalars(db.select(Conversation)).one()
    assert chat.state == "snoozed"
    assert browser.post(waits[0]).status_code == 303
    db.session.refresh(chat)
    assert chat.state == "resolved"
    assert browser.post(cold[0]).status_code == 303
    db.session.refresh(old)
    assert old.last_outbound_at > LONG_AGO
    assert browser.post(cold[1]).status_code == 303
    one = the_followup()
    assert (one.what, one.customer_id, one.staff_id) == ("回访", old.id, amy.id)
