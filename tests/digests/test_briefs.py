"""The owner's report: last week's and last month's figures, once, to owners alone."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.db import db
from app.digests import briefs, figures
from app.reminders import followups
from tests import make
from tests.digests.conftest import deliveries, reached


@pytest.fixture
def week(at, amy, chief, box):
    """A week in which two bought, one of them again, and one of two follow-ups was done."""
    at("2026-08-05 12:00")
    old = make.customer("王秀英", owner=amy)
    make.order(old, cents=5_000)
    at("2026-08-12 12:00")
    new = make.customer("李梅", owner=amy)
    make.order(old, cents=12_345)
    make.order(new, cents=1_000)
    done = make.followup(old, staff=amy, hours=1)
    make.followup(new, staff=amy, hours=2)
    followups.finish(done, by=amy)
    db.session.commit()
    return reached(chief)


@pytest.fixture
def report(work):
    def run():
        briefs.send.later()
        work()

    return run


def test_last_week_arrives_on_monday_at_the_owners_hour(week, box, report, at, browser, amy):
    at("2026-08-17 08:29")
    report()
    assert deliveries() == []
    at("2026-08-17 08:30")
    report()
    report()
    (one,) = deliveries()
    assert (one.kind, one.state, one.on.isoformat()) == ("week", "sent", "2026-08-10")
    (letter,) = box.letters
    assert letter["Subject"] == "老板周报：8月10日 – 8月16日"
    words = box.words()
    for said in ("新增客户：1（和上期一样）", "消费：2 笔（↑ 上期 1）",
                 "消费金额：¥133.45（↑ 上期 ¥50.00）",
                 "老客回头：1 / 2，50%", "跟进完成：1 / 2，50%"):  # fmt: skip
        assert said in words
    rich = letter.get_body(("html",)).get_content()
    assert "<img" not in rich
    assert "¥133.45" in rich
    (link,) = box.links()
    shown = browser.get(link)
    assert shown.status_code == 200
    assert "¥133.45" in shown.text
    assert browser.post(link).status_code == 422  # it acts on nothing
    assert "¥133.45" in browser.as_(week).get("/reports").text
    assert browser.as_(amy).get("/reports").status_code == 403
    at("2026-09-18 12:00")
    assert browser.get(link).status_code == 410


def test_a_month_on_the_first_and_what_was_missed_within_three_days(week, box, report, at):
    at("2026-09-02 20:00")  # a Wednesday: last week as well, which had nothing
    report()
    states = {one.kind: (one.state, one.on.isoformat()) for one in deliveries()}
    assert states == {"month": ("sent", "2026-08-01"), "week": ("empty", "2026-08-24")}
    assert "消费：3 笔" in box.words()
    at("2026-09-04 20:00")
    report()
    assert len(deliveries()) == 2


def test_a_report_that_was_missed_for_long_is_not_sent(week, report, at):
    at("2026-08-20 12:00")
    report()
    assert deliveries() == []


def test_what_was_given_back_or_taken_back_does_not_count(week, chief, lin):
    found = figures.of(date(2026, 8, 10), date(2026, 8, 17))
    assert (found["orders"], found["cents"], found["buyers"], found["again"]) == (2, 13_345, 2, 1)
    assert figures.of(date(2026, 7, 1), date(2026, 7, 8)) == dict.fromkeys(found, 0)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_periods_follow_each_other_without_a_gap(day):
    week, month = briefs.week_before(day), briefs.month_before(day)
    for period in (week, month):
        assert period.before < period.first < period.end <= day
    assert (week.end - week.first).days == (week.first - week.before).days == 7
    assert month.first.day == month.end.day == month.before.day == 1
    assert briefs.month_before(month.first).first == month.before
    assert briefs.week_before(week.end + timedelta(days=6)) == week
