"""Two at one customer in the same moment: what the second one writes is true of both."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.clock import FAR_OFF, now, today
from app.core.db import db
from app.customers import silences, summary
from app.customers.models import Customer
from app.inbox import replying
from app.inbox.models import Conversation
from app.sales import ordering
from app.staff.models import Staff
from app.wechat import allowances, followers
from tests import make
from tests.crowd import meanwhile


@pytest.fixture
def shopper(phone, work):
    """A follower who has said one thing."""
    phone.says("在吗")
    work()
    return db.session.scalars(db.select(Customer)).one().id


def dates(customer_id):
    customer = db.session.get_one(Customer, customer_id)
    return customer, (customer.visits, customer.quiet_on, customer.dormant_on, customer.warm_until)


def buy(customer_id):
    customer = db.session.get_one(Customer, customer_id)
    return ordering.place(customer, on=today(), cents=500, by=None)


def test_who_speaks_while_we_answer_still_waits(app, shopper, phone, work, amy):
    colleague = amy.id  # asked for here: an object belongs to the session that read it

    def answer():
        chat = db.session.scalars(db.select(Conversation)).one()
        replying.reply(chat, "在的", by=db.session.get_one(Staff, colleague))

    phone.says("有货吗")
    with meanwhile(app, answer):
        work()
    chat = db.session.scalars(db.select(Conversation)).one()
    assert chat.unread == 1
    assert max(chat.waiting_since, chat.customer.waiting_since) < FAR_OFF


def test_who_speaks_while_they_buy_has_the_dates_of_both(app, shopper, phone, work):
    make.order(db.session.get_one(Customer, shopper), days_ago=30)
    in_two_days = clock.system_now() + timedelta(days=2)
    clock.source = lambda: in_two_days
    phone.says("刚买了")
    db.session.expunge_all()
    with meanwhile(app, lambda: buy(shopper)):
        work()
    customer, kept = dates(shopper)
    summary.recompute(customer)
    assert kept == dates(shopper)[1]


def test_a_purchase_while_all_dates_move_keeps_its_own(app, shopper):
    customer = db.session.get_one(Customer, shopper)
    make.order(customer, days_ago=40)
    make.order(customer, days_ago=20)
    customer.quiet_on = today()  # as another unit of the shop gave it
    db.session.commit()
    db.session.expunge_all()
    with meanwhile(app, lambda: buy(shopper)):
        silences.move_dates()
        db.session.commit()
    customer, kept = dates(shopper)
    summary.recompute(customer)
    assert kept == dates(shopper)[1]


def test_a_message_that_refills_what_we_may_send_is_counted(app, shopper, phone, platform):
    def follower():
        return followers.of(platform.account.app_id, phone.openid)

    allowances.usable(follower()).left = 3
    with meanwhile(app, lambda: allowances.grant(follower(), "message", now())):
        allowances.spent(follower())
        db.session.commit()
    assert allowances.usable(follower()).left == 4
