"""What a customer's history suggests: each with its number, its three facts and its day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import now, today
from app.core.db import db
from app.inbox import receiving
from app.sales import gathering, ordering, portrait, refunding, shelf, traits
from app.sales.basket import Thing
from tests import make

DAY = date(2026, 6, 1)


def ago(days):
    return today() - timedelta(days=days)


def buys(customer, product, *, days_ago, by=None):
    thing = Thing(product.name, 1, product.cents, product.id)
    one = ordering.place(customer, on=ago(days_ago), cents=None, by=by, things=[thing])
    db.session.commit()
    return one


@pytest.fixture
def gather(outside):
    def run():
        outside(gathering.gather)
        db.session.expire_all()

    return run


def by_name(customer):
    return {one.name: one for one in portrait.of(customer)}


@given(st.floats(0, 1000), st.integers(0, 5000), st.sampled_from([180, 365]))
def test_a_score_lies_between_nothing_and_a_hundred_and_only_fades(score, days, half):
    found = traits.faded(score, days, half)
    assert 0 <= found <= 100
    assert traits.faded(score, days + half, half) <= found


@given(st.lists(st.floats(0, 1e6), max_size=300), st.floats(0, 1e6))
def test_a_place_in_the_shop_is_a_share_of_hundred(values, value):
    steps = traits.percentiles(values)
    assert len(steps) <= 100
    assert steps == sorted(steps)
    assert 0 <= traits.place(value, steps) <= 100


def test_refunds_count_against_the_shops_usual_and_old_ones_half():
    def share(orders, refunds, **more):
        asked = {"usual": 0.05, "late_days": 0, "owed": 0, "today": DAY, "many": 25, "late": 30}
        return traits.credit(orders, refunds, **{**asked, **more})

    assert share(10, []) is None
    assert share(1, [DAY]) is None  # one of one says little
    often = share(8, [DAY] * 4)
    assert often.score == round(100 * (4 + 0.2) / 12)
    assert often.said == ("退货偏多", {})
    assert share(8, [DAY - timedelta(days=730)] * 4) is None
    owes = share(8, [], late_days=40, owed=30_000)
    assert (owes.said, owes.score) == (("欠款逾期", {}), 42)


def test_what_twelve_months_may_bring_is_a_range_with_three_facts(lin, gather):
    for days in (100, 70, 40, 10):
        make.order(lin, days_ago=days, cents=20_000)
    gather()
    one = by_name(lin)["potential"]
    low, high = one.said[1]["low"], one.said[1]["high"]
    worth, visits = gathering.year_of(lin, gathering.shop_rhythm.current())
    assert low < worth * visits < high
    assert len(one.facts) == 3
    assert one.on == lin.last_visit_on


def test_what_the_same_customers_buy_is_suggested(amy, lin, gather):
    milk, wipes, toy = (
        shelf.add(name, category="母婴", cents=cents)
        for name, cents in (("奶粉", 30_000), ("湿巾", 1_000), ("玩具", 5_000))
    )
    for number in range(30):
        one = make.customer(f"客{number}", owner=amy)
        buys(one, milk, days_ago=20, by=amy)
        if number % 2:
            buys(one, wipes, days_ago=10, by=amy)
        if number % 10 == 0:
            buys(one, toy, days_ago=10, by=amy)
    buys(lin, milk, days_ago=5, by=amy)
    gather()
    one = by_name(lin)["cross"]
    assert one.said[1] == {"has": "奶粉", "goes": "湿巾"}
    assert one.facts[0][1]["n"] == 15
    assert 0 < one.score <= 100
    assert [one.name for one in portrait.bestsellers()][:2] == ["奶粉", "湿巾"]
    shelf.remove(wipes)
    db.session.commit()
    assert by_name(lin)["cross"].said[1]["goes"] == "玩具"


def test_who_buys_the_cheapest_of_a_kind_may_be_offered_better(amy, lin, gather):
    things = [shelf.add(f"面霜{n}", category="面霜", cents=1000 * n) for n in range(1, 11)]
    for number, thing in enumerate(things):
        buys(make.customer(f"客{number}", owner=amy), thing, days_ago=9, by=amy)
    for days in (60, 40, 20):
        buys(lin, things[0], days_ago=days, by=amy)
    gather()
    one = by_name(lin)["upgrade"]
    assert one.said == ("%(category)s 还可升级", {"category": "面霜"})
    rich = make.customer("阔客", owner=amy)
    for days in (60, 40, 20):
        buys(rich, things[9], days_ago=days, by=amy)
    assert "upgrade" not in by_name(rich)


def test_much_given_back_is_told_and_never_a_word_about_the_person(browser, amy, lin, gather):
    for days in range(8):
        one = make.order(lin, days_ago=days + 1, cents=10_000, by=amy)
        if days % 2:
            refunding.refund(one, cents=10_000, on=today(), by=amy)
    db.session.commit()
    gather()
    text = browser.as_(amy).get(f"/customers/{lin.id}/portrait").text
    assert "退货偏多" in text
    assert "信用差" not in text
    assert "消费 8 笔，退过 4 笔" in text


def test_a_super_user_is_worth_much_and_keeps_in_touch(browser, amy, lin, gather):
    for number in range(30):
        one = make.customer(f"客{number}", owner=amy)
        make.order(one, days_ago=30, cents=1000)
        hear(one, 1)
    for days in (60, 45, 30, 15):
        make.order(lin, days_ago=days, cents=90_000)
    gather()
    assert not portrait.is_super(lin)
    hear(lin, 12)
    gather()
    assert portrait.is_super(lin)
    assert "超级用户" in browser.as_(amy).get(f"/customers/{lin.id}/portrait").text


def hear(customer, days):
    for day in range(days):
        at = now() - timedelta(days=day)
        receiving.receive(
            customer, channel="wechat", account="a", address=f"o{customer.id}", kind="text",
            text="在", details={}, at=at, key=f"{customer.id}-{day}",
        )  # fmt: skip
    db.session.commit()


def test_before_the_first_purchase_and_week_nothing_is_wrong(browser, amy, ben, lin):
    assert portrait.of(lin) == []
    text = browser.as_(amy).get(f"/customers/{lin.id}/portrait").text
    assert "有了消费记录" in text
    make.order(lin, days_ago=3)
    text = browser.as_(amy).get(f"/customers/{lin.id}/portrait").text
    assert "获利潜力" in text
    assert browser.as_(ben).get(f"/customers/{lin.id}/portrait").status_code == 404
