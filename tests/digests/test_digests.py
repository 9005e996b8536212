"""The list of the day: to whom, when, what it says, and that it goes out once."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock, outbox, pulses
from app.core.db import db
from app.core.outbox import Letter
from app.customers import people
from app.digests import digests
from tests import make
from tests.digests.conftest import deliveries, reached


def tell(phone, text, work):
    phone.says(text)
    work()


@pytest.fixture
def day(at, amy, lin):
    """A morning on which amy has something on each list."""
    at("2026-08-20 10:00")
    followed = make.followup(lin, staff=amy, what="试用装", hours=48)
    old = make.customer("王秀英", owner=amy)
    for days in (140, 120, 100, 80, 60):
        make.order(old, days_ago=days)
    at("2026-08-22 08:29")
    return followed


def test_a_list_arrives_at_the_persons_hour_and_not_before(day, box, amy, send, at):
    reached(amy)
    send()
    assert box.letters == []
    at("2026-08-22 08:30")
    send()
    (letter,) = box.letters
    assert letter["To"] == "amy@example.com"
    assert letter["Subject"].startswith("今日清单：今天要联系 1，等你回复 0，快凉了 1")
    words = box.words()
    assert "林小满：今天 10:00 · 试用装" in words
    assert "快凉了（1）" in words
    assert "王秀英：" in words
    assert "8月22日 周六" in words
    (one,) = deliveries()
    assert (one.state, one.way, one.on.isoformat()) == ("sent", "email", "2026-08-22")
    assert pulses.last(pulses.REMINDERS) == clock.now()


def test_what_a_customer_said_stays_in_the_shop(phone, box, amy, send, work, at):
    at("2026-08-22 08:00")
    tell(phone, "我的地址是天河路 1 号", work)
    reached(amy)
    at("2026-08-22 09:00")
    send()
    assert "等了 1 小时" in box.words()
    rich = box.letters[0].get_body(("html",)).get_content()
    assert "天河" not in box.words() + rich
    assert "<img" not in rich
    assert 'href="http' in rich


def test_a_list_goes_out_once_a_day_however_often_it_is_asked_for(day, box, amy, send, at):
    reached(amy)
    for hour in ("08:30", "08:30", "09:00", "23:59"):
        at(f"2026-08-22 {hour}")
        send()
    assert len(box.letters) == 1
    at("2026-08-21 12:00")  # the clock is set back a day: that day's hour has passed as well
    send()
    at("2026-08-22 12:00")
    send()
    assert [one.on.isoformat() for one in deliveries()] == ["2026-08-22", "2026-08-21"]
    at("2026-08-23 08:30")
    send()
    assert len(deliveries(state="sent")) == len(box.letters) == 3


def test_two_workers_at_once_send_one(day, box, amy, app, at, work):
    reached(amy)
    at("2026-08-22 08:31")

    def one_worker(_number):
        def run():
            with app.app_context():
                digests.send()

        return Context().run(run)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(one_worker, range(4)))
    work()
    assert len(box.letters) == len(deliveries()) == 1


def test_an_hour_that_does_not_come_or_comes_twice_makes_one_list(
    day, box, amy, send, at, monkeypatch
):
    monkeypatch.setattr(clock, "zone", clock.ZoneInfo("America/New_York"))
    reached(amy).digest_at = 2 * 60 + 30
    db.session.commit()
    for moment in ("2027-03-14T06:59+00:00", "2027-03-14T07:01+00:00"):  # 01:59, then 03:01
        at(moment)
        send()
    assert len(deliveries()) == 1
    amy.digest_at = 60 + 30
    db.session.commit()
    for moment in ("2027-11-07T05:30+00:00", "2027-11-07T06:30+00:00"):  # 01:30 twice
        at(moment)
        send()
    assert len(deliveries()) == 2


def test_nobody_is_written_to_who_has_nothing_to_do_or_wants_nothing(box, amy, ben, send, at):
    reached(amy)
    reached(ben).digest_at = -1
    db.session.commit()
    at("2026-08-22 09:00")
    send()
    assert box.letters == []
    assert [(one.staff_id, one.state) for one in deliveries()] == [(amy.id, "empty")]


def test_who_has_no_way_is_told_on_the_page(day, box, amy, send, at, browser):
    at("2026-08-22 09:00")
    send()
    (one,) = deliveries()
    assert one.state == "nowhere"
    page = browser.as_(amy).get("/settings/me/reminders").text
    assert "还没有地方能收到提醒" in page
    assert "没有接收方式" in page
    assert "还没填" in browser.as_(amy).get("/settings/me").text


def test_a_bounce_stands_on_the_page_with_its_reason(day, box, amy, send, at, browser):
    reached(amy)
    box.trouble = ["550 no such user"]
    at("2026-08-22 08:30")
    send()
    (one,) = deliveries()
    assert (one.state, one.tried[0]["code"]) == ("failed", "550 no such user")
    page = browser.as_(amy).get("/settings/me/reminders").text
    assert "邮件服务器说没有这个收件地址" in page
    assert "550 no such user" in page


def test_what_may_have_arrived_is_not_sent_again(day, box, amy, send, at, browser):
    reached(amy)
    box.trouble = ["unknown"]
    at("2026-08-22 08:30")
    send()
    send()
    assert box.letters == []
    assert deliveries()[0].state == "unknown"
    assert "不确定收到没有" in browser.as_(amy).get("/settings/me/reminders").text
    outbox.send_again(db.session.scalar(db.select(Letter)))
    db.session.commit()
    send()
    assert (len(box.letters), deliveries()[0].state) == (1, "sent")


def test_without_a_mail_server_the_reason_is_said(day, amy, send, at, browser):
    reached(amy)
    at("2026-08-22 08:30")
    send()
    assert deliveries()[0].state == "failed"
    assert "请店主到“设置 › 邮件”里填写" in browser.as_(amy).get("/settings/me/reminders").text


def test_an_operator_sends_the_lists_of_a_moment(day, box, amy, app):
    reached(amy)
    for _run in range(2):
        said = app.test_cli_runner().invoke(
            args=["jobs", "run", "digests.send", "--at", "2026-08-22T08:31"]
        )
        assert (said.exit_code, said.output) == (0, "")
    assert len(box.letters) == 1


def test_a_reader_gets_their_own_language_and_only_their_customers(
    day, box, amy, ben, chief, lin, send, at
):
    reached(ben)
    reached(chief).language = "en"
    db.session.commit()
    at("2026-08-22 08:30")
    send()
    assert [letter["To"] for letter in box.letters] == ["chief@example.com"]
    assert "这封信由熟客自动寄出" not in box.letters[0].get_body(("html",)).get_content()
    people.hand_over(lin, to=ben, by=chief)
    db.session.commit()
    at("2026-08-23 08:30")
    send()
    mine = next(n for n, letter in enumerate(box.letters) if letter["To"] == "ben@example.com")
    assert "林小满" in box.words(mine)
    assert "今天要联系（1）" in box.words(mine)


def test_the_page_keeps_hour_address_and_refuses_nonsense(browser, amy):
    mine = browser.as_(amy)
    answer = mine.post("/settings/me/reminders", digest_at="1200", email="amy@example.com",
                       digest_first="email", remind_due="y")  # fmt: skip
    assert answer.status_code == 303
    db.session.refresh(amy)
    assert (amy.digest_at, amy.email, amy.remind_due) == (1200, "amy@example.com", True)
    for bad in ({"digest_at": "1201"}, {"email": "nobody"}, {"digest_first": "pigeon"}):
        fields = {"digest_at": "1200", "email": "", "digest_first": "email"} | bad
        assert mine.post("/settings/me/reminders", **fields).status_code == 422
    db.session.refresh(amy)
    assert amy.email == "amy@example.com"


@given(st.integers(0, 1439), st.integers(-800, 800))
def test_an_hour_is_a_moment_of_its_day_in_every_season(minutes, days):
    person = type("Person", (), {"digest_at": minutes})
    day = clock.date(2026, 8, 22) + timedelta(days=days)
    assert clock.day_of(digests.hour_of(person, day)) == day
