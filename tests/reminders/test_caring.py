"""Stages and refills become follow-ups: in time, once, the best first, ended by themselves."""

from datetime import date, timedelta

import pytest

from app.core.clock import now, today
from app.core.db import db
from app.customers import people
from app.reminders import caring, followups
from app.reminders.models import REFILL, STAGE, FollowUp
from app.reminders.views.sentences import about
from app.sales import ages, shelf, stages
from tests import make
from tests.sales.test_supplies import sold


@pytest.fixture
def line(app):
    one = stages.add_line("宝宝月龄", basis=stages.AGE)
    stages.put_stage(
        one,
        None,
        name="二段奶粉",
        after=6,
        unit="month",
        ahead=7,
        says="{名字}（{称呼}）该换二段了",
    )
    db.session.commit()
    return one


@pytest.fixture
def milk(app):
    one = shelf.add("奶粉二段", category="奶粉", cents=27_800, cycle_days=14)
    db.session.commit()
    return one


def raised(kind=None):
    found = db.select(FollowUp).order_by(FollowUp.id)
    return list(db.session.scalars(found.where(FollowUp.kind == kind) if kind else found))


def born(who, line, on, name="豆豆"):
    ages.put(who, line, name=name, on=on, by=None)
    db.session.commit()


@pytest.mark.parametrize(
    ("day", "count"),
    [("2026-08-20", 0), ("2026-08-21", 1), ("2026-08-27", 1), ("2026-08-28", 0)],
)
def test_a_stage_is_told_ahead_within_its_window_and_is_no_history(lin, line, at, day, count):
    at("2026-08-01 10:00")
    born(lin, line, date(2026, 2, 28))
    at(f"{day} 06:40")
    caring.remind()
    caring.remind()
    assert len(raised(STAGE)) == count


def test_it_is_the_owners_task_with_the_names_in_it_and_sends_nothing(amy, lin, line, at):
    at("2026-08-26 06:40")
    born(lin, line, date(2026, 2, 28))
    caring.remind()
    one = raised()[0]
    assert (one.staff_id, one.what) == (amy.id, "豆豆（林小满）该换二段了")
    assert one.due_at > now()
    assert lin.next_due_at == one.due_at
    assert followups.of(lin) == [one]


def test_two_children_on_one_day_are_two(lin, line, at):
    at("2026-08-26 06:40")
    for name in ("豆豆", "果果"):
        born(lin, line, date(2026, 2, 28), name)
    caring.remind()
    assert len(raised(STAGE)) == 2


def test_another_worker_at_the_same_time_changes_nothing(lin, line, milk, at, outside):
    at("2026-08-26 06:40")
    born(lin, line, date(2026, 2, 28))
    sold(lin, milk, days_ago=13)
    tasks = [*caring._stages(), *caring._refills()]
    outside(caring.remind)
    for task in tasks:
        assert not caring._raise(task)
    assert len(raised()) == 2


def test_a_refill_is_raised_before_it_runs_out_says_why_and_ends_when_bought(lin, milk, work, at):
    at("2026-08-01 10:00")
    sold(lin, milk)
    at("2026-08-12 06:40")
    caring.remind()
    assert raised() == []
    at("2026-08-13 06:40")
    caring.remind()
    one = raised(REFILL)[0]
    assert about(one) == "该补货了：奶粉二段，8月1日买的，大约够用 14 天"
    sold(lin, milk)
    work()
    db.session.refresh(one)
    assert (one.state, one.outcome) == ("closed", "bought")
    at("2026-08-26 06:40")
    caring.remind()
    assert len(raised(REFILL)) == 2


def test_the_customers_own_rhythm_goes_before_the_products(lin, milk, at):
    for day in ("2026-05-01", "2026-06-01", "2026-07-01"):
        at(f"{day} 10:00")
        sold(lin, milk)
    at("2026-07-16 06:40")
    caring.remind()
    assert raised() == []
    at("2026-07-31 06:40")
    caring.remind()
    assert "通常 31 天买一次" in about(raised(REFILL)[0])


@pytest.mark.parametrize("away", ["archive", "quiet"])
def test_who_is_not_to_be_asked_is_not(lin, milk, amy, away):
    sold(lin, milk, days_ago=13)
    if away == "archive":
        people.archive(lin, by=amy)
    else:
        people.edit(lin, version=lin.version, by=amy, do_not_disturb=True)
    db.session.commit()
    caring.remind()
    assert raised() == []


def test_no_more_than_the_day_allows_the_best_customers_first(amy, milk):
    caring.PER_DAY.put(2)
    for number in range(4):
        sold(make.customer(f"客户{number}", owner=amy), milk, days_ago=13, quantity=1)
        make.order(db.session.get(people.Customer, number + 1), cents=1000 * number)
    caring.remind()
    caring.remind()
    assert [one.customer.name for one in raised()] == ["客户3", "客户2"]


def test_days_since_a_purchase_of_a_category_or_of_anything(amy, lin, milk, at):
    oil = shelf.add("机油", category="保养", cents=30_000)
    car = stages.add_line("汽车", basis=stages.BOUGHT, category="保养")
    stages.put_stage(
        car, None, name="小保养", after=180, unit="day", ahead=0, says="{称呼}该保养了"
    )
    anything = stages.add_line("回访", basis=stages.BOUGHT)
    stages.put_stage(anything, None, name="三天", after=3, unit="day", ahead=0, says="用得怎么样")
    at("2026-01-01 10:00")
    sold(lin, oil)
    at("2026-01-04 06:40")
    caring.remind()
    assert [one.what for one in raised(STAGE)] == ["用得怎么样"]
    at("2026-06-30 06:40")
    caring.remind()
    assert [one.what for one in raised(STAGE)][1:] == ["林小满该保养了"]


def test_what_nobody_did_expires_and_a_removed_line_raises_nothing(lin, line, at):
    at("2026-08-26 06:40")
    born(lin, line, date(2026, 2, 28))
    caring.remind()
    one = raised()[0]
    at("2026-09-30 06:40")
    caring.remind()
    db.session.refresh(one)
    assert (one.state, one.outcome) == ("closed", "expired")
    stages.remove_line(line)
    born(lin, line, today() - timedelta(days=181), "果果")
    caring.remind()
    assert len(raised()) == 1


def test_both_are_shown_where_follow_ups_are(browser, amy, lin, line, milk, at):
    at("2026-08-26 10:00")
    born(lin, line, date(2026, 2, 28))
    sold(lin, milk, days_ago=13)
    caring.remind()
    page = browser.as_(amy)
    for path in ("/followups", f"/customers/{lin.id}/followups", f"/customers/{lin.id}"):
        shown = page.get(path).text
        assert "该补货了" in shown, path
        assert "该换二段了" in shown, path
    for one in raised():
        assert page.get(f"/followups/{one.id}").status_code == 200
