"""The first page of the day: three lists, each with a reason and one thing to do."""

import pytest

from app.core.clock import now
from app.core.db import db
from app.customers import silences
from app.customers.shop_rhythm import TRADE
from app.inbox import receiving
from tests import make


def says(customer, text="在吗"):
    receiving.receive(
        customer, channel="wechat", account="wxshop", address=f"o-{customer.id}", kind="text",
        text=text, details={}, at=now(), key=f"{customer.id}{text}",
    )  # fmt: skip
    db.session.commit()


def part(text, name, until):
    return text.split(f'id="{name}"')[1].split(f'id="{until}"')[0]


def test_an_empty_shop_is_told_what_to_do(browser, chief):
    text = browser.as_(chief).get("/").text
    assert "今天没有约好的人" in text
    assert "都回复完了" in text
    assert "从 Excel 导入" in text


def test_agents_are_not_sent_to_the_import(browser, amy):
    assert "从 Excel 导入" not in browser.as_(amy).get("/").text.replace(
        "可以直接从 Excel 导入", ""
    )


def test_who_is_due_comes_with_the_task(browser, amy, lin):
    make.followup(lin, staff=amy, what="问奶粉", hours=0)
    due = part(browser.as_(amy).get("/").text, "due", "waiting")
    assert "林小满" in due
    assert "问奶粉" in due
    assert "记跟进" in due


def test_who_waits_comes_with_the_last_word_and_a_way_to_answer(browser, amy, lin):
    says(lin, "还有货吗")
    waiting = part(browser.as_(amy).get("/").text, "waiting", "cooling")
    assert "还有货吗" in waiting
    assert "/inbox/1" in waiting


def test_who_cools_down_comes_with_the_reason(at, browser, amy, lin, outside):
    at("2026-01-01 12:00")
    TRADE.put("food")
    for ago in (63, 42, 21, 0):
        make.order(lin, days_ago=ago)
    at("2026-02-17 09:00")
    outside(silences.mark)
    cooling = browser.as_(amy).get("/").text.split('id="cooling"')[1]
    assert "林小满" in cooling
    assert "通常每 21 天来一次，已 47 天没来" in cooling
    assert "打电话" in cooling


def test_who_is_due_today_is_not_told_twice(at, browser, amy, lin):
    at("2026-01-01 12:00")
    make.order(lin)
    at("2026-02-20 09:00")
    make.followup(lin, staff=amy, hours=1)
    text = browser.as_(amy).get("/").text
    assert "林小满" in part(text, "due", "waiting")
    assert "林小满" not in text.split('id="cooling"')[1]


def test_five_are_shown_and_the_rest_is_one_link(browser, amy):
    for number in range(8):
        says(make.customer(f"客人{number}", owner=amy))
    waiting = part(browser.as_(amy).get("/").text, "waiting", "cooling")
    assert waiting.count('class="task"') == 5
    assert "还有 3 个" in waiting
    assert "/customers?view=waiting" in waiting


@pytest.mark.parametrize("shown", ["due", "waiting", "cooling"])
def test_an_agent_sees_nothing_of_a_colleagues_customer(at, browser, amy, ben, lin, shown, outside):
    at("2026-01-01 12:00")
    make.order(lin)
    at("2026-02-20 09:00")
    outside(silences.mark)
    if shown == "due":
        make.followup(lin, staff=amy, hours=1)
    elif shown == "waiting":
        says(lin)
    assert "林小满" in browser.as_(amy).get("/").text
    assert "林小满" not in browser.as_(ben).get("/").text


def test_the_purchases_of_the_day_are_added_up(browser, amy, lin):
    make.order(lin, cents=12_345)
    make.order(lin, cents=10_000, days_ago=1)
    assert "1 · ¥123.45" in browser.as_(amy).get("/").text


def test_the_part_of_the_day_is_greeted(at, browser, amy):
    for hour, words in (("08", "早上好"), ("13", "中午好"), ("23", "晚上好"), ("03", "夜深了")):
        at(f"2026-11-22 {hour}:00")
        assert f"{words}，小艾" in browser.as_(amy).get("/").text
