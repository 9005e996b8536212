"""The setup page: what the owner types and copies, and that no secret is ever shown again."""

import io
import re
from dataclasses import replace

import pytest

from app import config
from app.core import vault
from app.core.db import db
from app.staff.models import AuditLine
from app.wechat import accounts, binding
from app.wechat.models import Proof
from tests.outside import KEY
from tests.wechat.test_binding import APP_ID, SECRET

PLACE = "/settings/wechat"


@pytest.fixture
def owner(browser, chief):
    return browser.as_(chief)


def test_the_address_to_copy_is_the_public_one(app, owner, monkeypatch):
    page = owner.get(PLACE).text
    assert "http://localhost/wechat/callback" in page
    assert "PUBLIC_URL" in page
    settings = replace(app.config["SHUKE"], public_url="https://shop.example")
    monkeypatch.setitem(app.config, "SHUKE", settings)
    assert "https://shop.example/wechat/callback" in owner.get(PLACE).text


def test_keys_are_made_shown_once_and_never_again(owner):
    first = owner.post(f"{PLACE}/keys")
    assert first.status_code == 200
    found = accounts.parts().values
    assert found["token"] in first.text
    assert found["aes_key"] in first.text
    assert f'data-copy="{found["aes_key"]}"' in first.text
    assert first.headers["Cache-Control"] == "no-store"
    again = owner.get(PLACE).text
    assert found["token"] not in again
    assert found["aes_key"] not in again


def test_what_is_typed_works_at_once_and_is_written_down_without_the_secret(owner, work):
    assert owner.post(PLACE, app_id=APP_ID, secret=SECRET).status_code == 303
    owner.post(f"{PLACE}/keys")
    assert accounts.real().app_id == APP_ID
    page = owner.get(PLACE).text
    assert APP_ID in page
    assert SECRET not in page
    lines = db.session.scalars(
        db.select(AuditLine).where(AuditLine.what == "wechat.changed").order_by(AuditLine.id)
    ).all()
    assert [line.details["names"] for line in lines] == [["app_id", "secret"], ["token", "aes_key"]]


def test_a_wrong_key_is_said_at_once_and_comes_back_empty(owner):
    answer = owner.post(f"{PLACE}/keys/own", token="token1", aes_key=KEY[:-2])
    assert answer.status_code == 422
    assert "你填的是 41 位" in answer.text
    assert KEY[:-2] not in answer.text
    assert owner.post(f"{PLACE}/keys/own", token="token1", aes_key=KEY).status_code == 303
    assert accounts.parts().values["aes_key"] == KEY


@pytest.mark.parametrize(
    ("field", "value", "word"), [("app_id", "wx1", "18 位"), ("secret", "short", "32 位")]
)
def test_what_does_not_fit_is_refused_at_its_field(owner, field, value, word):
    answer = owner.post(PLACE, **{"app_id": APP_ID, "secret": SECRET, field: value})
    assert answer.status_code == 422
    assert word in answer.text
    assert SECRET not in answer.text


def test_what_the_environment_gives_is_shown_as_locked(owner, tmp_path):
    given = {"WECHAT_APP_ID": "wxgiven", "WECHAT_APP_SECRET": "s" * 32, "WECHAT_TOKEN": "given-tok",
             "WECHAT_AES_KEY": KEY}  # fmt: skip
    accounts.set_up(config.read({"SHUKE_ENV": "testing", "SHUKE_INSTANCE": str(tmp_path), **given}))
    page = owner.get(PLACE).text
    for name in ("WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_TOKEN"):
        assert name in page
    assert "wxgiven" in page
    assert "given-tok" not in page
    assert KEY not in page
    assert 'name="app_id"' not in page
    assert owner.post(f"{PLACE}/keys").status_code == 409
    assert owner.post(f"{PLACE}/keys/own", token="abc", aes_key=KEY).status_code == 422


def test_a_changed_secret_key_is_said_with_what_to_type_again(owner, monkeypatch):
    owner.post(PLACE, app_id=APP_ID, secret=SECRET)
    owner.post(f"{PLACE}/keys")
    monkeypatch.setattr(vault, "_key", lambda: b"k" * 32)
    page = owner.get(PLACE).text
    assert "SECRET_KEY" in page
    assert "AppSecret、Token、EncodingAESKey" in page
    owner.post(PLACE, app_id=APP_ID, secret=SECRET)
    assert re.search(r"请重新填：Token、EncodingAESKey<", owner.get(PLACE).text)


def test_the_report_appears_by_itself(owner, work, monkeypatch):
    monkeypatch.setattr("app.wechat.examining.identity", lambda _a: pytest.fail("no account yet"))
    part = owner.htmx.post(f"{PLACE}/checkups").text
    assert "正在检查" in part
    assert "every 2s" in part
    work()
    part = owner.htmx.get(f"{PLACE}/checkup").text
    assert "every 2s" not in part
    assert "还缺：AppID" in part
    assert "怎么办：" in part
    assert "还缺：AppID" in owner.get(PLACE).text


def test_a_page_that_was_never_checked_says_what_checking_is_for(owner):
    assert "问问微信" in owner.get(PLACE).text


def send(owner, name, content):
    return owner.post(f"{PLACE}/proofs", _files={"file": (io.BytesIO(content), name)})


def test_a_proof_is_uploaded_served_to_anybody_and_removed(app, owner, browser):
    assert send(owner, "MP_verify_aBcD1234.txt", b"aBcD1234\r\n").status_code == 303
    answer = browser.get("/MP_verify_aBcD1234.txt")
    assert (answer.status_code, answer.text) == (200, "aBcD1234")
    assert answer.mimetype == "text/plain"
    assert browser.get("/MP_verify_other.txt").status_code == 404
    assert "MP_verify_aBcD1234.txt" in owner.get(PLACE).text
    proof = db.session.scalar(db.select(Proof))
    assert owner.post(f"{PLACE}/proofs/{proof.id}/removal").status_code == 303
    assert browser.get("/MP_verify_aBcD1234.txt").status_code == 404


def test_what_is_no_proof_is_refused(owner):
    assert "文件名不对" in send(owner, "evil.html", b"x").text
    assert "内容不对" in send(owner, "MP_verify_aBcD1234.txt", b"<script>").text
    assert owner.post(f"{PLACE}/proofs").status_code == 422
    assert binding.proofs() == []


def test_all_of_it_is_the_owners_alone(browser, max_, amy):
    for person in (max_, amy):
        page = browser.as_(person)
        assert page.get(PLACE).status_code == 403
        for path in ("", "/keys", "/keys/own", "/checkups", "/proofs", "/proofs/1/removal"):
            assert page.post(PLACE + path).status_code == 403
