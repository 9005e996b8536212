"""The working rules: made from their declarations, seen by all, changed by the owner."""

import pytest

from app.core.db import db
from app.core.jobs import Job
from app.core.settings import declared
from app.customers.shop_rhythm import TRADE, TRADES
from app.reminders.picking import PER_DAY
from app.staff.models import AuditLine

PLACE = "/settings/rules"


def changes():
    return db.session.scalars(
        db.select(AuditLine).where(AuditLine.what == "settings.changed")
    ).all()


def test_everybody_sees_every_setting_and_its_hint(browser, amy, chief):
    text = browser.as_(amy).get(PLACE).text
    for setting in declared.values():
        assert setting.label in text
    assert "<select" not in text
    text = browser.as_(chief).get(PLACE).text
    for setting in declared.values():
        assert setting.label in text
        assert setting.hint[:8] in text


def test_every_setting_has_a_label_and_a_hint(app):
    assert [s.name for s in declared.values() if not s.label or not s.hint] == []


def test_they_stand_in_groups(browser, chief):
    text = browser.as_(chief).get(PLACE).text
    assert text.index("<h2>本店</h2>") < text.index("店名") < text.index("<h2>提醒和跟进</h2>")
    assert text.index("<h2>提醒和跟进</h2>") < text.index(PER_DAY.label)


def test_one_is_found_by_a_word_of_its_label_its_hint_or_its_choices(browser, chief):
    owner = browser.as_(chief)
    for word in ("快凉", "名单里", " 每天  提醒 "):
        text = owner.get(PLACE, q=word).text
        assert PER_DAY.label in text
        assert "店名" not in text
    assert TRADE.label in owner.get(PLACE, q="餐饮").text
    empty = owner.get(PLACE, q="<b>nothing").text
    assert "没有找到" in empty
    assert "<b>nothing" not in empty


def test_the_owner_changes_one_and_the_book_keeps_from_what_to_what(browser, chief):
    answer = browser.as_(chief).post("/settings/values/reminders.quiet_per_day", value="7")
    assert answer.status_code == 303
    assert PER_DAY() == 7
    (line,) = changes()
    assert (line.about, line.by_id) == ("setting:reminders.quiet_per_day", chief.id)
    assert (line.details["was"], line.details["now"]) == (20, 7)


def test_a_choice_is_changed_and_what_hangs_on_it_is_asked_to_follow(browser, chief):
    part = browser.as_(chief).htmx.post("/settings/values/customers.trade", value="food")
    assert "保存好了" in part.text
    assert TRADE() == "food"
    assert TRADES[TRADE()] == 14
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
        ("shop.time_zone", "Mars/Olympus"),
        ("shop.name", "店" * 201),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(browser, chief, name, value):
    answer = browser.as_(chief).post(f"/settings/values/{name}", value=value)
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert (PER_DAY(), TRADE()) == (20, "")
    assert changes() == []


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
