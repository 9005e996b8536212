"""A silence becomes one reminder, whatever happens to the clock, the worker or the shop."""

from app.core.db import db
from app.customers import rhythm, shop_rhythm
from app.customers.models import Customer
from app.reminders import quiet
from tests import make

LONELY = (44, 45)  # one purchase in a young shop: quiet from the 44th day


def test_a_silence_that_begins_here_becomes_a_reminder(buyers, detect, pass_days, reminders):
    (lin,) = buyers(1)
    pass_days(43)
    detect()
    assert reminders() == []
    pass_days(1)
    detect()
    (one,) = reminders()
    assert (one.customer_id, one.staff_id, one.lapse_on.isoformat()) == (
        lin.id,
        lin.owner_id,
        "2026-03-01",
    )
    assert one.why == {"visits": 1, "usual": 0, "days": 44, "first": "2026-03-01"}


def test_an_imported_backlog_stays_a_list(at, amy, detect, pass_days, reminders):
    at("2026-03-01 12:00")
    old = make.customer("旧客", owner=amy)
    make.order(old, days_ago=60)
    make.order(make.customer("更旧", owner=amy), days_ago=300)
    recent = make.customer("新近", owner=amy)
    make.order(recent, days_ago=30)
    detect()
    assert reminders() == []
    for _day in range(20):
        pass_days(1)
        detect()
    assert [one.customer_id for one in reminders()] == [recent.id]
