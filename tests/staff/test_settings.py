"""The shop's settings: made from their declarations, seen by all, changed by the owner."""

import pytest

from app.core.db import db
from app.core.jobs import Job
from app.core.settings import declared
from app.customers.shop_rhythm import TRADE
from app.reminders.quiet import PER_DAY
from app.staff.models import AuditLine


def test_everybody_sees_every_setting(browser, amy):
    text = browser.as_(amy).get("/settings").text
    for setting in declared.values():
        assert setting.label in text
    assert "<select" not in text


def test_the_owner_changes_one(browser, chief):
    answer = browser.as_(chief).post("/settings/values/reminders.quiet_per_day", value="7")
    assert answer.status_code == 303
    assert PER_DAY() == 7
    assert "settings.changed" in db.session.scalars(db.select(AuditLine.what)).all()


def test_a_choice_is_changed_and_what_hangs_on_it_is_asked_to_follow(browser, chief):
    part = browser.as_(chief).htmx.post("/settings/values/customers.trade", value="food")
    assert "保存好了" in part.text
    assert TRADE() == "food"
    names = db.session.scalars(db.select(Job.name)).all()
    assert "shop_rhythm.measure" in names


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reminders.quiet_per_day", "9999"),
        ("reminders.quiet_per_day", "-1"),
        ("reminders.quiet_per_day", "many"),
        ("reminders.quiet_per_day", ""),
        ("customers.trade", "piracy"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(browser, chief, name, value):
    answer = browser.as_(chief).post(f"/settings/values/{name}", value=value)
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert (PER_DAY(), TRADE()) == (20, "")


def test_what_was_typed_stays(browser, chief):
    answer = browser.as_(chief).post("/settings/values/reminders.quiet_per_day", value="9999")
    assert 'value="9999"' in answer.text
    assert "0 到 200" in answer.text


def test_others_may_not_change_any(browser, amy, max_):
    for person in (amy, max_):
        answer = browser.as_(person).post("/settings/values/reminders.quiet_per_day", value="1")
        assert answer.status_code == 403
    assert PER_DAY() == 20


def test_an_unknown_setting_is_not_found(browser, chief):
    assert browser.as_(chief).post("/settings/values/nothing", value="1").status_code == 404


def test_colleagues_are_listed_for_the_owner_alone(browser, chief, max_, amy):
    assert "登录名 amy" in browser.as_(chief).get("/settings").text
    assert "登录名 amy" not in browser.as_(max_).get("/settings").text


def test_the_import_is_offered_to_those_who_may(browser, amy, max_):
    assert "/imports/new" in browser.as_(max_).get("/settings").text
    assert "/imports/new" not in browser.as_(amy).get("/settings").text
