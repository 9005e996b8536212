"""What is left lying goes up: to its colleague, to the manager, to be offered to another."""

from datetime import date, timedelta

import pytest

from app.core import clock
from app.core.clock import at_local, local, now
from app.core.db import db
from app.customers import people
from app.customers.models import Moment
from app.reminders import escalating, followups
from app.reminders.models import FollowUp
from tests import make


@pytest.fixture
def lying(at, amy, lin):
    """Due on Wednesday, 23 September 2026, at ten."""
    at("2026-09-22 09:00")
    due = at_local(date(2026, 9, 23), clock.time(10))
    one = followups.plan(lin, what="问奶粉", due_at=due, staff=amy, by=amy)
    db.session.commit()
    return one


@pytest.fixture
def raise_at(at, outside):
    """raise_at("09-24"): the job at noon of that day."""

    def run(day):
        at(f"2026-{day} 12:00")
        outside(followups.due)

    return run


def told():
    db.session.commit()
    return len(db.session.scalars(db.select(Moment).filter_by(kind="followup.raised")).all())


def test_day_by_day_it_goes_up_and_holidays_do_not_count(lying, raise_at):
    steps = []
    # 25 to 27 September are holidays; the days after are working days until October.
    for day in ("09-23", "09-24", "09-25", "09-27", "09-28", "09-29"):
        raise_at(day)
        raise_at(day)  # a second worker, or the job once more
        steps.append((day, lying.raised, told()))
    assert steps == [
        ("09-23", 0, 0), ("09-24", 1, 0), ("09-25", 2, 1), ("09-27", 2, 1), ("09-28", 2, 1),
        ("09-29", 3, 1),
    ]  # fmt: skip


def test_a_machine_that_was_off_catches_up_and_a_clock_set_back_undoes_nothing(lying, raise_at):
    raise_at("09-30")
    assert (lying.raised, told()) == (3, 1)
    raise_at("09-24")
    raise_at("09-30")
    assert (lying.raised, told()) == (3, 1)


def test_the_days_are_the_owners_and_nought_is_never(lying, raise_at):
    escalating.AFTER[escalating.TO_MANAGER].put(0)
    escalating.AFTER[escalating.OFFERED].put(20)
    raise_at("09-30")
    assert lying.raised == 1


def test_silences_old_ones_and_ended_ones_stay_where_they_are(at, raise_at, amy, lin, lying):
    quiet = make.followup(lin, staff=amy)
    quiet.kind, quiet.due_at = "quiet", now() - timedelta(days=9)
    old = make.followup(lin, staff=amy, hours=-24 * 90)
    done = make.followup(lin, staff=amy, hours=-24 * 9)
    followups.finish(done, by=amy)
    raise_at("09-30")
    assert [one.raised for one in (quiet, old, done, lying)] == [0, 0, 0, 3]


@pytest.mark.parametrize("what", ["snooze", "finish", "reassign", "change", "close"])
def test_whatever_is_done_with_it_ends_the_alarm(lying, raise_at, amy, ben, what):
    raise_at("09-30")
    later = now() + timedelta(days=2)
    acts = {
        "snooze": lambda: followups.snooze(lying, to=later),
        "finish": lambda: followups.finish(lying, by=amy),
        "reassign": lambda: followups.reassign(lying, to=ben, by=amy),
        "change": lambda: followups.change(lying, what="x", due_at=later, staff=amy, by=amy),
        "close": lambda: followups.close(lying, outcome="unwanted", by=amy),
    }
    acts[what]()
    raise_at("09-30")
    assert lying.raised == 0


def test_the_manager_sees_it_on_today_and_gives_it_to_whoever_has_least(
    browser, max_, ben, amy, lin, lying, raise_at
):
    for _n in range(2):
        make.followup(lin, staff=max_, hours=-1)
    raise_at("09-25")
    theirs = browser.as_(max_)
    assert "跟进拖太久了" in theirs.get("/").text
    assert "换一位同事" not in theirs.get(f"/followups/{lying.id}").text
    raise_at("09-29")
    theirs = browser.as_(max_)
    assert "问奶粉" in theirs.get("/followups", whose="up").text
    page = theirs.get(f"/followups/{lying.id}").text
    assert page.index("交给小本") < page.index("我来做")
    assert "手上逾期 2 条" in page
    answer = theirs.post(f"/followups/{lying.id}/reassignment", staff=str(ben.id), back="/")
    assert answer.headers["Location"] == "/"
    db.session.commit()
    assert lying.staff_id == ben.id
    assert f"{local(lying.due_at):%m-%d %H:%M}" == "09-29 13:00"
    assert "问奶粉" not in theirs.get("/followups", whose="up").text


def test_a_clerk_sees_no_others_and_takes_only_what_was_left_lying(
    browser, amy, ben, lin, lying, raise_at
):
    theirs = browser.as_(ben)
    people.let_help(lin, staff=ben, why="followup")
    early = theirs.post(f"/followups/{lying.id}/reassignment", staff=str(ben.id))
    assert early.status_code == 409
    assert "还归 小艾 做" in early.text
    raise_at("09-29")
    theirs = browser.as_(ben)
    assert "跟进拖太久了" not in theirs.get("/").text
    assert "我来做" in theirs.get(f"/followups/{lying.id}").text
    assert "已告诉店长" not in browser.as_(amy).get("/followups").text
    assert "建议换人" in browser.as_(amy).get("/followups").text
    theirs.post(f"/followups/{lying.id}/reassignment", staff=str(amy.id))
    db.session.commit()
    assert lying.staff_id == amy.id
    theirs.post(f"/followups/{lying.id}/reassignment", staff=str(ben.id))
    db.session.commit()
    assert lying.staff_id == ben.id


def test_what_nobody_has_is_anybodys_to_take(browser, amy, lin):
    free = make.customer("公海客")
    one = make.followup(free, hours=5)
    assert "谁来做" in browser.as_(amy).get(f"/followups/{one.id}").text
    browser.as_(amy).post(f"/followups/{one.id}/reassignment", staff=str(amy.id))
    db.session.commit()
    assert one.staff_id == amy.id
    again = browser.as_(amy).post(f"/followups/{one.id}/reassignment", staff=str(amy.id))
    assert again.status_code == 409


def test_the_command_runs_it_at_a_moment(app, lying, amy):
    runner = app.test_cli_runner()
    done = runner.invoke(args=["jobs", "run", "followups.due", "--at", "2026-09-29T12:00"])
    assert done.exit_code == 0, done.output
    db.session.expire_all()
    assert db.session.scalars(db.select(FollowUp.raised)).one() == 3
