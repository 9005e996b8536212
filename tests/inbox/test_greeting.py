"""What the shop says by itself: once, in time, and never instead of an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import FAR_OFF
from app.core.db import db
from app.core.errors import Refused
from app.inbox import greeting, listing, opening
from app.inbox.listing import Choice
from app.inbox.models import RESOLVED, Conversation, Message
from app.inbox.variables import fill

WEEK = ["9:00-12:00 14:00-21:00"] * 5 + ["", "10-18"]


def the(model):
    db.session.expire_all()
    return db.session.scalars(db.select(model)).one()


@pytest.fixture
def shop(phone, at):
    """A shop that greets, and says when it is closed. It is Monday, ten in the morning."""
    at("2026-11-23 10:00")
    greeting.put("欢迎关注小禾！", "{称呼}好，我们 9 点开门")
    opening.put(WEEK, "2026-11-30 ~ 2026-12-01 盘点")
    db.session.commit()
    return phone


def test_who_follows_is_greeted_once(shop, work, at, amy):
    shop.does("subscribe")
    work()
    assert shop.screen == ["欢迎关注小禾！"]
    chat = the(Conversation)
    assert (chat.state, chat.waiting_since, chat.last_text) == (RESOLVED, FAR_OFF, "欢迎关注小禾！")
    assert listing.rows(amy, Choice(tab="all")).rows == []
    at("2026-11-24 10:00")
    shop.does("unsubscribe")
    work()
    at("2026-11-24 10:01")
    shop.does("subscribe")
    work()
    assert shop.screen == ["欢迎关注小禾！"]


def test_old_news_is_not_greeted(shop, work, at):
    shop.does("subscribe")
    at("2026-11-23 10:05")
    work()
    assert shop.screen == []
    assert db.session.scalar(db.select(Conversation)) is None


def test_without_words_nothing_is_said(phone, work):
    phone.does("subscribe")
    phone.says("在吗")
    work()
    assert phone.screen == []


def test_who_writes_to_a_closed_shop_hears_it_once_a_night(shop, work, at):
    for minute in (0, 5):
        at(f"2026-11-23 22:{minute:02}")
        shop.says("在吗")
        work()
    assert shop.screen == ["您好，我们 9 点开门"]
    chat = the(Conversation)
    assert chat.waiting_since < FAR_OFF
    assert (chat.unread, chat.assignee_id, chat.last_text) == (2, None, "在吗")
    at("2026-11-24 10:00")
    shop.says("早")
    work()
    assert len(shop.screen) == 1
    at("2026-11-24 13:00")
    shop.says("中午呢")
    work()
    assert len(shop.screen) == 2


def test_a_day_off_is_closed_too(shop, work, at):
    at("2026-11-30 10:00")
    shop.says("在吗")
    work()
    assert shop.screen == ["您好，我们 9 点开门"]


def test_a_message_of_the_night_that_comes_in_the_morning_is_not_told(shop, work, at):
    at("2026-11-23 23:00")
    shop.says("在吗")
    at("2026-11-24 09:30")
    work()
    assert shop.screen == []


def test_who_wants_no_messages_gets_no_automatic_one(shop, work, at):
    shop.says("在吗")
    work()
    chat = the(Conversation)
    chat.customer.do_not_disturb = True
    db.session.commit()
    at("2026-11-23 22:00")
    shop.says("在吗")
    work()
    assert shop.screen == []


def test_an_automatic_word_is_told_as_such(shop, work, browser, amy, at):
    at("2026-11-23 22:00")
    shop.says("在吗")
    work()
    page = browser.as_(amy).get(f"/inbox/{the(Conversation).id}").text
    assert "自动回复" in page
    assert db.session.scalars(db.select(Message.by_id).where(~Message.inbound)).all() == [None]


# The owner's page ---------------------------------------------------------------------------------


def week(**changed):
    return {f"day{n}": "9:00-21:00" for n in range(7)} | {"off": ""} | changed


def test_the_owner_sets_hours_and_words(app, browser, chief):
    one = browser.as_(chief)
    assert one.get("/settings/hours").status_code == 200
    assert one.post("/settings/hours", **week(day6="休息")).status_code == 303
    assert one.post("/settings/hours/answers", welcome="欢迎", away="").status_code == 303
    text = one.get("/settings/hours").text
    assert "09:00-21:00" in text
    assert ">欢迎</textarea>" in text.replace("\r\n", "").replace("\n", "")
    assert greeting.texts() == ("欢迎", "")


@pytest.mark.parametrize(
    "typed", [{"day0": "上午"}, {"off": "国庆"}, {"day0": "20-3", "day1": "2-4"}]
)
def test_hours_that_cannot_be_read_come_back_as_typed(app, browser, chief, typed):
    answer = browser.as_(chief).post("/settings/hours", **week(**typed))
    assert answer.status_code == 422
    assert next(iter(typed.values())) in answer.text


def test_only_the_owner_sets_them(app, browser, amy, max_):
    for staff in (amy, max_):
        assert browser.as_(staff).get("/settings/hours").status_code == 403
        assert browser.as_(staff).post("/settings/hours", **week()).status_code == 403
        assert browser.as_(staff).post("/settings/hours/answers").status_code == 403


def test_a_text_that_is_too_long_for_wechat_is_refused(app):
    with pytest.raises(Refused):
        greeting.put("长" * 700, "")


@given(st.text(max_size=60), st.text(max_size=20))
def test_only_our_variables_are_filled(text, called):
    assert "{称呼}" not in fill(text + "{称呼}", called=called.replace("{", "")).replace(text, "")
    plain = text.replace("{", "").replace("｛", "")
    assert fill(plain, called=called) == plain
