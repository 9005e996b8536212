"""From the demo to the real shop."""

import shlex
from dataclasses import replace

import pytest

from app import config
from app.core.db import db
from app.customers.models import Customer
from app.practice.demo import loading
from app.staff import accounts
from tests import make

GOOD = {
    "name": "boss",
    "display": "老板",
    "password": "a good password",
    "again": "a good password",
}


@pytest.fixture
def demo(app):
    """The demo shop, and one customer that somebody typed in."""
    own = app.config["SHUKE"]
    app.config["SHUKE"] = replace(own, env="demo")
    loading.load(loading.plan(20, 20, 20, 1), demo=True, tick=lambda _count: None)
    make.customer("自己记的", phone="13800130009")
    yield accounts.by_name("owner")
    app.config["SHUKE"] = own


def names():
    return set(db.session.scalars(db.select(Customer.name)))


def test_the_demo_goes_and_what_was_typed_stays(demo, browser, work):
    mine = browser.as_(demo)
    assert "20" in mine.get("/settings/going-live").text
    assert mine.post("/settings/going-live", **GOOD).status_code == 303
    work()
    assert names() == {"自己记的"}
    assert [p.name for p in accounts.everybody()] == ["boss"]
    assert accounts.by_name("boss").role == "owner"
    page = mine.get("/settings/going-live")
    assert page.status_code == 200
    assert "演示清掉了" in page.text
    assert "SHUKE_ENV=production" in page.text
    assert not loading.is_empty()


def test_the_line_that_it_states_starts_a_shop(demo, app, browser, tmp_path):
    here = replace(app.config["SHUKE"], instance=tmp_path)
    config.read({"SHUKE_INSTANCE": str(tmp_path)})
    app.config["SHUKE"] = here
    mine = browser.as_(demo)
    mine.post("/settings/going-live", **GOOD)
    text = mine.get("/settings/going-live").text
    line = text.split('readonly value="')[1].split('"')[0]
    *given, command, what = shlex.split(line)
    assert (command, what) == ("make", "run")
    values = dict(pair.split("=", 1) for pair in given)
    settings = config.read({"SHUKE_INSTANCE": str(tmp_path), **values})
    assert settings.env == "production"


def test_a_real_owner_is_kept_and_signs_in(demo, browser, work, chief):
    mine = browser.as_(demo)
    assert mine.post("/settings/going-live").status_code == 303
    work()
    assert mine.get("/customers").status_code == 302
    assert [p.name for p in accounts.everybody()] == ["chief"]


def test_without_a_good_name_and_password_nothing_goes(demo, browser, work):
    mine = browser.as_(demo)
    for wrong in (
        {"name": ""},
        {"name": "owner"},
        {"again": "x"},
        {"password": "12345678", "again": "12345678"},
    ):
        assert mine.post("/settings/going-live", **(GOOD | wrong)).status_code == 422
    work()
    assert len(names()) > 1


def test_the_demo_never_comes_back(demo, browser, work):
    for one in db.session.scalars(db.select(Customer).where(Customer.name == "自己记的")):
        one.source = "demo"
    browser.as_(demo).post("/settings/going-live", **GOOD)
    work()
    assert names() == set()
    assert not loading.is_empty()


def test_only_the_owner_of_a_demo_does_it(demo, app, browser, amy):
    assert browser.as_(amy).post("/settings/going-live", **GOOD).status_code == 403
    app.config["SHUKE"] = replace(app.config["SHUKE"], env="testing")
    chief = make.staff("chief", "owner")
    assert browser.as_(chief).post("/settings/going-live", **GOOD).status_code == 404
