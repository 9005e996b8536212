"""The platform's rules as the owner sees and corrects them."""

import pytest

from app.core.clock import timedelta
from app.core.db import db
from app.wechat import allowances
from app.wechat.allowances import STANDARD, Rule
from app.wechat.models import AllowanceRule

FIELDS = {
    f"{trigger}_{what}": value
    for trigger, rule in STANDARD.items()
    for what, value in (("most", rule.most), ("minutes", int(rule.lasting.total_seconds()) // 60))
}


def test_the_owner_corrects_a_rule_and_the_others_stay(app, browser, chief):
    one = browser.as_(chief)
    assert 'value="2880"' in one.get("/settings/allowances").text
    answer = one.post("/settings/allowances", **(FIELDS | {"message_most": 20}))
    assert answer.status_code == 303
    assert allowances.rules() == STANDARD | {"message": Rule(20, timedelta(hours=48))}
    assert 'value="20"' in one.get("/settings/allowances").text


@pytest.mark.parametrize("typed", ["0", "-1", "", "many", "99999"])
def test_a_rule_that_is_none_is_refused(app, browser, chief, typed):
    answer = browser.as_(chief).post("/settings/allowances", **(FIELDS | {"menu_most": typed}))
    assert answer.status_code == 422
    assert db.session.scalar(db.select(AllowanceRule)) is None


def test_only_the_owner_may(app, browser, max_, amy):
    for staff in (max_, amy):
        assert browser.as_(staff).get("/settings/allowances").status_code == 403
        assert browser.as_(staff).post("/settings/allowances", **FIELDS).status_code == 403
