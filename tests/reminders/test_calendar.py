"""The calendar: its sheets, days off and the way around them, and what a phone subscribes to."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import icalendar
import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.clock import at_local, local
from app.core.clock import time as clock_time
from app.core.db import db
from app.inbox import opening
from app.reminders import feeds, followups, recurring, repeating, workdays
from app.reminders.models import Feed, FollowUp
from tests import make


@pytest.fixture
def september(at):
    """A Monday, ten days before the holidays of October 2026."""
    at("2026-09-21 09:00")


def plan(lin, amy, day, hour=10, what="回访", **more):
    when = at_local(date.fromisoformat(day), clock_time(hour))
    one = followups.plan(lin, what=what, due_at=when, staff=amy, by=amy, **more)
    db.session.commit()
    return one


# The sheets --------------------------------------------------------------------------------------


def test_the_month_shows_each_on_its_day_with_holidays_and_the_lunar_date(
    browser, september, lin, amy
):
    plan(lin, amy, "2026-09-30", what="问大罐")
    for n in range(6):
        plan(lin, amy, "2026-10-09", what=f"第{n}件")
    mine = browser.as_(amy)
    sheet = mine.get("/followups/calendar", on="2026-10-15").text
    days = re.findall(
        r'<li class="cal-day[^"]*">.*?</li>\s*(?=<li class="cal-day|</ol>)', sheet, re.S
    )
    assert len(days) == 35  # from Monday, 28 September, to Sunday, 1 November
    assert "问大罐" in days[2]
    assert "国庆节" in days[3]
    assert "is-off" in days[3]
    assert "班" in days[12]
    assert days[11].count("<li><a") == 4
    assert "还有 2 个" in days[11]
    assert "第5件" in mine.get("/followups/calendar/week", on="2026-10-09").text
    assert "第5件" in mine.get("/followups/calendar/day", on="2026-10-09").text


def test_any_address_shows_a_sheet_and_others_work_stays_out(browser, september, lin, amy, ben):
    plan(lin, amy, "2026-09-22", what="小艾的事")
    theirs = browser.as_(ben)
    for view in ("", "/week", "/day"):
        for on in ("x", "0001-01-01", "9999-12-31", "2026-09-22"):
            answer = theirs.get(f"/followups/calendar{view}", on=on, whose="all")
            assert answer.status_code == 200
            assert "小艾的事" not in answer.text


# Days off ----------------------------------------------------------------------------------------


def test_a_follow_up_on_a_day_off_is_offered_the_next_working_day(browser, september, lin, amy):
    mine = browser.as_(amy)
    shown = mine.get("/followups/said", q="国庆节上午11点回访林小满").text
    assert "放假（国庆节）" in shown
    assert "改到 10月8日 11:00 记下来" in shown
    fields = {"customer": str(lin.id), "what": "回访", "next": "custom", "at": "2026-10-01T11:00"}
    kept = mine.post("/followups", **fields, staff=str(amy.id))
    assert "/followups/1?" in kept.headers["Location"]
    page = mine.get("/followups/1").text
    assert "改到 10月8日 11:00" in page
    mine.post("/followups/1/snooze", to="custom", at="2026-10-08T11:00")
    mine.post("/followups", **fields, staff=str(amy.id), moved="y")
    db.session.commit()
    assert {f"{local(one.due_at):%m-%d %H}" for one in db.session.scalars(db.select(FollowUp))} == {
        "10-08 11"
    }


def test_the_composer_and_a_put_off_row_offer_it_as_well(browser, september, lin, amy):
    mine = browser.as_(amy)
    box = mine.htmx.post(
        f"/customers/{lin.id}/contacts", text="聊了", next="custom", said="10月1日", what="再问"
    )
    assert "改到 10月8日 10:00" in box.text
    row = mine.htmx.post("/followups/1/snooze", to="custom", at="2026-10-02T10:00")
    assert "那天放假（国庆节）" in row.text
    one = plan(lin, amy, "2026-09-23")
    sent = mine.post(f"/followups/{one.id}/result", text="好", next="custom", at="2026-10-03T10:00")
    assert "/followups/3?" in sent.headers["Location"]


def test_what_comes_again_moves_by_itself_and_returns_to_its_day(at, lin, amy):
    at("2026-09-24 09:00")
    one = plan(lin, amy, "2026-09-24", repeat="week:1")
    followups.finish(one, by=amy)
    (second,) = followups.of(lin)
    assert f"{local(second.due_at):%m-%d}" == "10-08"
    at("2026-10-08 12:00")
    followups.finish(second, by=amy)
    assert [f"{local(o.due_at):%m-%d}" for o in followups.of(lin)] == ["10-15"]


def test_the_shops_own_days_and_its_weekly_one_count_and_a_made_up_day_does_not(app, at):
    at("2026-09-14 09:00")
    opening.put(["9-18"] * 5 + ["休", "休"], "2026-09-16 ~ 2026-09-17 盘点")
    off = workdays.days_off(date(2026, 9, 14), date(2026, 9, 20))
    assert off == {
        date(2026, 9, 16): "盘点",
        date(2026, 9, 17): "盘点",
        date(2026, 9, 19): "每周这天店休",
    }
    assert workdays.back(date(2026, 9, 21), 3) == date(2026, 9, 15)
    workdays.RESTS.put(False)
    assert date(2026, 10, 1) not in workdays.days_off(date(2026, 10, 1), date(2026, 10, 1))
    assert workdays.offer(at_local(date(2026, 10, 1))) is None


def test_the_owner_keeps_the_table(browser, chief, amy, september):
    theirs = browser.as_(chief)
    page = theirs.get("/settings/holidays", year="2027").text
    assert "国务院还没有公布" in page
    answer = theirs.post("/settings/holidays", year="2027", days="2027-03-01 盘点")
    assert answer.status_code == 303
    assert "国务院还没有公布" not in theirs.get("/settings/holidays", year="2027").text
    wrong = theirs.post("/settings/holidays", year="2027", days="2027-02-30 春节")
    assert (wrong.status_code, "2027-02-30 春节" in wrong.text) == (422, True)
    assert browser.as_(amy).get("/settings/holidays").status_code == 403


# The phone's calendar ----------------------------------------------------------------------------


@pytest.fixture
def address(browser, amy):
    """The address that amy was shown, once."""
    page = browser.as_(amy).post("/profile/calendar").text
    return re.search(r'value="http://localhost(/calendar/[^"]+\.ics)"', page)[1]


def test_a_calendar_client_reads_it(browser, september, lin, amy, ben, address):
    plan(lin, amy, "2026-09-22", 15, what="问奶粉; 大罐, 两罐\n再说" + "很长的话" * 20)
    whole = plan(lin, amy, "2026-09-23", 23, what="整天")
    whole.due_at = at_local(date(2026, 9, 23), clock_time(23, 59))
    plan(make.customer("别人的客", owner=ben), ben, "2026-09-22")
    followups.finish(plan(lin, amy, "2026-09-24", what="做完的"), by=amy)
    db.session.commit()
    answer = browser.get(address)  # no session
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert "Set-Cookie" not in answer.headers
    assert max(len(line) for line in answer.data.split(b"\r\n")) <= 75
    read = icalendar.Calendar.from_ical(answer.data)
    first, second = read.walk("VEVENT")
    assert str(first["SUMMARY"]).startswith("林小满 · 问奶粉; 大罐, 两罐")
    assert first.decoded("DTSTART") == datetime(2026, 9, 22, 7, tzinfo=UTC)
    assert second.decoded("DTSTART") == date(2026, 9, 23)
    assert first["URL"].endswith("/followups/1")
    assert [one.walk("VALARM")[0]["TRIGGER"].dt for one in (first, second)] == [
        timedelta(0), timedelta(hours=9),  # nobody is woken at midnight
    ]  # fmt: skip
    again = icalendar.Calendar.from_ical(browser.get(address).data).walk("VEVENT")
    assert [str(one["UID"]) for one in again] == ["followup-1@localhost", "followup-2@localhost"]
    assert (str(read["X-WR-TIMEZONE"]), "X-WR-CALNAME" in read) == ("Asia/Shanghai", True)
    assert "13800130001" not in answer.text


def test_what_comes_again_does_so_in_the_phones_calendar(
    browser, september, lin, amy, address, monkeypatch
):
    plan(lin, amy, "2026-09-22", 7, repeat="week:1")
    moved = plan(lin, amy, "2026-09-30", 10, repeat="month:1", what="月底")
    followups.snooze(moved, to=at_local(date(2026, 9, 29), clock_time(16)))
    whole = plan(lin, amy, "2026-09-21", 23, repeat="day:10", what="整天")
    whole.due_at, whole.repeat = (
        at_local(date(2026, 9, 21), clock_time(23, 59)),
        whole.repeat | {"at": 1439},
    )
    plan(lin, amy, "2026-09-24", repeat="lunar:1", what="农历生日")
    db.session.commit()
    read = icalendar.Calendar.from_ical(browser.get(address).data)
    events = {}
    for one in read.walk("VEVENT"):
        events.setdefault(str(one["UID"]), []).append(one)
    ((all_day,), (weekly,), (lunar,), (usual, instead)) = sorted(
        events.values(), key=lambda some: (len(some), some[0].decoded("DTSTART").strftime("%m%d"))
    )
    assert weekly["RRULE"].to_ical() == b"FREQ=WEEKLY;INTERVAL=1"
    assert weekly.decoded("DTSTART") == datetime(2026, 9, 21, 23, tzinfo=UTC)  # 22nd of ours, 07:00
    for name, day in (("EXDATE", "1006 07:00"), ("RDATE", "1008 07:00")):  # holidays until the 7th
        assert [f"{one.dt:%m%d %H:%M}" for one in weekly[name].dts] == [day]
    assert "RRULE" not in lunar
    assert all_day.decoded("DTSTART") == date(2026, 9, 21)
    assert usual["RRULE"].to_ical() == b"FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=28,29,30;BYSETPOS=-1"
    assert instead.decoded("RECURRENCE-ID") == usual.decoded("DTSTART")
    assert instead.decoded("DTSTART") == datetime(2026, 9, 29, 8, tzinfo=UTC)
    assert [str(one["TZID"]) for one in read.walk("VTIMEZONE")] == ["Asia/Shanghai"]


UNITS = st.sampled_from(["day", "week", "month", "year"])


@given(UNITS, st.integers(1, 9), st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_the_rule_of_a_calendar_and_ours_name_the_same_days(unit, every, first):
    rule = repeating.begin(f"{unit}:{every}", at_local(first, clock_time(7, 30)))
    theirs = rrulestr(recurring.said(rule), dtstart=datetime.combine(first, clock_time(7, 30)))
    days = [moment.date() for moment in islice(theirs, 30)]
    ours = [first]
    while len(ours) < len(days):
        ours.append(repeating.step(rule, ours[-1]))
    assert days == ours


@given(st.sampled_from(["America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"]),
       st.dates(date(2026, 1, 1), date(2028, 1, 1)))  # fmt: skip
def test_a_zone_is_told_with_its_changes(zone, day):
    was, clock.zone = clock.zone, clock.ZoneInfo(zone)
    try:
        told = recurring.zone_lines(date(2025, 12, 1), date(2028, 3, 1))
        here = icalendar.Timezone.from_ical("\r\n".join(told)).to_tz()
        at = datetime.combine(day, clock_time(12))
        assert here.utcoffset(at) == clock.zone.utcoffset(at)
    finally:
        clock.zone = was


def test_only_the_newest_address_opens_and_none_after_it_is_stopped(browser, amy, address, chief):
    again = browser.as_(amy).post("/profile/calendar").text
    assert browser.get(address).status_code == 404
    newest = re.search(r"(/calendar/[^\"]+\.ics)", again)[1]
    assert browser.get(newest).status_code == 200
    assert newest not in browser.as_(amy).get("/profile/calendar").text
    assert db.session.scalars(db.select(Feed.token_hash)).one() not in newest
    amy.is_active = False
    assert browser.get(newest).status_code == 404
    amy.is_active = True
    browser.as_(amy).post("/profile/calendar/revocation")
    assert browser.get(newest).status_code == 404
    browser.as_(amy).post("/profile/calendar/revocation")
    assert "生成日历地址" in browser.as_(chief).get("/settings/books/audit").text


@pytest.mark.parametrize("token", ["x", "%00", "A" * 300, "..%2f", "é"])
def test_a_wrong_address_is_not_found(browser, amy, token):
    assert browser.get(f"/calendar/{token}.ics").status_code == 404


@given(st.text(max_size=200))
def test_no_word_breaks_out_of_its_line(text):
    lines = list(feeds._folded(f"SUMMARY:{feeds._escaped(text)}"))
    assert all(len(line.encode("utf-8", "replace")) <= 75 for line in lines)
    assert not set("".join(lines)) & set("\r\n")
