"""The days of silence and what is at risk: kept with each act, marked as they come."""

from datetime import timedelta

import pytest

from app.core.clock import today
from app.core.db import db
from app.customers import dating, listing, odds, people, shop_rhythm, silences, summary
from app.customers.models import Customer, Rhythm
from tests import make


@pytest.fixture
def later(at):
    """later(days): the shop lives on, and nothing runs by itself."""

    def move(days):
        at((today() + timedelta(days=days)).strftime("%Y-%m-%d 09:00"))

    at("2026-03-01 09:00")
    return move


@pytest.fixture
def mark(outside):
    def run():
        outside(silences.mark)
        db.session.expire_all()

    return run


def listed(staff):
    return [row.name for row in listing.page(staff, listing.Choice(view="quiet")).rows]


def test_a_silence_is_valued_on_its_day_and_let_go_when_it_is_lost(later, mark, amy, lin):
    make.order(lin, cents=10_000)
    assert lin.at_risk_cents is None
    later(43)
    mark()
    assert lin.at_risk_cents is None
    later(1)
    mark()
    expected = odds.at_risk(10_000, odds.outlook(0, 0, 44, 30))
    assert lin.at_risk_cents == round(expected)
    assert listed(amy) == ["林小满"]
    later((lin.lost_on - today()).days)
    assert listed(amy) == []
    mark()
    assert lin.at_risk_cents is None


def test_an_old_silence_is_one_for_a_campaign(later, mark, amy, lin):
    make.order(lin)
    later(60)
    mark()
    assert [row.name for row in listing.page(amy, listing.Choice(view="asleep")).rows] == []
    later(15)
    assert [row.name for row in listing.page(amy, listing.Choice(view="asleep")).rows] == ["林小满"]


def test_who_acts_is_told_anew_at_once(later, mark, amy, lin):
    make.order(lin)
    later(60)
    mark()
    assert lin.at_risk_cents
    make.order(lin)
    assert lin.at_risk_cents is None
    assert listed(amy) == []


def test_marking_twice_or_with_the_clock_set_back_changes_nothing(later, mark, lin):
    make.order(lin)
    later(60)
    mark()
    was = lin.at_risk_cents
    later(-10)
    mark()
    later(10)
    mark()
    assert lin.at_risk_cents == was


def test_days_that_nobody_marked_are_caught_up(later, mark, amy):
    for number in range(5):
        make.order(make.customer(f"客{number}", owner=amy), cents=1000 * (5 - number))
        later(2)
    later(60)
    mark()
    assert listed(amy) == [f"客{number}" for number in range(5)]


def test_the_newest_purchase_counts_toward_the_shops_median(later, outside, work, amy):
    for number in range(30):
        one = make.customer(f"客{number}", owner=amy)
        make.order(one, cents=100 * (number + 1))
    later(60)
    outside(silences.mark)
    shop_rhythm.measure()
    db.session.commit()
    work()
    db.session.expire_all()
    row = db.session.get_one(Rhythm, 1)
    assert row.typical_cents == 1550
    for one in db.session.scalars(db.select(Customer)).all():
        kept = one.at_risk_cents
        summary.recompute(one)
        assert one.at_risk_cents == kept


def test_a_more_watchful_shop_moves_every_date(later, outside, work, lin):
    make.order(lin)
    assert lin.quiet_on == today() + timedelta(days=44)
    shop_rhythm.SENSITIVITY.put("early")
    db.session.commit()
    work()
    db.session.expire_all()
    assert lin.quiet_on == today() + timedelta(days=odds.silences(0, 0, 30, 0.6)[0])
    kept = lin.quiet_on
    summary.recompute(lin)
    assert lin.quiet_on == kept


def test_who_buys_while_dates_move_keeps_their_own(later, lin):
    make.order(lin)
    row = silences.read(db.select(*silences.COLUMNS))[0]
    changed = list(silences._changed([row], shop_rhythm.Pace("visit", 7.0), today()))
    later(20)
    make.order(lin)
    silences._write(changed)
    db.session.refresh(lin)
    kept = dating.dates_of(lin, shop_rhythm.current(), today())
    assert (lin.quiet_on, lin.lost_on) == (kept.quiet_on, kept.lost_on)


def test_parts_grow_and_shrink_with_the_time_that_they_take(app, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(silences.time, "monotonic", lambda: clock[0])
    writer, sizes = silences.Writer(), []
    for part in writer.parts([{}] * 5000):
        sizes.append(len(part))
        clock[0] += len(part) * 0.0001  # 0.1 ms a row: 200 of them are 20 ms
    assert sum(sizes) == 5000
    assert max(sizes) <= 201
    assert sizes[-2] > 190


def test_flags_tell_who_came_back_and_who_was_forgotten(later, browser, amy, lin):
    make.order(lin)
    later(100)
    make.order(lin)
    assert "回流" in browser.as_(amy).get(f"/customers/{lin.id}").text
    later(31)
    assert "回流" not in browser.as_(amy).get(f"/customers/{lin.id}").text
    make.followup(lin, staff=amy, hours=1)
    later(4)
    assert "未跟进" in browser.as_(amy).get(f"/customers/{lin.id}").text


def test_the_list_and_the_card_say_what_is_at_risk(later, mark, browser, amy, lin):
    make.order(lin, cents=123_456)
    later(60)
    mark()
    said = odds.at_risk(123_456, odds.outlook(0, 0, 60, 30))
    assert said > 80_000
    page = browser.as_(amy).get("/customers", view="quiet").text
    assert "90 天约少收" in page
    shown = page.split("若不再来，90 天约少收")[1].split("</td>")[0]
    assert shown.endswith("0")
    assert "90 天约少收 ¥" in browser.as_(amy).get(f"/customers/{lin.id}").text
    people.edit(lin, version=lin.version, by=amy, do_not_disturb=True)
    db.session.commit()
    assert "林小满" not in browser.as_(amy).get("/customers", view="quiet").text
