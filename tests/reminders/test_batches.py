"""Several follow-ups at once: done, put off, given to a colleague."""

import pytest

from app.core.db import db
from app.customers import finding
from app.customers.models import Customer
from app.reminders import followups, together
from app.reminders.models import FollowUp
from tests import make


@pytest.fixture
def three(at, amy, lin):
    at("2026-11-25 09:00")
    return [make.followup(lin, staff=amy, hours=-hours, what=f"第{hours}件") for hours in (1, 2, 3)]


def states():
    db.session.commit()
    return [one.state for one in db.session.scalars(db.select(FollowUp).order_by(FollowUp.id))]


def send(browser, person, ones, **fields):
    data = {"picked": [str(one.id) for one in ones], **fields}
    return browser.as_(person).post("/followups/batch", **data)


def test_the_ticked_ones_are_done_and_the_others_stay(browser, amy, three):
    page = browser.as_(amy).get("/followups").text
    assert page.count('name="picked"') == 3
    answer = send(browser, amy, three[:2], do="done", back="/followups?group=overdue")
    assert answer.headers["Location"] == "/followups?group=overdue"
    assert states() == ["done", "done", "open"]


def test_one_that_ended_meanwhile_holds_nobody_up(browser, amy, three):
    followups.close(three[0], outcome="unwanted", by=amy)
    mine = browser.as_(amy)
    answer = mine.post("/followups/batch", picked=[str(one.id) for one in three], do="done")
    assert answer.status_code == 303
    assert "处理好 2 条；另有 1 条没动" in mine.get("/followups").text
    assert states() == ["closed", "done", "done"]


def test_all_are_put_off_to_one_moment(browser, amy, three):
    send(browser, amy, three, do="snooze", to="tomorrow")
    db.session.commit()
    assert {one.due_at.isoformat() for one in three} == {"2026-11-26T02:00:00+00:00"}


def test_a_manager_gives_them_to_a_colleague_who_may_then_see_the_customer(
    browser, max_, ben, lin, three
):
    seen = db.select(Customer.id).where(Customer.id == lin.id, finding.seen_by(ben))
    assert db.session.scalar(seen) is None
    send(browser, max_, three, do="give", staff=str(ben.id))
    db.session.commit()
    assert {one.staff_id for one in three} == {ben.id}
    assert db.session.scalar(seen) == lin.id
    story = browser.as_(max_).get(f"/customers/{lin.id}/moments").text
    assert "跟进交给同事" in story
    assert "小本" in story


@pytest.mark.parametrize(
    "fields",
    [{"do": "give", "staff": "99"}, {"do": "erase"}, {}, {"do": "snooze", "to": "someday"}],
)
def test_another_wish_is_refused_and_changes_nothing(browser, amy, three, fields):
    assert send(browser, amy, three, **fields).status_code == 409
    assert states() == ["open"] * 3


def test_an_agent_gives_nothing_to_others(browser, amy, ben, three):
    assert send(browser, amy, three, do="give", staff=str(ben.id)).status_code == 409


def test_nothing_ticked_or_too_much_is_told(browser, amy, lin, three):
    answer = send(browser, amy, [], do="done")
    assert (answer.status_code, "还没有选" in answer.text) == (409, True)
    many = [make.followup(lin, staff=amy) for _n in range(together.MOST + 1)]
    assert "最多处理 50 条" in send(browser, amy, many, do="done").text


def test_others_follow_ups_are_left_alone(browser, ben, three):
    assert send(browser, ben, three, do="done").status_code == 409
    assert states() == ["open"] * 3
    wild = browser.as_(ben).post("/followups/batch", picked=["x", "9" * 40, "-1"], do="done")
    assert wild.status_code == 409
