"""The second factor: set up with the phone, asked for at sign-in, and each code opens once."""

import re
from dataclasses import replace

import pyotp
import pytest

from app.core.clock import now
from app.core.db import db
from app.staff import accounts, second_factor, throttle
from app.staff.models import AuditLine, RecoveryCode, SecondFactor, StaffSession
from tests.crowd import at_once
from tests.make import PASSWORD
from tests.outside import Browser

NOON = "2026-08-22 12:00:00"


def code(secret, steps=0):
    return pyotp.TOTP(secret).at(int(now().timestamp()) + 30 * steps)


@pytest.fixture
def secret(amy, at):
    """Amy has had a second factor since noon; its key."""
    at(NOON)
    key = second_factor.begin(amy)
    amy.codes = second_factor.confirm(amy, code(key, -1))
    db.session.commit()
    return key


@pytest.fixture
def public(app):
    """The shop has opened at a real address."""
    own = app.config["SHUKE"]
    app.config["SHUKE"] = replace(own, env="production", public_url="https://shop.example")
    yield
    app.config["SHUKE"] = own


def sign_in(browser, password=PASSWORD, **more):
    return browser.post("/login", name="amy", password=password, **more)


def is_in(browser):
    return browser.get("/settings/me").status_code == 200


def test_it_is_set_up_by_scanning_and_proving(app, browser, amy, at):
    at(NOON)
    mine = browser.as_(amy)
    assert mine.post("/settings/me/second-factor").status_code == 303
    picture = mine.get("/settings/me/second-factor/picture.svg")
    assert picture.mimetype == "image/svg+xml"
    assert "style=" not in picture.text
    assert "<script" not in picture.text
    key = second_factor.pending(amy)
    wrong = mine.post("/settings/me/second-factor/confirmation", code="000000")
    assert wrong.status_code == 422
    assert not amy.second_factor
    answer = mine.post(
        "/settings/me/second-factor/confirmation", code=f" {code(key)[:3]} {code(key)[3:]} "
    )
    assert answer.status_code == 200
    assert amy.second_factor
    shown = re.findall(r"<code>([a-z0-9-]{19})</code>", answer.text)
    assert len(set(shown)) == 10
    again = mine.get("/settings/me/second-factor").text
    assert key not in again
    assert not any(one in again for one in shown)
    assert mine.get("/settings/me/second-factor/picture.svg").status_code == 204


def test_the_key_and_the_codes_are_not_readable_in_the_database(secret, amy):
    row = db.session.scalars(db.select(SecondFactor)).one()
    assert secret not in row.secret
    hashes = db.session.scalars(db.select(RecoveryCode.code_hash)).all()
    assert not set(hashes) & {one.replace("-", "") for one in amy.codes}


def test_the_password_alone_opens_nothing(browser, amy, secret):
    answer = sign_in(browser, next="/customers")
    assert answer.headers["Location"].startswith("/login/code")
    assert not is_in(browser)
    assert browser.post("/settings/me/language", language="en").status_code == 401
    assert browser.get("/login/code").status_code == 200


def test_with_the_code_one_is_in_where_one_wanted_to_go(browser, amy, secret):
    half = sign_in(browser, next="/customers").headers["Location"]
    before = browser.client.get_cookie("shuke").value
    assert half == "/login/code?next=/customers"
    answer = browser.post("/login/code", code=code(secret), next="/customers")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/customers")
    assert browser.client.get_cookie("shuke").value != before
    assert is_in(browser)


def test_the_same_code_opens_only_once(app, amy, secret):
    first, second = Browser(app), Browser(app)
    for browser in (first, second):
        sign_in(browser)
    assert first.post("/login/code", code=code(secret)).status_code == 303
    assert second.post("/login/code", code=code(secret)).status_code == 422
    assert not is_in(second)


def test_twenty_at_once_with_one_code_and_one_is_in(app, amy, secret):
    right = code(secret)
    answers = at_once(app, *[lambda: _try(amy.id, right)] * 20)
    assert sorted(answers).count("totp") == 1


def _try(staff_id, typed):
    person = db.session.get(accounts.Staff, staff_id)
    how = second_factor.accepts(person, typed)
    db.session.commit()
    return how


def test_an_older_code_than_the_last_is_refused(amy, secret):
    assert second_factor.accepts(amy, code(secret, 1)) == "totp"
    assert second_factor.accepts(amy, code(secret)) == ""


@pytest.mark.parametrize("steps", [-3, -2, 2, 3, 100])
def test_a_code_of_another_time_is_refused(amy, secret, steps):
    assert second_factor.accepts(amy, code(secret, steps)) == ""


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "１２３４５６", "abcdef", "000000", "٠١٢٣٤٥"]
)
def test_what_is_no_code_is_refused(browser, amy, secret, typed):
    sign_in(browser)
    assert browser.post("/login/code", code=typed).status_code == 422
    assert not is_in(browser)


def test_a_recovery_code_opens_once_however_it_is_typed(browser, amy, secret):
    one = amy.codes[3]
    sign_in(browser)
    typed = f" {one.upper().replace('-', ' ')} "
    assert browser.post("/login/code", code=typed).status_code == 303
    assert second_factor.codes_left(amy) == 9
    other = Browser(browser.app)
    sign_in(other)
    assert other.post("/login/code", code=one).status_code == 422


def test_guessing_the_code_is_slowed_down(browser, amy, secret):
    sign_in(browser)
    answers = [
        browser.post("/login/code", code="000000") for _guess in range(throttle.PER_CODE + 1)
    ]
    assert [a.status_code for a in answers] == [422] * throttle.PER_CODE + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert browser.post("/login/code", code=code(secret)).status_code == 429


def test_half_a_session_does_not_last(browser, amy, secret, at):
    sign_in(browser)
    at("2026-08-22 12:11:00")
    assert browser.post("/login/code", code=code(secret)).headers["Location"] == "/login"


def test_without_the_password_there_is_no_page_for_the_code(browser, amy, secret):
    assert browser.get("/login/code").headers["Location"] == "/login"
    assert browser.post("/login/code", code=code(secret)).headers["Location"] == "/login"


def test_who_was_deactivated_between_password_and_code_stays_out(browser, amy, secret):
    sign_in(browser)
    accounts.deactivate(amy, by=None)
    db.session.commit()
    assert browser.post("/login/code", code=code(secret)).headers["Location"] == "/login"
    assert not is_in(browser)


def test_changing_it_asks_for_the_password(browser, amy, secret):
    mine = browser.as_(amy)
    for path in ("removal", "codes"):
        answer = mine.post(f"/settings/me/second-factor/{path}", current="wrong wrong")
        assert answer.status_code == 422
    assert amy.second_factor
    fresh = mine.post("/settings/me/second-factor/codes", current=PASSWORD)
    assert len(re.findall(r"<code>([a-z0-9-]{19})</code>", fresh.text)) == 10
    assert second_factor.accepts(amy, amy.codes[0]) == ""
    assert mine.post("/settings/me/second-factor/removal", current=PASSWORD).status_code == 303
    assert not amy.second_factor
    assert second_factor.codes_left(amy) == 0


def test_a_key_that_another_secret_has_sealed_opens_nothing_but_recovery_does(app, amy, secret):
    own = app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "another key of another installation"
    try:
        assert second_factor.accepts(amy, code(secret)) == ""
        assert second_factor.accepts(amy, amy.codes[0]) == "recovery"
    finally:
        app.config["SECRET_KEY"] = own


def test_the_owner_of_a_public_server_must_set_it_up_first(public, browser, chief, amy):
    owner = browser.as_(chief)
    for path in ("/", "/customers", "/settings"):
        assert owner.get(path).headers["Location"] == "/settings/me/second-factor"
    assert owner.post("/settings/me/language", language="en").status_code == 401
    assert owner.htmx.get("/customers").headers["HX-Redirect"] == "/settings/me/second-factor"
    assert owner.get("/settings/me/second-factor").status_code == 200
    assert browser.as_(amy).get("/customers").status_code == 200
    owner.post("/settings/me/second-factor")
    key = second_factor.pending(chief)
    owner.post("/settings/me/second-factor/confirmation", code=code(key))
    assert owner.get("/customers").status_code == 200
    off = owner.post("/settings/me/second-factor/removal", current=PASSWORD)
    assert off.status_code == 303
    assert owner.get("/customers").status_code == 302


def test_what_happened_is_written_down_without_a_code(browser, amy, secret):
    sign_in(browser)
    browser.post("/login/code", code="000000")
    browser.post("/login/code", code=code(secret))
    lines = db.session.scalars(db.select(AuditLine).order_by(AuditLine.id)).all()
    assert [line.what for line in lines][-3:] == ["signin.half", "signin.code_failed", "signin.ok"]
    assert lines[-1].details == {"second": "totp"}
    assert db.session.scalar(db.select(db.func.count(StaffSession.id))) == 1
