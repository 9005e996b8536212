"""The mail page: what is typed, what is never shown, and the test letter's fate."""

import pytest

from app.config import MailSettings
from app.core import mail_server
from app.core.db import db
from app.core.outbox import Letter
from app.staff.models import AuditLine

TYPED = {"host": "smtp.example.com", "port": "465", "security": "ssl", "user": "shop@example.com",
         "password": "s3same-open", "sender": "shop@example.com"}  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_given(app, monkeypatch):
    monkeypatch.setitem(mail_server._given, "mail", MailSettings())


def test_what_the_owner_types_is_used_at_once(browser, chief):
    assert browser.as_(chief).post("/settings/mail", **TYPED).status_code == 303
    here = mail_server.server()
    assert (here.host, here.port, here.password) == ("smtp.example.com", 465, "s3same-open")


def test_a_password_is_never_shown_again_and_not_in_the_book(browser, chief):
    owner = browser.as_(chief)
    owner.post("/settings/mail", **TYPED)
    page = owner.get("/settings/mail").text
    assert "s3same-open" not in page
    assert "smtp.example.com" in page
    assert "不再显示" in page
    line = db.session.scalar(db.select(AuditLine).where(AuditLine.what == "mail.changed"))
    assert "mail.password" in line.details["names"]
    assert "s3same" not in str(line.details)


def test_an_empty_password_changes_nothing_and_one_can_take_it_away(browser, chief):
    owner = browser.as_(chief)
    owner.post("/settings/mail", **TYPED)
    owner.post("/settings/mail", **{**TYPED, "password": ""})
    assert mail_server.server().password == "s3same-open"
    owner.post("/settings/mail", **{**TYPED, "password": "", "forget": "y"})
    assert mail_server.server().password == ""


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("port", "0", "65535"), ("port", "x", "field-error"), ("host", "a b", "smtp.example.com"),
        ("security", "magic", "field-error"), ("sender", "nobody", "发件人要写"),
        ("password", "x" * 201, "太长"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_what_was_typed_stays(browser, chief, field, value, word):
    answer = browser.as_(chief).post("/settings/mail", **{**TYPED, field: value})
    assert answer.status_code == 422
    assert word in answer.text
    assert 'value="shop@example.com"' in answer.text
    assert "s3same-open" not in answer.text
    assert mail_server.server() is None


def test_what_the_environment_gives_is_shown_as_locked(browser, chief, monkeypatch):
    given = MailSettings("smtps://u:hidden-pw@smtp.given.example", "boss@given.example")
    monkeypatch.setitem(mail_server._given, "mail", given)
    page = browser.as_(chief).get("/settings/mail").text
    assert "smtp.given.example" in page
    assert "SMTP_URL" in page
    assert "MAIL_FROM" in page
    assert "hidden-pw" not in page
    assert 'name="host"' not in page


def test_a_changed_secret_key_is_said_with_what_to_type_again(app, browser, chief, monkeypatch):
    owner = browser.as_(chief)
    owner.post("/settings/mail", **TYPED)
    mark = "0" * 16
    monkeypatch.setattr("app.core.vault._key", lambda: mark.encode() * 2)
    page = owner.get("/settings/mail").text
    assert "SECRET_KEY" in page
    assert "重新填一次密码" in page


def test_a_test_letter_shows_its_fate(browser, chief, work):
    owner = browser.as_(chief)
    owner.post("/settings/mail", **TYPED, _csrf=True)
    mail_server.put(host="127.0.0.1", port=1, security="", user="", password="", sender="a@b.cn")
    part = owner.htmx.post("/settings/mail/tests", to="chief@example.com")
    assert "等着寄出" in part.text
    assert "every 2s" in part.text
    work()
    page = owner.htmx.get("/settings/mail/tests").text
    assert "连不上邮件服务器" in page
    letter = db.session.scalar(db.select(Letter))
    letter.state, letter.reason = (
        "failed",
        "邮箱账号或密码不对。QQ、163 等邮箱要填“授权码”，不是登录密码",
    )
    page = owner.get("/settings/mail").text
    assert "没有寄出" in page
    assert "every 2s" not in page


def test_a_test_needs_a_server_an_address_and_a_little_patience(browser, chief):
    owner = browser.as_(chief)
    assert "先填好" in owner.post("/settings/mail/tests", to="a@b.cn").text
    owner.post("/settings/mail", **TYPED)
    assert owner.post("/settings/mail/tests", to="nobody").status_code == 422
    assert owner.post("/settings/mail/tests", to="a@b.cn").status_code == 303
    assert "刚刚发过" in owner.post("/settings/mail/tests", to="a@b.cn").text
    assert len(db.session.scalars(db.select(Letter)).all()) == 1


def test_the_page_is_the_owners_alone(browser, max_, amy):
    for person in (max_, amy):
        assert browser.as_(person).get("/settings/mail").status_code == 403
        assert browser.as_(person).post("/settings/mail", **TYPED).status_code == 403
