"""The first page of a shop in production: whoever can read the server's folder is its owner."""

from dataclasses import replace

import pytest

from app.core.db import db
from app.staff import accounts, first_owner
from app.staff.models import Staff
from tests import make
from tests.crowd import at_once
from tests.outside import Browser

GOOD = {
    "name": "boss",
    "display": "老板",
    "password": "a good password",
    "again": "a good password",
}


@pytest.fixture
def folder(app, tmp_path):
    own = app.config["SHUKE"]
    app.config["SHUKE"] = replace(own, env="production", instance=tmp_path)
    yield tmp_path
    app.config["SHUKE"] = own


@pytest.fixture
def code(folder):
    return first_owner.make_code(folder)


def test_the_code_is_made_once_and_kept_for_its_owner_alone(folder, code):
    assert first_owner.make_code(folder) == code
    assert (folder / "setup_code").stat().st_mode & 0o077 == 0


def test_with_the_code_one_is_the_owner_and_signed_in(browser, folder, code):
    assert browser.get("/setup").status_code == 200
    answer = browser.post("/setup", setup_code=code.lower().replace("-", " "), **GOOD)
    assert answer.status_code == 303
    assert browser.get("/settings/colleagues").status_code == 200
    assert db.session.scalars(db.select(Staff)).one().role == "owner"
    assert not (folder / "setup_code").exists()
    assert Browser(browser.app).get("/setup").status_code == 404
    assert Browser(browser.app).post("/setup", setup_code=code, **GOOD).status_code == 404


@pytest.mark.parametrize("typed", ["x", "AAAAA-AAAAA-AAAAA-AAAAA", "-", "中文"])
def test_a_wrong_code_makes_nobody(browser, code, typed):
    answer = browser.post("/setup", setup_code=typed, **GOOD)
    assert answer.status_code == 422
    assert first_owner.is_missing()


def test_without_a_file_no_code_fits(browser, folder):
    assert browser.post("/setup", setup_code="x", **GOOD).status_code == 422


def test_guessing_is_slowed_down(browser, code):
    answers = [browser.post("/setup", setup_code="x", **GOOD).status_code for _guess in range(65)]
    assert answers[-1] == 429
    assert browser.post("/setup", setup_code=code, **GOOD).status_code == 429


def test_of_two_at_once_one_is_the_owner(app, folder, code):
    def become(name):
        person = first_owner.open_shop(folder, code, name=name, display="", password_hash="x")
        db.session.commit()
        return person.name

    answers = at_once(app, lambda: become("one"), lambda: become("two"))
    assert len([a for a in answers if isinstance(a, str)]) == 1
    assert len(accounts.everybody()) == 1


def test_there_is_no_such_page_once_somebody_is_there(browser, folder, code):
    make.staff("amy")
    assert browser.get("/setup").status_code == 404
    assert browser.post("/setup", setup_code=code, **GOOD).status_code == 404


def test_there_is_no_such_page_in_a_demo(browser):
    assert browser.get("/setup").status_code == 404
    assert browser.post("/setup", setup_code="x", **GOOD).status_code == 404
