"""A silence becomes one reminder, whatever happens to the clock, the worker or the shop."""

import threading
from collections import Counter

import pytest

from app.core import clock
from app.core.clock import FAR_OFF, FAR_OFF_DAY, now
from app.core.db import db
from app.core.jobs import Job
from app.customers import people, shop_rhythm, silences
from app.customers.models import Customer, Moment
from app.inbox import receiving
from app.reminders import followups, picking, quiet
from app.reminders.models import FollowUp
from app.sales import ordering
from tests import make

QUIET_AFTER = 44  # days after a single purchase in a young shop


def says(customer, text="在吗"):
    receiving.receive(
        customer, channel="wechat", account="wxshop", address=f"o-{customer.id}", kind="text",
        text=text, details={}, at=now(), key=f"{customer.id}@{now().isoformat()}",
    )  # fmt: skip
    db.session.commit()


@pytest.fixture
def lin_is_quiet(buyers, pass_days, detect, reminders):
    (lin,) = buyers(1)
    pass_days(QUIET_AFTER)
    detect()
    assert len(reminders()) == 1
    return lin


def test_a_silence_that_begins_here_becomes_a_reminder(buyers, detect, pass_days, reminders):
    (lin,) = buyers(1)
    pass_days(QUIET_AFTER - 1)
    detect()
    assert reminders() == []
    pass_days(1)
    detect()
    (one,) = reminders()
    assert (one.customer_id, one.staff_id) == (lin.id, lin.owner_id)
    assert one.lapse_on.isoformat() == "2026-03-01"
    assert one.why == {"visits": 1, "usual": 0, "days": 44, "first": "2026-03-01"}


def test_an_imported_backlog_stays_a_list(at, amy, detect, pass_days, reminders):
    at("2026-03-01 12:00")
    make.order(make.customer("旧客", owner=amy), days_ago=60)
    make.order(make.customer("更旧", owner=amy), days_ago=300)
    recent = make.customer("新近", owner=amy)
    make.order(recent, days_ago=30)
    for _day in range(20):
        detect()
        pass_days(1)
    assert [one.customer_id for one in reminders()] == [recent.id]


def test_a_history_imported_for_an_old_customer_stays_a_list(at, amy, detect, reminders):
    at("2026-01-01 12:00")
    known = make.customer("老关注", owner=amy)
    at("2026-06-01 12:00")
    make.order(known, days_ago=50)
    detect()
    assert known.quiet_on < clock.today()
    assert reminders() == []


def test_the_most_at_risk_come_first_and_the_rest_waits(at, amy, pass_days, detect, reminders):
    at("2026-03-01 12:00")
    found = [make.customer(f"客{i}", owner=amy) for i in range(8)]
    for place, one in enumerate(found):
        make.order(one, cents=1000 * (place + 1))
    pass_days(QUIET_AFTER)
    detect()
    assert [one.customer_id for one in reminders()] == [one.id for one in reversed(found)][:5]
    pass_days(1)
    detect()
    assert {one.customer_id for one in reminders()} == {one.id for one in found}


def test_contact_of_their_own_moves_a_customer_up(at, amy, pass_days, detect, reminders):
    at("2026-03-01 12:00")
    cold, warm = make.customer("冷", owner=amy), make.customer("温", owner=amy)
    make.order(cold, cents=1100)
    make.order(warm, cents=1000)
    pass_days(QUIET_AFTER - 10)
    says(warm)
    pass_days(10)
    picking.PER_PERSON.put(1)
    detect()
    assert [one.customer_id for one in reminders()] == [warm.id]


def test_one_place_in_five_is_for_a_second_purchase(at, amy, pass_days, detect, reminders):
    at("2026-01-01 12:00")
    known = [make.customer(f"老客{i}", owner=amy) for i in range(6)]
    for one in known:
        make.order(one, cents=90_000)
    at("2026-02-25 12:00")
    once = [make.customer(f"新客{i}", owner=amy) for i in range(6)]
    for one in known + once:
        make.order(one, cents=10_000)
    day = max(one.quiet_on for one in known)
    at(f"{day.isoformat()} 06:30")
    assert all(one.quiet_on <= day for one in once)
    detect()
    raised = {one.customer_id for one in reminders()}
    assert len(raised & {one.id for one in known}) == 4
    assert len(raised & {one.id for one in once}) == 1


def test_each_colleague_has_as_many_as_one_can_do(at, amy, ben, pass_days, detect, reminders):
    at("2026-03-01 12:00")
    for owner in (amy, ben, None):
        for number in range(7):
            make.order(make.customer(f"客{number}", owner=owner))
    pass_days(QUIET_AFTER)
    picking.PER_DAY.put(12)
    detect()
    counted = Counter(one.staff_id for one in reminders())
    assert sum(counted.values()) == 12
    assert max(counted.values()) == 5
    picking.PER_DAY.put(200)
    detect()
    assert Counter(one.staff_id for one in reminders()) == {amy.id: 5, ben.id: 5, None: 5}


def test_a_contact_that_is_planned_needs_no_reminder(buyers, amy, pass_days, detect, reminders):
    (lin,) = buyers(1)
    pass_days(QUIET_AFTER)
    planned = make.followup(lin, staff=amy, hours=100)
    detect()
    assert reminders() == []
    followups.finish(planned, by=amy)
    db.session.commit()
    detect()
    assert len(reminders()) == 1


def test_a_rest_ends_the_reminder_and_keeps_the_next_ones_away(
    lin_is_quiet, amy, pass_days, detect, reminders, browser
):
    (one,) = reminders()
    until = (clock.today() + clock.timedelta(days=80)).isoformat()
    asked = browser.as_(amy)
    for wrong in (clock.today().isoformat(), "2099-01-01", "2026-02-30", ""):
        assert asked.post(f"/followups/{one.id}/rest", until=wrong).status_code == 422
    assert "到哪天" in asked.get(f"/followups/{one.id}/rest").text
    assert asked.post(f"/followups/{one.id}/rest", until=until).status_code == 303
    assert (reminders()[0].outcome, reminders()[0].rest_until.isoformat()) == ("resting", until)
    make.order(lin_is_quiet)
    pass_days(70)
    assert lin_is_quiet.quiet_on <= clock.today()
    detect()
    assert len(reminders()) == 1
    pass_days(10)
    detect()
    assert len(reminders()) == 2


def test_one_silence_in_ten_is_left_alone_where_the_owner_wants_to_know(
    buyers, pass_days, detect, reminders, browser, amy
):
    found = buyers(40)
    picking.HOLD_OUT.put(True)
    picking.PER_DAY.put(200)
    picking.PER_PERSON.put(100)
    pass_days(QUIET_AFTER)
    detect()
    detect()
    held = reminders(outcome="held")
    assert len(reminders()) == 40
    assert 1 <= len(held) <= 9
    assert all(not one.is_open and one.customer.next_due_at == FAR_OFF for one in held)
    assert {one.customer_id for one in reminders()} == {one.id for one in found}
    text = browser.as_(amy).get(f"/customers/{held[0].customer_id}").text
    assert "变安静了" not in text


def test_at_most_twenty_a_day_and_none_is_lost(buyers, detect, pass_days, reminders):
    found = buyers(45)
    picking.PER_PERSON.put(20)
    pass_days(QUIET_AFTER)
    for expected in (20, 40, 45, 45):
        detect()
        detect()
        assert len(reminders()) == expected
        pass_days(1)
    assert {one.customer_id for one in reminders()} == {one.id for one in found}


def test_the_owner_sets_how_many_a_day(buyers, detect, pass_days, reminders):
    buyers(5)
    pass_days(QUIET_AFTER)
    picking.PER_DAY.put(0)
    detect()
    assert reminders() == []
    picking.PER_DAY.put(2)
    detect()
    assert len(reminders()) == 2


def test_two_workers_at_once_raise_no_more_than_the_day_holds(app, buyers, pass_days, reminders):
    buyers(30)
    pass_days(QUIET_AFTER)
    picking.PER_PERSON.put(20)
    db.session.commit()
    start, faults = threading.Barrier(3), []

    def run():
        with app.app_context():
            start.wait()
            try:
                quiet.detect()
                db.session.commit()
            except Exception as fault:  # a fault in a thread must not pass unseen
                faults.append(fault)

    workers = [threading.Thread(target=run) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert faults == []
    assert len(reminders()) == 20
    assert len({one.customer_id for one in reminders()}) == 20


def test_a_run_that_dies_in_the_middle_goes_on_where_it_was(
    buyers, detect, pass_days, reminders, monkeypatch
):
    buyers(9)
    picking.PER_PERSON.put(20)
    pass_days(QUIET_AFTER)
    real, raised = followups.plan_once, []

    def dies(*args, **kw):
        if len(raised) == 4:
            raise RuntimeError("power cut")
        raised.append(1)
        return real(*args, **kw)

    monkeypatch.setattr(followups, "plan_once", dies)
    with pytest.raises(RuntimeError):
        detect()
    db.session.rollback()
    assert len(reminders()) == 4
    monkeypatch.undo()
    detect()
    assert len(reminders()) == 9
    assert len({one.customer_id for one in reminders()}) == 9


def test_a_clock_that_jumps_raises_nothing_twice_and_loses_nothing(
    buyers, detect, pass_days, reminders
):
    found = buyers(30)
    picking.PER_PERSON.put(20)
    pass_days(QUIET_AFTER + 3)
    detect()
    pass_days(-2)
    detect()
    assert len(reminders()) == 30
    for days in (2, 5, -7, 3):
        pass_days(days)
        detect()
    assert len(reminders()) == 30
    assert {one.customer_id for one in reminders()} == {one.id for one in found}


def test_a_new_unit_moves_the_day_but_raises_no_second_reminder(
    lin_is_quiet, detect, pass_days, reminders
):
    before = lin_is_quiet.quiet_on
    followups.close(reminders()[0], outcome="unwanted")
    shop_rhythm.TRADE.put("baby")
    shop_rhythm.measure()
    silences.move_dates()
    db.session.commit()
    assert lin_is_quiet.quiet_on != before
    for _week in range(12):
        pass_days(7)
        detect()
    assert len(reminders()) == 1


def test_a_second_silence_is_another_reminder(lin_is_quiet, work, detect, pass_days, reminders):
    make.order(lin_is_quiet)
    work()
    for _week in range(14):
        pass_days(7)
        detect()
    assert [one.outcome for one in reminders()][0] == "returned"
    assert len({one.lapse_on for one in reminders()}) == len(reminders()) == 2


@pytest.mark.parametrize("why", ["archived", "left", "do not disturb", "just talked"])
def test_who_is_not_to_be_disturbed_gets_no_reminder(
    why, buyers, chief, detect, pass_days, reminders
):
    (lin,) = buyers(1)
    pass_days(QUIET_AFTER)
    if why == "archived":
        people.archive(lin, by=chief)
    elif why == "left":
        people.left(lin, now())
    elif why == "do not disturb":
        lin.do_not_disturb = True
    else:
        says(lin)
    db.session.commit()
    detect()
    assert reminders() == []


def test_who_asks_for_silence_later_is_reminded_of_no_more(
    lin_is_quiet, detect, pass_days, reminders
):
    lin_is_quiet.do_not_disturb = True
    db.session.commit()
    pass_days(1)
    detect()
    assert reminders()[0].outcome == "away"


def test_a_purchase_closes_it_and_says_after_how_long(lin_is_quiet, work, pass_days, reminders):
    pass_days(6)
    make.order(lin_is_quiet)
    work()
    (one,) = reminders()
    assert (one.state, one.outcome) == ("closed", "returned")
    assert one.why["back_after"] == QUIET_AFTER + 6
    assert one.why["asked_before"] == 6
    assert lin_is_quiet.next_due_at.year == 9999


def test_an_old_purchase_written_down_late_does_not_close_it(lin_is_quiet, work, reminders):
    make.order(lin_is_quiet, days_ago=QUIET_AFTER)
    work()
    assert reminders()[0].is_open


def test_a_voided_purchase_opens_it_again(lin_is_quiet, chief, work, reminders):
    order = make.order(lin_is_quiet)
    work()
    assert not reminders()[0].is_open
    ordering.void(order, reason="记错人", by=chief)
    work()
    assert reminders()[0].is_open
    assert lin_is_quiet.next_due_at.year < 9999


def test_a_message_marks_it_answered_and_it_stays_open(lin_is_quiet, work, pass_days, reminders):
    pass_days(1)
    says(lin_is_quiet)
    first = now()
    work()
    pass_days(1)
    says(lin_is_quiet)
    work()
    (one,) = reminders()
    assert one.is_open
    assert one.responded_at == first


def test_a_message_of_whom_nobody_has_to_contact_leaves_no_work(amy, lin):
    says(lin)
    made = db.session.scalars(db.select(Job.name)).all()
    assert quiet.heed.name not in made
    followups.plan(lin, what="回访", due_at=now(), staff=amy, by=amy)
    says(lin)
    made = db.session.scalars(db.select(Job.name)).all()
    assert quiet.heed.name in made


def test_the_bell_may_ring_late_twice_and_in_any_order(lin_is_quiet, pass_days, reminders):
    pass_days(1)
    says(lin_is_quiet)
    pass_days(1)
    make.order(lin_is_quiet)
    heard = db.select(Moment.id).where(Moment.kind.in_(quiet.HEEDS)).order_by(Moment.id.desc())
    for moment_id in [*db.session.scalars(heard.limit(2)), *db.session.scalars(heard.limit(2))]:
        quiet.heed(moment_id)
        db.session.commit()
    (one,) = reminders()
    assert one.outcome == "returned"
    assert one.responded_at


def test_nobody_acts_for_thirty_days_and_it_ends_by_itself(
    lin_is_quiet, detect, pass_days, reminders
):
    pass_days(29)
    detect()
    assert reminders()[0].is_open
    pass_days(2)
    detect()
    assert reminders()[0].outcome == "expired"


def test_it_ends_on_the_day_the_customer_counts_as_dormant(
    lin_is_quiet, detect, pass_days, reminders
):
    lin_is_quiet.dormant_on = clock.today() + clock.timedelta(days=3)
    db.session.commit()
    pass_days(3)
    detect()
    assert reminders()[0].outcome == "expired"


def test_what_somebody_put_off_does_not_expire_before_its_day(
    lin_is_quiet, detect, pass_days, reminders
):
    pass_days(20)
    followups.snooze(reminders()[0], to=now() + clock.timedelta(days=20))
    pass_days(15)
    detect()
    assert reminders()[0].is_open


# A shop without any purchase listens to contacts --------------------------------------------------


@pytest.fixture
def talkers(at, amy, pass_days, work):
    """Two customers who wrote every ten days; one who wrote once."""
    at("2026-03-01 12:00")
    found = [make.customer(name, owner=amy) for name in ("常聊", "也聊", "一次")]
    says(found[2])
    for _time in range(4):
        says(found[0])
        says(found[1])
        pass_days(10)
    work()
    return found


def test_contacts_tell_who_is_quiet_in_a_shop_without_purchases(
    talkers, detect, pass_days, reminders
):
    assert [c.quiet_on == FAR_OFF_DAY for c in talkers] == [False, False, True]
    pass_days(40)
    detect()
    assert {one.customer_id for one in reminders()} == {talkers[0].id, talkers[1].id}
    assert reminders()[0].why["visits"] == 0
    assert reminders()[0].why["usual"] == 10


def test_the_first_purchase_ends_the_rhythm_of_contacts(
    talkers, detect, pass_days, work, reminders
):
    pass_days(40)
    detect()
    make.order(talkers[0])
    work()
    others = db.session.scalars(db.select(Customer).where(Customer.id != talkers[0].id)).all()
    assert all(one.quiet_on == FAR_OFF_DAY for one in others)
    assert {one.customer_id: one.outcome for one in reminders()} == {
        talkers[0].id: "returned",
        talkers[1].id: "ended",
    }
    pass_days(1)
    detect()
    assert db.session.scalar(db.select(db.func.count(FollowUp.id))) == 2
