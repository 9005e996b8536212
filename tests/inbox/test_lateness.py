"""Who is told when a customer waits too long or the window closes: once, in opening hours."""

from datetime import timedelta

import pytest

from app.core.clock import FAR_OFF, now
from app.core.db import db
from app.core.jobs import Job
from app.customers import people
from app.customers.models import Moment
from app.inbox import closing, lateness, listing, meter, opening, receiving, replying
from app.inbox.listing import LATE, Choice
from app.inbox.models import Conversation
from app.timetable import TIMETABLE
from tests import make

WEEK = ["9:00-21:00"] * 7


@pytest.fixture
def told(app, at):
    """told(customer): they say something now; their conversation. It is Monday, 10 o'clock."""
    at("2026-11-23 10:00")
    opening.put(WEEK, "")
    db.session.commit()

    def tell(customer, text="在吗"):
        key = f"t{db.session.scalar(db.select(db.func.count(Moment.id)))}"
        message = receiving.receive(
            customer, channel="wechat", account="wxshop", address=f"o-{customer.id}", kind="text",
            text=text, details={}, at=now(), key=key,
        )  # fmt: skip
        db.session.commit()
        return message.conversation

    return tell


def watch():
    lateness.watch()
    db.session.commit()


def again(chat):
    db.session.expire_all()
    return db.session.get_one(Conversation, chat.id)


def heard(staff):
    found = [row.id for row in lateness.of(staff)[0]]
    db.session.commit()
    return found


def test_the_person_is_told_first_and_then_the_manager(told, lin, amy, ben, max_, at):
    chat = told(lin)
    at("2026-11-23 10:14")
    watch()
    assert heard(amy) == heard(max_) == []
    at("2026-11-23 10:15")
    watch()
    assert (heard(amy), heard(ben), heard(max_)) == ([chat.id], [], [])
    at("2026-11-23 11:00")
    watch()
    assert (heard(amy), heard(ben), heard(max_)) == ([chat.id], [], [chat.id])
    kinds = db.session.scalars(db.select(Moment.kind).where(Moment.customer_id == lin.id)).all()
    assert kinds.count("chat.waited") == 1


def test_looking_again_tells_nobody_twice(told, lin, amy, at):
    chat = told(lin)
    at("2026-11-23 12:00")
    for _ in range(3):
        watch()
    assert again(chat).alarm == lateness.WAITING | lateness.WAITING_UP
    count = db.select(db.func.count(Moment.id)).where(Moment.kind == "chat.waited")
    assert db.session.scalar(count) == 1


def test_nobodys_conversation_is_told_to_all_who_may_take_it(told, amy, ben, max_, at):
    chat = told(make.customer("过客"))
    at("2026-11-23 10:20")
    watch()
    assert heard(amy) == heard(ben) == heard(max_) == [chat.id]


@pytest.mark.parametrize("answer", [replying.reply, None])
def test_an_answer_ends_the_alarm(told, lin, amy, at, answer):
    chat = told(lin)
    at("2026-11-23 12:00")
    watch()
    if answer:
        replying.reply(again(chat), "在的", by=amy)
    else:
        closing.resolve(again(chat), by=amy)
    db.session.commit()
    assert heard(amy) == []
    told(lin, "还有")
    assert heard(amy) == []
    at("2026-11-23 12:15")
    watch()
    assert heard(amy) == [chat.id]


def test_what_ended_by_another_way_is_forgotten(told, lin, amy, at):
    chat = told(lin)
    at("2026-11-23 12:00")
    watch()
    again(chat).waiting_since = FAR_OFF
    db.session.commit()
    watch()
    assert again(chat).alarm == 0


def test_the_night_does_not_count_and_is_quiet(told, lin, amy, at):
    at("2026-11-23 20:50")
    chat = told(lin)
    for moment in ("2026-11-23 21:30", "2026-11-24 08:00", "2026-11-24 09:04"):
        at(moment)
        watch()
        assert heard(amy) == []
    at("2026-11-24 09:05")
    watch()
    assert heard(amy) == [chat.id]


def test_a_window_that_closes_is_told_while_it_can_be_helped(told, lin, amy, max_, at):
    chat = told(lin)
    chat.window_until, chat.window_left = now() + timedelta(hours=48), 5  # Wednesday, 10:00
    db.session.commit()
    lateness.TELL_WAITING.put(0)
    lateness.TELL_WAITING_UP.put(0)
    db.session.commit()
    at("2026-11-24 19:59")
    watch()
    assert heard(amy) == []
    at("2026-11-24 20:00")  # an hour till the night, and one in the morning
    watch()
    assert (heard(amy), heard(max_)) == ([chat.id], [])
    at("2026-11-25 09:30")
    watch()
    assert heard(max_) == [chat.id]
    assert lateness.is_closing(again(chat))
    at("2026-11-25 10:01")
    assert not lateness.is_closing(again(chat))


def test_a_window_that_was_opened_anew_is_no_alarm(told, lin, amy, at):
    chat = told(lin)
    chat.window_until, chat.window_left = now() + timedelta(minutes=20), 5
    lateness.TELL_WAITING.put(0)
    lateness.TELL_WAITING_UP.put(0)
    db.session.commit()
    watch()
    assert heard(amy) == [chat.id]
    fresh = meter.summed([(now() + timedelta(hours=48), 5)], follows=True, at=now())
    meter.put(chat.channel, chat.account, chat.address, fresh)
    db.session.commit()
    assert heard(amy) == []


@pytest.mark.parametrize("left", [0, meter.GONE])
def test_who_cannot_be_answered_raises_no_alarm_of_the_window(told, lin, amy, left):
    chat = told(lin)
    chat.window_until, chat.window_left = now() + timedelta(minutes=20), left
    db.session.commit()
    watch()
    assert heard(amy) == []


def test_zero_minutes_are_no_alarm(told, lin, amy, at):
    told(lin)
    for one in (lateness.TELL_WAITING, lateness.TELL_WAITING_UP):
        one.put(0)
    at("2026-11-23 20:00")
    watch()
    assert heard(amy) == []


def test_more_than_one_chunk_is_told_in_one_go(told, amy, max_, at, monkeypatch):
    monkeypatch.setattr(lateness, "CHUNK", 3)
    for n in range(8):
        told(make.customer(f"客{n}", owner=amy))
    at("2026-11-23 11:30")
    watch()
    assert lateness.count(amy) == lateness.count(max_) == 8
    assert len(heard(amy)) == lateness.SHOWN


def test_an_alarm_is_not_told_to_who_may_not_see_the_customer(told, lin, amy, ben, at):
    chat = told(lin)
    chat.assignee_id = ben.id
    db.session.commit()
    at("2026-11-23 10:20")
    watch()
    assert heard(ben) == heard(amy) == []
    people.let_help(lin, staff=ben, why="inbox")
    db.session.commit()
    assert heard(ben) == [chat.id]


def test_the_list_has_the_longest_waiting_on_top(told, amy, max_, at):
    chats = []
    for n in range(3):
        at(f"2026-11-23 10:0{n}")
        chats.append(told(make.customer(f"客{n}", owner=amy if n else None)))
    at("2026-11-23 10:16")
    watch()
    for staff in (amy, max_):
        rows = listing.rows(staff, Choice(tab="all", state=LATE)).rows
        assert [row.id for row in rows] == [chats[0].id, chats[1].id]


def test_today_and_the_inbox_say_so(told, lin, amy, max_, browser, at):
    chat = told(lin)
    at("2026-11-23 11:10")
    watch()
    for staff in (amy, max_):
        one = browser.as_(staff)
        for path in ("/", "/inbox?tab=all"):
            path, _mark, tab = path.partition("?tab=")
            text = one.get(path, **({"tab": tab} if tab else {})).text
            assert "已等 1 小时" in text, path
        assert "已提醒店长" in one.get("/").text
        assert f'href="/inbox/{chat.id}' in one.get("/inbox", tab="all", state="late").text


def test_it_is_looked_at_every_minute(app):
    assert ("* * * * *", lateness.watch) in TIMETABLE
    assert lateness.watch.later(key="watch@1")
    assert lateness.watch.later(key="watch@1") is None
    assert len(db.session.scalars(db.select(Job)).all()) == 1
