"""My own page: language, password, signing out."""

from app.core.db import db
from app.staff import signing_in
from app.staff.models import StaffSession
from tests.make import PASSWORD


def test_the_phone_finds_the_rest_of_the_menu_here(browser, max_):
    text = browser.as_(max_).get("/settings/me").text.split('id="main"')[1]
    for address in ("/followups", "/orders", "/settings", "/practice", "/logout"):
        assert f'"{address}"' in text


def test_everybody_reads_in_their_own_language(browser, amy, ben):
    browser.as_(amy).post("/settings/me/language", language="en")
    db.session.commit()
    assert (amy.language, ben.language) == ("en", "zh")
    assert '<html lang="en">' in browser.as_(amy).get("/settings/me").text


def test_an_unknown_language_is_refused(browser, amy):
    answer = browser.as_(amy).post("/settings/me/language", language="tlh")
    assert answer.status_code == 422
    assert amy.language == "zh"


def test_a_new_password_signs_out_the_other_browsers(browser, amy):
    other, mine = browser.as_(amy), browser.as_(amy)
    answer = mine.post(
        "/settings/me/password", current=PASSWORD, password="another one", again="another one"
    )
    assert answer.status_code == 303
    assert other.get("/settings/me").status_code == 302
    assert mine.get("/settings/me").status_code == 200
    assert signing_in._fits(amy.password_hash, "another one")
    assert db.session.scalar(db.select(db.func.count(StaffSession.id))) == 1


def test_a_wrong_or_weak_password_is_refused_at_its_field(browser, amy):
    mine = browser.as_(amy)
    for fields, reason in (
        ({"current": "nope", "password": "another one", "again": "another one"}, "现在的密码不对"),
        ({"current": PASSWORD, "password": "12345678", "again": "12345678"}, "太常见"),
        ({"current": PASSWORD, "password": "another one", "again": "other"}, "两次输入的不一样"),
    ):
        answer = mine.post("/settings/me/password", **fields)
        assert answer.status_code == 422
        assert reason in answer.text


def test_leaving_ends_the_session(browser, amy):
    mine = browser.as_(amy)
    mine.post("/logout")
    assert mine.get("/settings/me").status_code == 302


def test_too_many_wrong_passwords_are_answered_later(browser, amy):
    mine = browser.as_(amy)
    form = {"current": "wrong wrong", "password": "another one", "again": "another one"}
    answers = [mine.post("/settings/me/password", **form) for _guess in range(11)]
    assert [a.status_code for a in answers] == [422] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_an_unknown_page_is_told_in_the_readers_language(browser, amy):
    assert "没有找到" in browser.get("/no/such/page").text
    amy.language = "en"
    page = browser.as_(amy).get("/no/such/page")
    assert page.status_code == 404
    assert "Not found" in page.text
    assert '<html lang="en">' in page.text
