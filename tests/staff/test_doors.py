"""CSRF: nothing is changed by a request that our own pages did not make."""

import pytest

from app.core.db import db
from app.staff.models import StaffSession, Throttle
from tests import make
from tests.house.walking import address, all_rows, first_ids, rules
from tests.outside import Browser


@pytest.fixture
def filled(lin, amy, chief, phone, work):
    make.order(lin, by=amy)
    make.followup(lin, staff=amy)
    phone.says("在吗")
    work()
    return chief


@pytest.fixture
def insiders(app, browser, filled, lin):
    """A browser of who comes in at each kind of door."""
    return {"staff": browser.as_(filled), "member": Browser(app).as_member(lin)}


def everything_posted(app, insiders, **fields):
    """Every POST of the house, by who may, with these fields instead of a token."""
    ids = first_ids()
    for rule, kind in rules(app, "POST"):
        if kind != "platform":
            one = insiders.get(kind, insiders["staff"])
            yield rule, one.post(address(rule, ids), _csrf=False, **fields)


def test_nothing_changes_without_a_token(app, insiders):
    before = all_rows()
    for rule, answer in everything_posted(app, insiders):
        assert answer.status_code == 400, rule
        assert "刷新页面" in answer.text
    assert all_rows() == before


def test_nothing_changes_with_a_made_up_token(app, insiders):
    before = all_rows()
    for rule, answer in everything_posted(app, insiders, csrf_token="made-up"):
        assert answer.status_code == 400, rule
    assert all_rows() == before


def test_nothing_changes_with_a_token_of_another_browser(app, insiders):
    other = Browser(app)
    with other.client.session_transaction() as session:
        session["csrf_token"] = "0" * 40
    before = all_rows()
    for rule, answer in everything_posted(app, insiders, csrf_token=other.token()):
        assert answer.status_code == 400, rule
    assert all_rows() == before


def test_a_refused_htmx_request_is_told_in_the_corner(browser, amy):
    answer = browser.as_(amy).htmx.post("/inbox/1/claim", _csrf=False)
    assert answer.status_code == 400
    assert answer.headers["HX-Retarget"] == "#flash"


def test_the_token_may_come_as_a_header(browser, amy, lin):
    chat = make.conversation(lin, assignee=amy)
    one = browser.as_(amy)
    headers = {"X-CSRFToken": one.token()}
    answer = one._ask("post", f"/inbox/{chat.id}/resolution", headers=headers)
    assert answer.status_code == 303


def test_a_token_in_the_address_does_not_count(browser, amy, lin):
    chat = make.conversation(lin, assignee=amy)
    one = browser.as_(amy)
    token = one.token()
    answer = one._ask("post", f"/inbox/{chat.id}/resolution?csrf_token={token}")
    assert answer.status_code == 400


def test_signing_in_needs_a_token_too(browser, amy):
    answer = browser.post("/login", _csrf=False, name="amy", password=make.PASSWORD)
    assert answer.status_code == 400
    assert db.session.scalars(db.select(StaffSession)).all() == []
    assert db.session.scalars(db.select(Throttle)).all() == []


def test_no_header_makes_another_method(browser, amy, lin):
    chat = make.conversation(lin, assignee=amy)
    one = browser.as_(amy)
    for name in ("X-HTTP-Method-Override", "X-Method-Override"):
        answer = one._ask("get", f"/inbox/{chat.id}/resolution", headers={name: "POST"})
        assert answer.status_code == 405


def test_a_new_sign_in_gets_a_new_token(browser, amy):
    page = browser.get("/login").text
    with browser.client.session_transaction() as session:
        before = session["csrf_token"]
    assert 'name="csrf_token"' in page
    browser.post("/login", name="amy", password=make.PASSWORD)
    browser.get("/inbox")
    with browser.client.session_transaction() as session:
        assert session["csrf_token"] != before


def test_every_page_tells_htmx_its_token(browser, amy):
    page = browser.as_(amy).get("/inbox").text
    assert 'hx-headers=\'{"X-CSRFToken":' in page
    assert "csrf_token=" not in page
