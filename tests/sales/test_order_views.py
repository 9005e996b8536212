"""Purchases, through the browser."""

import re

import pytest

from app.core.clock import today
from app.core.db import db
from app.sales.models import Order
from tests import make


def how_many():
    return db.session.scalar(db.select(db.func.count()).select_from(Order))


def test_the_pages_open(browser, amy, lin):
    one = make.order(lin, by=amy)
    page = browser.as_(amy)
    for path in ("/orders", f"/orders/{one.id}", f"/customers/{lin.id}/orders", "/orders/new"):
        assert page.get(path).status_code == 200, path
    assert "林小满" in page.get("/orders/new", q="林").text
    assert "林小满" in page.get("/orders/new", customer=lin.id).text


def test_a_purchase_is_written_down_in_one_go(browser, amy, lin):
    page = browser.as_(amy)
    form = page.htmx.get("/orders/new", customer=lin.id).text
    once = re.search(r'name="once"[^>]* value="(\w+)"', form)[1]
    fields = {"customer": lin.id, "amount": "1,234.5", "on": today().isoformat(), "once": once}
    for _twice in range(2):
        assert page.post("/orders", **fields).status_code == 303
    assert how_many() == 1
    assert db.session.scalars(db.select(Order.cents)).one() == 123450
    assert "¥1,234.50" in page.get(f"/customers/{lin.id}").text


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": ""}, {"amount": "-1"}, {"amount": "NaN"}, {"amount": "9" * 100_000},
        {"amount": "999999999999"}, {"amount": "\0"}, {"on": "2026-02-30"}, {"on": "0001-01-01"},
        {"on": "99999-01-01"}, {"on": ""}, {"on": "2190-01-01"}, {"text": "长" * 201},
        {"text": "x" * 100_000},
    ],
)  # fmt: skip
def test_bad_input_keeps_what_was_typed(browser, amy, lin, fields):
    typed = {
        "customer": lin.id,
        "amount": "12",
        "on": today().isoformat(),
        "text": "奶粉",
        **fields,
    }
    answer = browser.as_(amy).post("/orders", **typed)
    assert answer.status_code == 422
    assert how_many() == 0
    if "text" not in fields:
        assert "奶粉" in answer.text


@pytest.mark.parametrize("customer", ["", "x", "0", "-1", "9" * 30, "9999999999", "\0"])
def test_a_customer_of_nonsense_is_not_found(browser, amy, customer):
    answer = browser.as_(amy).post("/orders", customer=customer, amount="1")
    assert answer.status_code == 404
    assert browser.as_(amy).get("/orders/new", customer="9" * 9).status_code == 404


def test_an_agent_reaches_no_purchase_of_somebody_else(browser, amy, ben, lin):
    one = make.order(lin, by=amy)
    page = browser.as_(ben)
    assert page.get(f"/orders/{one.id}").status_code == 404
    assert page.post(f"/orders/{one.id}/voiding", reason="x").status_code == 404
    assert page.post("/orders", customer=lin.id, amount="1").status_code == 404
    assert "林小满" not in page.get("/orders").text
    assert "林小满" in browser.as_(amy).get("/orders").text


def test_a_void_needs_a_reason_and_stays_visible(browser, amy, lin):
    one = make.order(lin, by=amy)
    page = browser.as_(amy)
    assert page.post(f"/orders/{one.id}/voiding", reason=" ").status_code == 422
    assert page.post(f"/orders/{one.id}/voiding", reason="点错了").status_code == 303
    for path in ("/orders", f"/orders/{one.id}", f"/customers/{lin.id}/orders"):
        assert "点错了" in page.get(path).text
        assert "<s>" in page.get(path).text


def test_an_agent_may_not_void_what_a_colleague_wrote(browser, amy, max_, lin):
    one = make.order(lin, by=max_)
    assert browser.as_(amy).post(f"/orders/{one.id}/voiding", reason="x").status_code == 403
    assert browser.as_(max_).post(f"/orders/{one.id}/voiding", reason="x").status_code == 303


def test_the_book_is_paged(browser, chief, lin):
    for number in range(60):
        make.order(lin, days_ago=number, text=f"第{number:02d}笔")
    page = browser.as_(chief)
    first = page.get("/orders").text
    after = re.search(r'after=([^"&]+)"', first)[1].replace("%7E", "~")
    second = page.get("/orders", after=after).text
    shown = re.findall(r"第\d\d笔", first + second)
    assert shown == [f"第{n:02d}笔" for n in range(60)]
    assert page.get("/orders", after="x~9").status_code == 200
