"""Settings of the business."""

import pytest

from app.core.db import db
from app.core.errors import Refused
from app.core.settings import Setting, SettingRow, declared
from tests.crowd import at_once, meanwhile

CAP = Setting("test.cap", 20, "cap", least=0, most=200)
WAY = Setting("test.way", "soft", "way", choices=(("soft", "Soft"), ("hard", "Hard")))


def test_a_setting_has_its_default_until_it_is_put(app):
    assert CAP() == 20
    CAP.put(30)
    db.session.commit()
    assert CAP() == 30
    CAP.put(40)
    db.session.commit()
    assert CAP() == 40
    assert len(db.session.scalars(db.select(SettingRow)).all()) == 1


@pytest.mark.parametrize("value", [-1, 201, 10**30])
def test_a_number_out_of_range_is_refused(app, value):
    with pytest.raises(Refused, match="200"):
        CAP.put(value)
    assert CAP() == 20


def test_only_the_choices_may_be_chosen(app):
    with pytest.raises(Refused):
        WAY.put("medium")
    WAY.put("hard")
    assert WAY() == "hard"


def test_a_long_text_is_refused(app):
    with pytest.raises(Refused):
        Setting("test.name", "", "name").put("x" * 201)


def test_a_change_is_announced(app):
    heard = []
    Setting("test.bell", True, "bell", changed=lambda: heard.append(1)).put(False)
    assert heard == [1]


def test_every_declared_setting_accepts_its_own_default(app):
    for one in declared.values():
        one.check(one.default)
        assert one.label


def test_two_who_put_the_first_value_at_once_both_succeed(app):
    def put(value):
        def run():
            CAP.put(value)
            db.session.commit()

        return run

    assert at_once(app, *(put(value) for value in (1, 2, 3, 4))) == [None] * 4
    assert CAP() in (1, 2, 3, 4)


def test_one_who_comes_while_another_is_about_to_commit_waits_and_succeeds(app):
    with meanwhile(app, lambda: CAP.put(1)):
        CAP.put(2)
        db.session.commit()
    assert CAP() == 2
