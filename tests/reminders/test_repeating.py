"""What comes again: the next turn is ahead, on its day, whatever was put off or missed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock, lunar
from app.core.clock import at_local, local, now
from app.core.db import db
from app.core.errors import Refused
from app.reminders import followups, phrases, repeating
from app.reminders.models import FollowUp
from tests import make

DAYS = st.dates(date(2020, 1, 1), date(2080, 12, 31))


@pytest.fixture(autouse=True)
def _clock():
    yield
    clock.source = clock.system_now


def stand(day, hour=9):
    moment = at_local(day, clock.time(hour))
    clock.source = lambda: moment


def turns(typed, first, count):
    """The days of the first turns, each looked at on the day of the one before."""
    stand(first)
    rule, found = repeating.begin(typed, at_local(first, clock.time(10))), []
    for _n in range(count):
        due_at, rule = repeating.following(rule)
        found.append(local(due_at).date())
        stand(found[-1], 11)
    return found


def test_the_31st_comes_back_after_february():
    assert turns("month:1", date(2026, 12, 31), 4) == [
        date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30),
    ]  # fmt: skip


def test_a_leap_day_waits_on_the_28th():
    assert turns("year:1", date(2028, 2, 29), 4)[-1] == date(2032, 2, 29)
    assert turns("year:1", date(2028, 2, 29), 1) == [date(2029, 2, 28)]


def test_a_lunar_birthday_moves_through_our_calendar():
    first = lunar.day_of(2026, 8, 15)
    assert turns("lunar:1", first, 2) == [date(2027, 9, 15), date(2028, 10, 3)]
    leap = lunar.day_of(2028, 5, 5, leap=True)
    assert turns("lunar:1", leap, 1) == [lunar.day_of(2029, 5, 5)]
    eve = lunar.day_of(2027, 12, 30)
    if eve:
        assert turns("lunar:1", eve, 1)[0] in (
            lunar.day_of(2028, 12, 30),
            lunar.day_of(2028, 12, 29),
        )


@given(
    DAYS, st.sampled_from(["day:1", "day:3", "week:1", "week:2", "month:1", "month:3", "lunar:1"])
)
def test_turns_follow_each_other_and_keep_their_hour(first, typed):
    found = turns(typed, first, 3)
    assert [first, *found] == sorted({first, *found})
    if typed.startswith("week"):
        assert {one.weekday() for one in found} == {first.weekday()}


@given(DAYS, st.integers(1, 900))
def test_missed_turns_are_left_out(first, days):
    stand(first)
    rule = repeating.begin("week:1", at_local(first, clock.time(10)))
    stand(first + timedelta(days=days))
    due_at, _rule = repeating.following(rule)
    assert timedelta(0) < due_at - now() <= timedelta(days=7, hours=1)


@pytest.mark.parametrize("typed", ["week:0", "week:100", "week", "hour:1", "week:1;x"])
def test_another_rhythm_is_refused(typed):
    with pytest.raises(Refused):
        repeating.begin(typed, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "repeat", "moment", "rest"),
    [
        ("每周三上午10点给王姐发新品", "week:1", "2026-12-02 10:00", "给王姐发新品"),
        ("每天晚上8点发朋友圈", "day:1", "2026-11-25 20:00", "发朋友圈"),
        ("每个月15号对账", "month:1", "2026-12-15 10:00", "对账"),
        ("每月底结账", "month:1", "2026-11-30 10:00", "结账"),
        ("每两周回访王姐", "week:2", "2026-12-09 10:00", "回访王姐"),
        ("隔周五问一下", "week:2", "2026-11-27 10:00", "问一下"),
        ("每3天问一次", "day:3", "2026-11-25 15:30", "问一次"),
        ("每个季度回访", "month:3", "2027-02-25 10:00", "回访"),
        ("每年农历八月十五送月饼", "lunar:1", "2027-09-15 10:00", "送月饼"),
        ("每年3月5日生日祝福", "year:1", "2027-03-05 10:00", "生日祝福"),
    ],
)
def test_a_rhythm_is_read_from_the_sentence(text, repeat, moment, rest):
    stand(date(2026, 11, 25), 14)
    later = now() + timedelta(minutes=10)
    clock.source = lambda: later
    said = phrases.read(text)
    assert (said.repeat, f"{local(said.at):%Y-%m-%d %H:%M}", said.rest) == (repeat, moment, rest)


# With customers ----------------------------------------------------------------------------------


@pytest.fixture
def weekly(at, lin, amy):
    at("2026-11-25 09:00")
    due = at_local(date(2026, 11, 25), clock.time(10))
    one = followups.plan(lin, what="发新品", due_at=due, staff=amy, by=amy, repeat="week:1")
    db.session.commit()
    return one


def open_ones():
    db.session.commit()
    return db.session.scalars(db.select(FollowUp).filter_by(state="open")).all()


def test_done_it_comes_again_a_week_later(at, weekly, amy):
    at("2026-11-27 18:00")
    followups.finish(weekly, by=amy, text="发了")
    (following,) = open_ones()
    assert f"{local(following.due_at):%m-%d %H:%M}" == "12-02 10:00"
    assert (following.what, following.staff_id) == ("发新品", amy.id)
    at("2026-12-02 12:00")
    followups.snooze(following, to=now() + timedelta(days=3))
    followups.finish(following, by=amy, next_at=now() + timedelta(days=2))
    (third,) = open_ones()
    assert local(third.due_at).day == 4
    followups.finish(third, by=amy)
    assert [f"{local(one.due_at):%m-%d}" for one in open_ones()] == ["12-16"]


def test_skipped_the_next_turn_stands_and_not_wanted_ends_all(browser, weekly, amy):
    mine = browser.as_(amy)
    said = mine.htmx.post(f"/followups/{weekly.id}/skip")
    assert "下一次：12月2日 10:00" in said.text
    (following,) = open_ones()
    assert "每周" in mine.get("/followups").text
    assert "不再重复" in mine.htmx.post(f"/followups/{following.id}/closure").text
    assert open_ones() == []


def test_what_comes_once_cannot_be_skipped(browser, amy, lin):
    one = make.followup(lin, staff=amy)
    assert browser.as_(amy).htmx.post(f"/followups/{one.id}/skip").status_code == 409


def test_the_form_makes_it_repeat_and_stops_it(browser, amy, lin):
    mine = browser.as_(amy)
    mine.post(
        "/followups", customer=str(lin.id), what="回访", next="tomorrow", staff=str(amy.id),
        repeat="day:3",
    )  # fmt: skip
    (one,) = open_ones()
    assert repeating.written(one.repeat) == "day:3"
    assert "每 3 天" in mine.get(f"/followups/{one.id}").text
    mine.post(f"/followups/{one.id}", what="回访", staff=str(amy.id), repeat="")
    db.session.commit()
    assert one.repeat == {}
    wrong = mine.post(
        "/followups",
        customer=str(lin.id),
        what="x",
        next="tomorrow",
        staff=str(amy.id),
        repeat="hour:1",
    )
    assert wrong.status_code == 422
