"""The playbook of a complaint: sorry, a coupon, a call; each once, and by who holds it."""

import pytest

from app.campaigns import coupons, playbook
from app.campaigns.models import Coupon, CouponBatch
from app.community import terms, topics
from app.community.models import Topic
from app.core import outbox
from app.core.db import db
from app.core.errors import Refused
from app.reminders.models import FollowUp
from app.staff.models import Staff
from tests import make
from tests.crowd import at_once

SORRY = "实在对不起"


@pytest.fixture
def complaint(app, amy, lin):
    made = topics.raise_topic(lin, kind="complaint", text="奶瓶裂了", by=amy, owner=amy)
    db.session.commit()
    return made


def test_the_three_steps_are_taken_by_one_tap_each(browser, amy, lin, complaint):
    batch, page, url = make.batch("赔礼券"), browser.as_(amy), f"/topics/{complaint.id}"
    assert f"{url}/playbook" in page.get(url).text
    steps = page.htmx.get(f"{url}/playbook").text
    assert "填上道歉的话" in steps
    assert "约明天回电" in steps
    filled = page.get(url, say="apology").text
    assert f"{lin.name}，{SORRY}" in filled
    assert SORRY not in page.get(url).text
    assert db.session.scalar(db.select(outbox.Letter.id)) is None  # nothing goes by itself
    assert page.post(f"{url}/coupon", batch=batch.id).status_code == 303
    assert page.post(f"{url}/coupon", batch=batch.id).status_code == 303  # an impatient finger
    one = db.session.scalars(db.select(Coupon)).one()
    assert (one.customer_id, one.by_id) == (lin.id, amy.id)
    for _again in range(2):
        done = page.htmx.post(f"{url}/callback")
        assert "约好明天回电" in done.text
    call = db.session.scalars(db.select(FollowUp)).one()
    assert (call.staff_id, call.what) == (amy.id, "投诉后打电话：奶瓶裂了")
    page.post(f"{url}/answers", text="对不起，给您换新的", once="a")
    steps = page.htmx.get(f"{url}/playbook").text
    for word in ("答复过了", "赔礼券", "约好了"):
        assert word in steps
    for word in ("填上道歉的话", "约明天回电", 'name="batch"'):
        assert word not in steps


def test_only_who_holds_an_open_complaint_plays(browser, amy, ben, lin, complaint, max_):
    batch = make.batch()
    assert browser.as_(ben).get(f"/topics/{complaint.id}/playbook").status_code == 404
    question = topics.raise_topic(lin, kind="question", text="有货吗", by=amy, owner=amy)
    db.session.commit()
    page = browser.as_(amy)
    assert page.get(f"/topics/{question.id}/playbook").status_code == 404
    assert page.post(f"/topics/{complaint.id}/coupon", batch=999).status_code == 409
    with pytest.raises(Refused, match="请他来"):
        playbook.make_good(complaint, batch, by=ben)
    page.post(f"/topics/{complaint.id}/state", state="solved", version=complaint.version)
    refused = page.post(f"/topics/{complaint.id}/callback")
    assert refused.status_code == 409
    assert "先重开" in refused.text
    assert "约明天回电" not in page.get(f"/topics/{complaint.id}/playbook").text


def test_the_owner_words_the_apology(browser, amy, chief, complaint):
    terms.APOLOGY.put("{称呼}您好，我是{我}，让您受委屈了")
    db.session.commit()
    page = browser.as_(amy).get(f"/topics/{complaint.id}", say="apology")
    assert f"我是{amy.display}，让您受委屈了" in page.text


def test_two_who_give_at_once_give_one(app, amy, max_, complaint):
    number, topic = make.batch().id, complaint.id

    def play(who):
        one, by = db.session.get_one(Topic, topic), db.session.get_one(Staff, who)
        made = playbook.make_good(one, db.session.get_one(CouponBatch, number), by=by)
        playbook.call_back(one, what="回电", by=by)
        db.session.commit()
        return made.id

    amys, maxs = amy.id, max_.id
    first, second = at_once(app, lambda: play(amys), lambda: play(maxs))
    assert first == second
    assert db.session.scalars(db.select(Coupon)).one().key == f"topic:{topic}"
    assert db.session.scalars(db.select(FollowUp)).one()
    assert coupons.of_key(f"topic:{topic}").batch.granted == 1
