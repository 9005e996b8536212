"""A colleague's reminders on the practice phone: bound, sent, refused."""

import re
from urllib.parse import urlsplit

from app.core.db import db
from app.digests import trying
from app.digests.models import Delivery
from app.practice import phone as phones
from app.practice.models import Bubble


def test_reminders_reach_the_practice_phone_without_a_template(hand, browser, max_, work):
    shown = browser.as_(max_).post("/settings/me/reminders/wechat").text
    hand.does(phones.follow)
    hand.says(re.search("绑定[0-9]{8}", shown)[0])
    db.session.refresh(max_)
    assert max_.wechat_openid == hand.row.openid
    trying.send(max_)
    db.session.commit()
    work()
    newest = db.session.scalars(db.select(Bubble).order_by(Bubble.id.desc())).first()
    assert (newest.kind, newest.text) == ("news", "熟客的测试提醒")
    assert browser.get(urlsplit(newest.details["url"]).path).status_code == 200
    assert db.session.scalars(db.select(Delivery.state)).one() == "sent"
    assert browser.as_(max_).get(f"/practice/{hand.id}").status_code == 200


def test_who_has_unfollowed_is_told_why_nothing_comes(hand, browser, max_, work):
    shown = browser.as_(max_).post("/settings/me/reminders/wechat").text
    hand.does(phones.follow)
    hand.says(re.search("绑定[0-9]{8}", shown)[0])
    hand.row.failure = 43004
    db.session.commit()
    trying.send(max_)
    db.session.commit()
    work()
    found = db.session.scalars(db.select(Delivery)).one()
    assert (found.state, found.tried[0]["code"]) == ("failed", "43004")
