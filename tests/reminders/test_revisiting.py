"""A complaint: nobody is asked to come back meanwhile, and once solved it is asked after."""

from app.community import moving, topics
from app.core.clock import day_of, today
from app.core.db import db
from app.customers import listing
from app.reminders import quiet
from app.reminders.models import FollowUp
from tests import make


def revisits():
    found = db.select(FollowUp).where(FollowUp.kind == "revisit").order_by(FollowUp.due_at)
    return db.session.scalars(found).all()


def test_a_solved_complaint_is_asked_after_on_the_third_and_seventh_day(
    amy, chief, lin, work, browser
):
    topic = topics.ask(lin, kind="complaint", text="尿裤拆过包装")
    other = topics.ask(lin, kind="question", text="有货吗")
    for one in (topic, other):
        moving.move(one, "solved", by=chief)
    db.session.commit()
    work()
    work()
    assert [(day_of(one.due_at) - today()).days for one in revisits()] == [3, 7]
    assert {one.staff for one in revisits()} == {chief}
    assert "投诉办完了，回访一下：尿裤拆过包装" in browser.as_(chief).get("/followups").text
    moving.reopen(topic, by=None)
    db.session.commit()
    work()
    assert {one.outcome for one in revisits()} == {"reopened"}
    moving.move(topic, "solved", by=chief)
    db.session.commit()
    work()
    assert len([one for one in revisits() if one.is_open]) == 2


def test_an_open_complaint_keeps_the_reminder_away_and_stands_on_the_card(amy, chief, at, browser):
    at("2026-08-22 07:00")
    quietly = [make.customer(f"客{n}", owner=amy) for n in range(2)]
    for one in quietly:
        at("2026-06-01 10:00")
        for ago in (60, 40, 20, 0):
            make.order(one, days_ago=ago)
    at("2026-08-01 07:00")
    loud, calm = quietly
    topic = topics.ask(loud, kind="complaint", text="尿裤拆过包装")
    loud.last_inbound_at = calm.last_inbound_at
    db.session.commit()
    day = max(one.quiet_on for one in quietly)
    at(f"{day} 07:00")
    assert ("投诉中", "red") in listing.flags_of(loud, [])
    assert listing.flags_of(calm, []) == []
    quiet.detect()
    reminded = db.session.scalars(db.select(FollowUp).where(FollowUp.kind == "quiet")).all()
    assert [one.customer for one in reminded] == [calm]
    assert "投诉中" in browser.as_(amy).get(f"/customers/{loud.id}").text
    late = topics.ask(calm, kind="complaint", text="也有不满")
    db.session.commit()
    quiet.tidy()
    assert reminded[0].outcome == "complains"
    assert late.is_open
    assert topic.is_open
