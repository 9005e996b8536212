"""Who unfollows: what WeChat told of them goes, their messages stay; who returns keeps it."""

from datetime import timedelta

from app.core import clock
from app.core.db import db
from app.customers.models import Customer, Identity
from app.inbox.models import Message
from app.wechat import departing
from app.wechat.models import Allowance, Arrival, Follower


def count(model):
    return db.session.scalar(db.select(db.func.count()).select_from(model))


def night(hours=20):
    later = clock.system_now() + timedelta(hours=hours)
    clock.source = lambda: later
    departing.clear()
    db.session.commit()


def the_follower():
    db.session.expire_all()
    return db.session.scalars(db.select(Follower)).one()


def test_what_wechat_told_goes_the_night_after(phone, work):
    phone.does("subscribe", "qrscene_door")
    phone.says("在吗")
    work()
    night()
    assert count(Arrival) == 2  # who follows keeps all
    phone.does("unsubscribe")
    work()
    assert the_follower().scene == "door"
    night(40)
    one = the_follower()
    assert (one.scene, count(Arrival), count(Allowance)) == ("", 0, 0)
    assert db.session.scalars(db.select(Message.text)).all() == ["在吗"]
    assert count(Identity) == 1
    was = one.cleared_at
    night(60)  # twice changes nothing
    assert the_follower().cleared_at == was
    phone.says("又来了")  # the same customer, known by the number
    work()
    assert count(Customer) == 1
    assert the_follower().following


def test_who_comes_back_in_time_keeps_it(phone, work):
    departing.AFTER.put(3)
    phone.does("subscribe", "qrscene_door")
    phone.does("unsubscribe")
    work()
    night()
    assert the_follower().scene == "door"
    phone.does("subscribe", "qrscene_window")
    work()
    night(200)
    assert the_follower().scene == "window"
    assert count(Arrival) == 3


def test_who_comes_back_while_the_night_is_at_work_keeps_it(phone, work):
    phone.does("subscribe", "qrscene_door")
    phone.does("unsubscribe")
    work()
    pushes = departing._pushes(0, clock.now())
    assert len(pushes) == 2
    phone.does("subscribe", "qrscene_window")
    work()
    departing._forget_pushes(pushes, clock.now())
    departing._forget([the_follower().id], clock.now())
    db.session.commit()
    assert (the_follower().scene, count(Arrival)) == ("window", 3)
    assert the_follower().cleared_at is None
