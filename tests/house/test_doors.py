"""Every door is closed until marked, and nobody comes in without a key."""

import pytest

from app.core.db import db
from app.core.doors import mark_of
from app.core.house import csrf
from app.customers.models import Customer
from app.staff import roles
from tests import make
from tests.house.walking import OPEN_TO_ALL, address, all_rows, first_ids, rules

# what looking may write: rule 7, and who is at a conversation
THE_FEW = {"staff_session", "access_line", "book", "presence"}
ENTRIES = {"staff": ("/login", "?next="), "member": ("/m/entry", "?to=")}
NO_CSRF = {
    "callback.greet", "callback.receive", "practice_platform.ask", "practice_platform.tell",
    "links.show", "links.act", "links.opened",  # the signed link is the secret
}  # fmt: skip


@pytest.fixture
def filled(lin, amy, chief, phone, work):
    """A small shop with something in every room."""
    make.order(lin, by=amy)
    make.followup(lin, staff=amy)
    make.coupon(lin)
    phone.says("在吗")
    work()
    return chief


def test_every_address_has_a_door(app):
    with app.test_request_context():
        unmarked = [e for e in app.view_functions if mark_of(e) is None]
    assert unmarked == []


def test_every_permission_of_a_door_stands_in_the_matrix(app):
    known = set().union(*roles.MATRIX.values())
    asked = {mark_of(e) for e in app.view_functions}
    assert {permission for kind, permission in asked if kind == "staff"} <= known


def test_the_owner_may_all_that_anybody_may(app):
    for permissions in roles.MATRIX.values():
        assert permissions <= roles.MATRIX[roles.OWNER]


def test_only_the_platforms_need_no_csrf_token(app):
    platforms = {e for e in app.view_functions if mark_of(e)[0] == "platform"}
    exempt = {
        endpoint
        for endpoint, view in app.view_functions.items()
        if f"{view.__module__}.{view.__name__}" in csrf._exempt_views
    }
    assert exempt == platforms
    assert platforms <= NO_CSRF
    assert not csrf._exempt_blueprints


def test_no_address_answers_other_methods(app):
    usual = {"GET", "HEAD", "OPTIONS", "POST"}
    assert [rule for rule in app.url_map.iter_rules() if rule.methods - usual] == []


def test_nobody_is_sent_to_the_sign_in_page(app, browser):
    for rule, kind in rules(app, "GET"):
        if kind in OPEN_TO_ALL:
            continue
        answer = browser.get(address(rule))
        assert answer.status_code == 302, rule
        assert answer.headers["Location"].startswith("".join(ENTRIES[kind])), rule


def test_nobody_changes_anything(app, browser):
    before = all_rows()
    for rule, kind in rules(app, "POST"):
        if kind not in OPEN_TO_ALL:
            answer = browser.post(address(rule))
            assert answer.status_code == 401, rule
            assert "HX-Redirect" not in answer.headers
    assert all_rows() == before


def test_htmx_of_nobody_is_told_where_to_sign_in(app, browser):
    for method in ("GET", "POST"):
        for rule, kind in rules(app, method):
            if kind not in OPEN_TO_ALL:
                ask = browser.htmx.get if method == "GET" else browser.htmx.post
                answer = ask(address(rule))
                assert answer.status_code == 401, rule
                assert answer.headers["HX-Redirect"] == ENTRIES[kind][0], rule
                assert answer.text == ""


def test_a_view_without_a_door_is_closed_to_everybody(app, browser, chief):
    view = app.view_functions["today.show"]
    mark = view.door
    try:
        del view.door
        assert browser.as_(chief).get("/").status_code == 403
    finally:
        view.door = mark


def test_an_agent_is_refused_where_the_matrix_says_so(app, browser, amy):
    agent = browser.as_(amy)
    for method, ask in (("GET", agent.get), ("POST", agent.post)):
        for rule, kind in rules(app, method):
            permission = mark_of(rule.endpoint)[1]
            if kind == "staff" and not amy.may(permission):
                assert ask(address(rule)).status_code == 403, rule


def test_looking_changes_nothing(app, browser, filled):
    """Every page of the house, by somebody who may see all of it, whole and as a part."""
    owner, lin = browser.as_(filled), db.session.scalars(db.select(Customer)).first()
    at_home = {"staff": owner, "member": browser.as_member(lin)}
    ids = first_ids()
    before = all_rows(without=THE_FEW)
    for rule, kind in rules(app, "GET"):
        if kind in OPEN_TO_ALL:
            continue
        for look in (at_home[kind].get, at_home[kind].htmx.get):
            answer = look(address(rule, ids))
            assert answer.status_code < 400 or answer.status_code == 404, rule
            db.session.rollback()
    after = all_rows(without=THE_FEW)
    assert {name for name in before if before[name] != after[name]} == set()


def test_every_page_with_an_existing_row_is_found(app, browser, filled):
    owner, ids = browser.as_(filled), first_ids()
    missing = []
    for rule, kind in rules(app, "GET"):
        names = {name.removesuffix("_id") for name in rule.arguments}
        if kind == "staff" and names <= set(ids):
            answer = owner.get(address(rule, ids))
            if answer.status_code not in (200, 204, 302, 303):
                missing.append((rule.rule, answer.status_code))
    assert missing == []
