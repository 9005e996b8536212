"""Practice and the real account never meet, and the platform's door opens to nobody else."""

import pytest

from app.core import outbox
from app.core.db import db
from app.core.outbox import Letter
from app.practice import phone as phones
from app.practice import tencent
from app.practice.models import Phone
from app.wechat import accounts, client, tokens
from app.wechat.models import Follower

SEND = "/practice/platform/api.weixin.qq.com/cgi-bin/message/custom/send"
TOKEN = "/practice/platform/api.weixin.qq.com/cgi-bin/stable_token"


def token_of(account, **twist):
    asked = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.secret}
    return tencent.token(account, {**asked, **twist})


def posted(work, account, to):
    letter = outbox.post("wechat", to, {"text": "在的"}, account=account)
    db.session.commit()
    work()
    return db.session.get_one(Letter, letter.id)


def test_a_letter_for_a_practice_openid_under_the_real_account_is_refused(hand, work, platform):
    hand.does(phones.follow)
    letter = posted(work, platform.account.app_id, hand.row.openid)
    assert letter.state == "failed"
    assert platform.paths == []


def test_a_letter_for_a_real_openid_under_the_practice_account_is_refused(
    live, work, phone, platform
):
    phone.says("在吗")
    work()
    letter = posted(work, accounts.practice().app_id, phone.openid)
    assert letter.state == "failed"
    assert db.session.scalar(db.select(Phone)) is None


def test_even_past_our_guard_the_platforms_know_their_own_people_alone(
    hand, work, phone, platform, monkeypatch
):
    monkeypatch.setattr("app.core.outbox.guards", [])
    letter = posted(work, accounts.practice().app_id, phone.openid)
    assert (letter.state, letter.code) == ("failed", "40003")


def test_the_practice_account_speaks_to_this_machine_alone(app):
    base = accounts.practice().api_base
    assert base.startswith("http://127.0.0.1:")
    reached = client.RebasedHTTP(base)
    assert reached.base == base
    assert accounts.practice().app_id not in {
        a.app_id for a in accounts.known.values() if not a.practice
    }


def test_the_same_openid_under_two_accounts_is_two_people(hand, work, phone):
    hand.does(phones.follow)
    phone.openid = hand.row.openid
    phone.says("在吗")
    work()
    known = db.session.scalars(db.select(Follower)).all()
    assert len({f.customer_id for f in known}) == 2
    assert sorted(f.customer.source for f in known) == ["practice", "wechat"]


def test_with_practice_off_there_is_no_platform_and_no_phone(app, browser, chief, monkeypatch):
    del accounts.known[accounts.practice().app_id]
    assert app.test_client().post(SEND, json={}).status_code == 404
    assert app.test_client().post(TOKEN, json={}).status_code == 404
    assert browser.as_(chief).get("/practice").status_code == 404
    assert browser.as_(chief).post("/practice").status_code == 404


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("192.0.2.7", {}),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}),
    ],
)
def test_who_is_not_this_machine_finds_no_platform(app, peer, headers):
    ask = app.test_client()
    there = {"environ_overrides": {"REMOTE_ADDR": peer}, "headers": headers}
    assert ask.post(TOKEN, json={}, **there).status_code == 404
    assert ask.post(SEND, json={}, **there).status_code == 404
    picture = "/practice/platform/mmbiz.qpic.cn/bottle.png"
    assert ask.get(picture, **there).status_code == 404
    assert ask.get(picture, buffered=True).status_code == 200


def test_the_platform_knows_its_secret_and_its_tokens(app, at):
    account = accounts.practice()
    assert token_of(account, secret="wrong")["errcode"] == 40125
    assert token_of(account, appid="wxreal")["errcode"] == 40013
    at("2026-08-22 10:00")
    good = token_of(account)["access_token"]
    assert token_of(account)["access_token"] == good
    assert tencent.check(account, good) == 0
    assert tencent.check(account, good[:-1] + "x") == 40001
    assert tencent.check(account, "") == 41001
    at("2026-08-22 12:30")
    assert tencent.check(account, good) == 42001
    assert token_of(account)["access_token"] != good


def test_without_a_token_nothing_is_sent(app):
    ask = app.test_client()
    assert ask.post(SEND, json={"touser": "x"}).json["errcode"] == 41001
    assert ask.post(f"{SEND}?access_token=1_x", json={}).json["errcode"] == 40001


def test_what_is_too_long_or_to_a_stranger_is_refused_as_wechat_does(app):
    stranger = tencent.send({"touser": "x", "msgtype": "text", "text": {"content": "a"}})
    assert stranger["errcode"] == 40003
    phone = phones.new()
    to = {"touser": phone.openid, "msgtype": "text"}
    assert tencent.send({**to, "text": {"content": "a"}})["errcode"] == 43004
    phones.follow(phone)
    assert tencent.send({**to, "text": {"content": "长" * 683}})["errcode"] == 45002
    assert tencent.send({**to, "text": {"content": "长" * 682}})["errcode"] == 0
    assert tencent.send({**to, "msgtype": "news"})["errcode"] == 40008
    assert tencent.send([])["errcode"] == 47001


def test_the_voice_is_a_real_recording_that_the_platform_serves(live, hand):
    account = accounts.practice()
    http = client.RebasedHTTP(account.api_base)
    token = tokens.current(account, http)
    url = "https://api.weixin.qq.com/cgi-bin/media/get"
    voice = http.get(url, params={"access_token": token, "media_id": "hello.amr"})
    assert voice.content.startswith(b"#!AMR\n")
    frames = voice.content[6:]
    assert len(frames) % 32 == 0  # frames of 12.2 kbit/s
    assert {frames[n] for n in range(0, len(frames), 32)} == {0x3C}
    gone = http.get(url, params={"access_token": token, "media_id": "../../secret_key"})
    assert gone.json()["errcode"] == 40007
