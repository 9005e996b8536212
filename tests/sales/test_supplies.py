"""When somebody runs out, and which stage a child is in: dates kept with each purchase."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import FAR_OFF_DAY, today
from app.core.db import db
from app.core.errors import Refused
from app.sales import ages, ordering, refunding, shelf, stages, supplies
from app.sales.basket import Thing
from app.sales.models import CareDate, CareLine, Stage, Supply
from app.staff.models import AuditLine
from tests import make


@pytest.fixture
def milk(app):
    one = shelf.add("奶粉二段", category="奶粉", cents=27_800, cycle_days=14)
    db.session.commit()
    return one


@pytest.fixture
def line(app):
    one = stages.add_line("宝宝月龄", basis=stages.AGE)
    for name, after in (("一段", 0), ("二段", 6), ("三段", 12)):
        stages.put_stage(one, None, name=name, after=after, unit="month", ahead=0, says="{名字}")
    db.session.commit()
    return one


def sold(to, product, *, days_ago=0, quantity=1):
    on = today() - timedelta(days=days_ago)
    things = [Thing(product.name, quantity, product.cents, product.id)]
    one = ordering.place(to, on=on, cents=None, by=None, things=things)
    db.session.commit()
    return one


def kept():
    return db.session.scalars(db.select(Supply)).one()


def test_it_lasts_as_long_as_the_product_until_the_customer_has_a_rhythm(lin, milk):
    sold(lin, milk, days_ago=40, quantity=2)
    assert kept().due_on == today() - timedelta(days=12)
    sold(lin, milk, days_ago=20)
    assert (kept().times, kept().due_on) == (2, today() - timedelta(days=6))
    sold(lin, milk)
    assert (kept().gap_days, kept().due_on) == (20, today() + timedelta(days=20))


def test_a_void_a_refund_and_a_correction_move_the_day(amy, lin, milk):
    first = sold(lin, milk, days_ago=10)
    last = sold(lin, milk)
    one = refunding.refund(last, cents=last.cents, on=today(), by=amy)
    assert kept().last_on == today() - timedelta(days=10)
    refunding.withdraw(one, by=amy)
    assert kept().last_on == today()
    things = [Thing(milk.name, 3, milk.cents, milk.id)]
    ordering.edit(
        last, version=1, on=today() - timedelta(days=1), cents=1, text="", by=amy, things=things
    )
    assert kept().due_on == today() + timedelta(days=41)
    for order in (first, last):
        ordering.void(order, reason="错", by=amy)
    assert db.session.scalar(db.select(Supply.id)) is None


def test_another_cycle_counts_for_those_who_have_it_already(lin, milk, work):
    sold(lin, milk)
    shelf.change(milk, name=milk.name, category="奶粉", cents=1, cycle_days=30)
    db.session.commit()
    work()
    assert kept().due_on == today() + timedelta(days=30)


days = st.dictionaries(st.dates(date(2000, 1, 1), date(2026, 1, 1)), st.integers(1, 9999),
                       min_size=1, max_size=8)  # fmt: skip


@given(days, st.integers(0, shelf.LONGEST_CYCLE))
def test_the_day_lies_after_the_last_purchase_or_is_unknown(bought, cycle):
    found = supplies.summed(bought, cycle)
    assert found["last_on"] == max(bought)
    assert found["due_on"] > max(bought)
    if not cycle and len(bought) < supplies.OWN_FROM:
        assert found["due_on"] == FAR_OFF_DAY


@pytest.mark.parametrize(
    ("anchor", "after", "unit", "day"),
    [("2026-08-31", 6, "month", "2027-02-28"), ("2027-08-31", 6, "month", "2028-02-29"),
     ("2026-12-15", 1, "month", "2027-01-15"), ("2026-03-31", -1, "month", "2026-02-28"),
     ("2026-02-28", 2, "day", "2026-03-02"), ("2026-01-15", 0, "month", "2026-01-15")],
)  # fmt: skip
def test_a_stage_comes_on_a_day_that_there_is(anchor, after, unit, day):
    assert stages.day_of(date.fromisoformat(anchor), after, unit) == date.fromisoformat(day)


def test_a_child_is_in_a_stage_and_what_fits_it_is_shown(amy, lin, line, at):
    at("2026-08-20 10:00")
    second = stages.stages_of(line)[1]
    shelf.add("奶粉二段", stage=second)
    ages.put(lin, line, name="豆豆", on=date(2026, 1, 31), by=amy)
    one = ages.standings(lin)[0]
    assert (one.now.name, one.next.name, one.next_on) == ("二段", "三段", date(2027, 1, 31))
    assert [product.name for product in one.products] == ["奶粉二段"]
    assert ages.months_of(date(2026, 1, 31)) == 6
    ages.put(lin, line, name="豆豆", on=date(2026, 6, 1), by=amy)
    assert [one.now.name for one in ages.standings(lin)] == ["一段"]


@pytest.mark.parametrize("days", [301, 4000, -50_000])
def test_a_birthday_that_cannot_be_is_refused(amy, lin, line, days):
    with pytest.raises(Refused) as no:
        ages.put(lin, line, name="豆豆", on=today() + timedelta(days=days), by=amy)
    assert no.value.field == "on"


# Pages -------------------------------------------------------------------------------------------


def test_the_owner_keeps_the_table_of_stages(browser, chief, max_):
    assert browser.as_(max_).get("/settings/stages").status_code == 403
    page = browser.as_(chief)
    assert page.post("/settings/stages/ready/baby").status_code == 303
    assert "二段奶粉" in page.get("/settings/stages").text
    fields = {"name": "爱车", "basis": "bought", "category": "保养"}
    assert page.post("/settings/stages", **fields).status_code == 303
    again = page.post("/settings/stages", **fields)
    assert again.status_code == 422
    assert "已经有" in again.text
    car = db.session.scalars(db.select(CareLine).where(CareLine.name == "爱车")).one()
    stage = {"name": "小保养", "after": "180", "unit": "day", "ahead": "5", "says": "该保养了"}
    assert page.get(f"/settings/lines/{car.id}/stages/new").status_code == 200
    for bad in ({"after": "-1"}, {"after": "x"}, {"after": "9" * 5000}, {"ahead": "99"},
                {"says": ""}, {"unit": "year"}, {"after": "99999"}):  # fmt: skip
        assert page.post(f"/settings/lines/{car.id}/stages", **{**stage, **bad}).status_code == 422
    assert page.post(f"/settings/lines/{car.id}/stages", **stage).status_code == 303
    one = db.session.scalars(db.select(Stage).where(Stage.name == "小保养")).one()
    assert page.get(f"/settings/stages/{one.id}").status_code == 200
    assert page.post(f"/settings/stages/{one.id}", **{**stage, "after": "90"}).status_code == 303
    assert one.after == 90
    assert page.post(f"/settings/stages/{one.id}/removal").status_code == 303
    assert page.post(f"/settings/stages/{one.id}", **stage).status_code == 404
    assert page.post(f"/settings/lines/{car.id}/removal").status_code == 303
    assert "爱车" not in page.get("/settings/stages").text
    assert db.session.scalar(db.select(AuditLine.id).where(AuditLine.what == "stages.removed"))


def test_a_day_is_written_down_on_the_customers_page(browser, amy, ben, lin, line, milk):
    sold(lin, milk, days_ago=20)
    page = browser.as_(amy)
    url = f"/customers/{lin.id}/care"
    assert "奶粉二段" in page.htmx.get(url).text
    born = (today() - timedelta(days=200)).isoformat()
    for bad in ({"on": "2026-02-30"}, {"on": ""}, {"line": "99"}, {"name": "长" * 31}):
        fields = {"line": line.id, "name": "豆豆", "on": born, **bad}
        assert page.post(url, **fields).status_code == 422
    assert page.post(url, line=line.id, name="豆豆", on=born).status_code == 303
    shown = page.get(url).text
    assert "豆豆" in shown
    assert "二段" in shown
    one = db.session.scalars(db.select(CareDate)).one()
    assert browser.as_(ben).get(url).status_code == 404
    other = make.customer("王芳", owner=amy)
    assert page.post(f"/customers/{other.id}/care/{one.id}/removal").status_code == 404
    assert page.post(f"{url}/{one.id}/removal").status_code == 303
    assert db.session.scalar(db.select(CareDate.id)) is None
