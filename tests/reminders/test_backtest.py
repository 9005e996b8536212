"""How good it was: counted on the shop's own history, kept, and shown to the owner."""

from datetime import timedelta
from random import Random

import pytest

from app.core.clock import today
from app.core.db import db
from app.core.jobs import Job
from app.customers import odds, shop_rhythm
from app.reminders import backtest, judging, picking
from app.sales import gathering
from tests import make


def test_what_a_rule_calls_is_counted_with_what_became_of_it():
    visits = [
        [100, 130, 160],  # called after 160, never back
        [100, 150],  # called at 130 by the rule of 30 days, back after 20
        [100],
        [0, 5, 90],  # called at 35, outside the days
    ]
    found = judging.called(visits, 120, 200, lambda _x, _span: 30)
    assert (found.count, found.came_soon, found.stayed_away) == (5, 1, 4)
    assert judging.called(visits, 120, 200, lambda _x, _span: 500).count == 0


@pytest.mark.parametrize(("cells", "expected"), [
    ([100, 50, 100, 25], 3.0), ([10, 5, 100, 25], None), ([100, 0, 100, 25], None),
    ([0, 0, 0, 0], None),
])  # fmt: skip
def test_the_shops_own_odds_count_once_either_side_is_large_enough(cells, expected):
    found = judging.odds_ratio(cells)
    assert found == (expected if expected is None else pytest.approx(expected))


@pytest.fixture
def history(at, amy):
    """Thirty customers over a year and a half; some stop coming for good."""
    at("2026-10-01 10:00")
    chance = Random(4)
    for number in range(30):
        one = make.customer(f"客{number}", owner=amy)
        day, gap = 540 - chance.randrange(60), 10 + number
        while day > 0:
            make.order(one, days_ago=day, cents=1000 * (1 + number % 7))
            if chance.random() < 0.12:
                break
            day -= max(1, round(gap * chance.uniform(0.6, 1.4)))
    db.session.execute(db.delete(Job))  # a thousand, of what every purchase brings with it
    db.session.commit()


def test_last_quarter_is_judged_and_kept(history, outside, browser, chief, amy, work):
    shop_rhythm.measure()
    db.session.commit()
    asked = browser.as_(chief)
    assert "还没有结果" in asked.get("/settings/quiet").text
    assert asked.post("/settings/quiet/judgements").status_code == 303
    work()
    facts = gathering.kept(picking.JUDGED).facts
    assert set(facts["rules"]) == {"ours", "30", "60", "90"}
    ours = facts["rules"]["ours"]
    assert ours["count"] > 0
    assert ours["came_soon"] + ours["stayed_away"] <= ours["count"]
    assert facts["to"] == (today() - timedelta(days=91)).toordinal()
    assert sum(band[1] for band in facts["bands"]) == 30
    text = asked.get("/settings/quiet").text
    assert "本店现在的办法" in text
    assert "满 60 天没来" in text
    assert "不说是提醒挽回的" in text
    for forbidden in ("AUC", "模型", "P("):
        assert forbidden not in text
    outside(backtest.judge)
    assert browser.as_(amy).get("/settings/quiet").status_code == 403


def test_the_effect_is_told_for_both_sides_only_where_there_are_two(
    buyers, pass_days, detect, reminders, browser, chief
):
    found = buyers(40)
    picking.HOLD_OUT.put(True)
    picking.PER_DAY.put(200)
    picking.PER_PERSON.put(100)
    pass_days(44)
    detect()
    held = [one.customer_id for one in reminders(outcome="held")]
    pass_days(10)
    for one in found[:7]:
        make.order(one)
    pass_days(25)
    told = backtest.effect()
    assert told["reminded"][0] + told["held"][0] == 40
    assert told["held"][0] == len(held)
    assert told["reminded"][1] + told["held"][1] == 7
    assert told["held"][1] == sum(one.id in held for one in found[:7])
    assert "特意没提醒的" in browser.as_(chief).get("/settings/quiet").text


def test_an_empty_shop_is_judged_without_a_result(app, outside, browser, chief):
    outside(backtest.judge)
    assert gathering.kept(picking.JUDGED).facts["rules"] == {}
    assert "还没有结果" in browser.as_(chief).get("/settings/quiet").text
    assert picking.warmth() == odds.WARMTH


def test_the_shops_own_figure_moves_the_order(app):
    gathering.keep(picking.JUDGED, {"warm": [100, 50, 100, 25]})
    assert picking.warmth() == pytest.approx(3.0)
    gathering.keep(picking.JUDGED, {"warm": [100, 90, 100, 5]})
    assert picking.warmth() == picking.MOST_WARMTH
