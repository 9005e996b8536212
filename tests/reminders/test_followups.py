"""Follow-ups: planned, put off, finished, closed, and passed on with the customer."""

from datetime import timedelta

import pytest

from app.core.clock import FAR_OFF, now
from app.core.db import db
from app.core.errors import Refused
from app.customers import finding, people
from app.customers.models import Customer, Moment, Note
from app.reminders import followups
from tests import make


def test_the_earliest_one_is_on_the_customers_card(lin, amy):
    late = make.followup(lin, staff=amy, hours=50)
    soon = make.followup(lin, staff=amy, hours=2)
    assert lin.next_due_at == soon.due_at
    followups.finish(soon, by=amy)
    assert lin.next_due_at == late.due_at
    followups.close(late, outcome="unwanted", by=amy)
    assert lin.next_due_at == FAR_OFF


def test_a_time_in_the_past_or_out_of_reach_is_refused(lin, amy):
    for due in (now() - timedelta(hours=1), now() + timedelta(days=1200)):
        with pytest.raises(Refused) as no:
            followups.plan(lin, what="回访", due_at=due, staff=amy, by=amy)
        assert no.value.field == "at"


def test_without_words_it_is_refused(lin, amy):
    with pytest.raises(Refused) as no:
        followups.plan(lin, what="", due_at=now(), staff=amy, by=amy)
    assert no.value.field == "what"


def test_a_finished_one_is_finished_once(lin, amy):
    one = make.followup(lin, staff=amy)
    followups.finish(one, by=amy, text="约好周六来", method="phone", result="interested")
    with pytest.raises(Refused):
        followups.finish(one, by=amy)
    with pytest.raises(Refused):
        followups.snooze(one, to=now() + timedelta(days=1))
    assert db.session.scalars(db.select(Note.text)).all() == ["约好周六来"]


def test_finishing_may_plan_the_next(lin, amy):
    one = make.followup(lin, staff=amy, what="问奶粉")
    followups.finish(one, by=amy, next_at=now() + timedelta(days=3))
    (following,) = followups.of(lin)
    assert (following.what, following.staff_id) == ("问奶粉", amy.id)


def test_putting_off_keeps_the_row(lin, amy):
    one = make.followup(lin, staff=amy)
    to = now() + timedelta(days=2)
    assert followups.snooze(one, to=to).id == one.id
    assert lin.next_due_at == to


def test_who_is_given_a_task_may_see_the_customer(lin, ben, chief):
    seen = db.select(Customer.id).where(Customer.id == lin.id, finding.seen_by(ben))
    assert db.session.scalar(seen) is None
    make.followup(lin, staff=ben, by=chief)
    assert db.session.scalar(seen) == lin.id


def test_a_colleague_who_left_is_given_nothing(lin, ben, chief):
    ben.is_active = False
    with pytest.raises(Refused):
        make.followup(lin, staff=ben, by=chief)


def test_with_the_customer_the_task_goes_to_the_new_owner(lin, amy, ben, chief, work):
    one = make.followup(lin, staff=amy)
    people.hand_over(lin, to=ben, by=chief)
    work()
    assert one.staff_id == ben.id


def test_a_task_of_the_pool_goes_to_who_claims_the_customer(amy, work):
    free = make.customer("公海客")
    one = make.followup(free)
    people.claim(free, by=amy)
    work()
    assert one.staff_id == amy.id


def test_the_story_tells_it_on_the_shops_clock(at, lin, amy):
    at("2026-05-01 23:30")
    make.followup(lin, staff=amy, hours=1)
    planned = db.session.scalars(db.select(Moment).where(Moment.kind == "followup.planned")).one()
    assert planned.details["due"].startswith("2026-05-02T00:30")
