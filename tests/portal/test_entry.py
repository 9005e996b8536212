"""Coming in by WeChat: silently, once, by this browser alone; and what is told when it fails."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from app.core.db import db
from app.customers import identities
from app.customers.models import OPENID, Customer
from app.portal import browsers, sessions
from app.portal.models import MemberSession, SpentMark
from app.practice import phone as phones
from app.wechat import accounts, oauth
from tests.house.walking import all_rows
from tests.outside import Browser

OPENID_OF_LIN = "o-lin-0001"


@pytest.fixture
def lin_in_wechat(lin, platform):
    identities.attach(lin, OPENID, OPENID_OF_LIN, source="wechat", account=platform.account.app_id)
    db.session.commit()
    return lin


def rows(model):
    return db.session.scalar(db.select(db.func.count()).select_from(model))


def test_a_follower_comes_in_silently_and_stays_for_thirty_days(wechat, lin_in_wechat, at):
    at("2026-11-22 10:00")
    where, asked = wechat.asks("/m/")
    assert where.startswith("https://open.weixin.qq.com/connect/oauth2/authorize?appid=wxshop&")
    assert where.endswith("#wechat_redirect")
    assert asked["scope"] == "snsapi_base"
    assert asked["state"].isalnum()
    assert len(asked["state"]) <= 128
    assert urlsplit(asked["redirect_uri"]).path == "/m/entered"
    wechat.tells(openid=OPENID_OF_LIN, access_token="t")
    answer = wechat.get("/m/entered", code="071aBc", state=asked["state"])
    assert answer.headers["Location"] == "/m/"
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Path=/", "2592000"))
    assert "林小满" in wechat.get("/m/").text
    kept = db.session.scalars(db.select(MemberSession)).one()
    assert wechat.client.get_cookie(sessions.COOKIE).value != kept.token_hash
    at("2026-12-22 10:01")
    assert wechat.get("/m/").status_code == 302


def test_over_https_the_cookie_is_bound_to_the_host(app, lin):
    browser = Browser(app)
    with app.test_request_context("/", base_url="https://shop.example.cn"):
        answer = sessions.give_cookie(app.make_response(""), "t")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-shuke_m=")
    assert "Secure" in cookie
    assert browser.get("/m/").status_code == 302


def test_a_state_is_for_this_browser_once_and_not_for_long(app, wechat, lin_in_wechat, at):
    at("2026-11-22 10:00")
    _where, asked = wechat.asks("/m/")
    good = asked["state"]
    stranger = type(wechat)(app, wechat.platform)
    stranger.asks("/m/")
    wechat.tells(openid=OPENID_OF_LIN, access_token="t")
    before = all_rows()
    twisted = good[:-1] + ("0" if good[-1] != "0" else "1")
    for browser, state in (
        (stranger, good), (wechat, ""), (wechat, "x" * 200), (wechat, twisted),
        (wechat, "u" + good[1:]), (Browser(app), good),
    ):  # fmt: skip
        answer = browser.get("/m/entered", code="071aBc", state=state)
        assert answer.status_code == 400
        assert "再进一次" in answer.text
        assert "Set-Cookie" not in answer.headers or sessions.COOKIE not in str(answer.headers)
    assert all_rows() == before
    assert wechat.platform.paths == []  # nothing was asked of WeChat either
    assert wechat.get("/m/entered", code="071aBc", state=good).status_code == 302
    assert wechat.get("/m/entered", code="071aBc", state=good).status_code == 400
    late = wechat_state(wechat)
    at("2026-11-22 10:11")
    assert wechat.get("/m/entered", code="071aBc", state=late).status_code == 400


def wechat_state(wechat):
    wechat.client.delete_cookie(sessions.COOKIE)
    return wechat.asks("/m/")[1]["state"]


def test_used_states_are_swept_out(wechat, lin_in_wechat, at):
    at("2026-11-22 10:00")
    wechat.comes_in(OPENID_OF_LIN)
    assert rows(SpentMark) == 1
    at("2026-11-22 11:00")
    wechat.client.delete_cookie(sessions.COOKIE)
    wechat.comes_in(OPENID_OF_LIN)
    assert rows(SpentMark) == 1


@pytest.mark.parametrize(
    ("told", "status", "word"),
    [
        ({"errcode": 40029}, 400, "过期"), ({"errcode": 40163}, 400, "过期"),
        ({"errcode": 42003}, 400, "过期"), ({"errcode": 40013}, 503, "没有接好"),
        ({"errcode": -1}, 503, "没有回答"), ({"openid": ""}, 503, "没有回答"),
        ({"openid": "<b>"}, 503, "没有回答"), ({"openid": 7}, 503, "没有回答"),
        ([1], 503, "没有回答"), ("http 502", 503, "没有回答"), ("hang up", 503, "没有回答"),
    ],
)  # fmt: skip
def test_what_wechat_refuses_is_told_in_words(wechat, lin, told, status, word):
    state = wechat_state(wechat)
    wechat.platform.files["access_token"] = [told] if not isinstance(told, list) else [told]
    answer = wechat.get("/m/entered", code="071aBc", state=state)
    assert answer.status_code == status
    assert word in answer.text
    assert rows(MemberSession) == 0


@pytest.mark.parametrize("code", ["", "x" * 10_000, "a b", "码", "a&appid=1"])
def test_a_code_that_is_none_is_not_asked_about(wechat, lin, code):
    answer = wechat.get("/m/entered", code=code, state=wechat_state(wechat))
    assert answer.status_code == 400
    assert "再进一次" in answer.text
    assert wechat.platform.paths == []


def test_while_wechat_is_away_few_threads_wait_and_nobody_long(wechat, lin, monkeypatch):
    assert sum(oauth.TIMEOUT) + 1 <= 6
    monkeypatch.setattr(oauth, "TIMEOUT", (0.2, 0.2))
    monkeypatch.setattr(
        accounts, "real", lambda: replace(wechat.platform.account, api_base="http://127.0.0.1:9")
    )
    answer = wechat.get("/m/entered", code="071aBc", state=wechat_state(wechat))
    assert answer.status_code == 503
    assert "没有回答" in answer.text


def test_an_openid_comes_from_wechat_alone(wechat, lin_in_wechat):
    wechat.client.set_cookie("openid", OPENID_OF_LIN)
    for path in (f"/m/?openid={OPENID_OF_LIN}", f"/m/entry?openid={OPENID_OF_LIN}"):
        assert wechat.get(path).status_code == 302
    state = wechat_state(wechat)
    wechat.tells(openid="o-somebody-else", access_token="t")
    wechat.get("/m/entered", code="071aBc", state=state, openid=OPENID_OF_LIN)
    assert "林小满" not in wechat.get("/m/").text


def test_a_snapshot_user_looks_and_is_nobody(wechat, lin):
    state, before = wechat_state(wechat), rows(Customer)
    wechat.tells(openid="o-virtual", access_token="t", is_snapshotuser=1)
    answer = wechat.get("/m/entered", code="071aBc", state=state)
    assert "快照页" in answer.text
    assert sessions.COOKIE not in str(answer.headers.getlist("Set-Cookie"))
    assert (rows(MemberSession), rows(Customer)) == (0, before)
    assert wechat.get("/m/notice").status_code == 200


def test_who_is_unknown_is_asked_first_and_kept_only_after_yes(wechat, chief):
    wechat.comes_in("o-newcomer-1")
    assert rows(Customer) == 0
    answer = wechat.get("/m/")
    assert answer.headers["Location"].startswith("/m/join?to=")
    assert "告知书" in wechat.get("/m/join").text
    assert wechat.post("/m/join", marketing="y").status_code == 422
    assert rows(Customer) == 0
    assert wechat.post("/m/join", agree="y", service="y", to="/m/").status_code == 303
    customer = db.session.scalars(db.select(Customer)).one()
    assert customer.source == "wechat"
    assert "会员号" in wechat.get("/m/").text
    wechat.post("/m/join", agree="y", service="y")
    assert rows(Customer) == 1


def test_who_came_as_a_stranger_and_wrote_since_is_known(wechat, phone, work, chief):
    wechat.comes_in(phone.openid)
    assert wechat.get("/m/").status_code == 302
    phone.says("在吗")
    work()
    assert wechat.get("/m/").status_code == 200


@pytest.mark.parametrize(
    "to",
    [
        "//evil.cn",
        "https://evil.cn/m/",
        "/\\evil.cn",
        "/m/../customers",
        "/customers",
        "javascript:1",
    ],
)
def test_after_coming_in_one_stays_on_the_members_pages(wechat, lin_in_wechat, to):
    state = wechat.asks("/m/entry", to=to)[1]["state"]
    wechat.tells(openid=OPENID_OF_LIN, access_token="t")
    answer = wechat.get("/m/entered", code="071aBc", state=state)
    assert answer.headers["Location"] in ("/m/", "/m/../customers")
    assert wechat.get("/m/entry", to="/m/notice").headers["Location"] == "/m/notice"


def test_outside_wechat_nobody_is_sent_there(app, wechat):
    answer = Browser(app).get("/m/entry")
    assert answer.status_code == 200
    assert "店员给的码" in answer.text


def test_the_name_is_asked_for_on_a_tap_alone(wechat, lin_in_wechat):
    for path in ("/m/", "/m/entry", "/m/join"):
        assert wechat.asks(path)[1]["scope"] == "snsapi_base"
    where, asked = wechat.asks("/m/entry/named")
    assert asked["scope"] == "snsapi_userinfo"
    wechat.tells(openid=OPENID_OF_LIN, access_token="t")
    wechat.platform.files["userinfo"] = {"openid": OPENID_OF_LIN, "nickname": "小满妈妈"}
    before = lin_in_wechat.name
    assert wechat.get("/m/entered", code="c", state=asked["state"]).status_code == 302
    assert db.session.get_one(Customer, lin_in_wechat.id).name == before


def test_a_member_sees_no_page_of_colleagues_and_the_other_way_round(app, browser, lin, amy):
    assert browser.as_member(lin).get("/customers").headers["Location"].startswith("/login")
    assert browser.as_(amy).get("/m/").headers["Location"].startswith("/m/entry")


def test_ending_the_sessions_of_a_member_ends_them_all(app, browser, lin, wechat, platform):
    one, two = browser.as_member(lin), browser.as_member(lin)
    assert one.get("/m/").status_code == 200
    browsers.end_all(lin)
    db.session.commit()
    assert (one.get("/m/").status_code, two.get("/m/").status_code) == (302, 302)
    assert one.post("/m/join", agree="y").status_code == 401


# In practice the whole way runs against our own authorize page ---------------------------------


@pytest.fixture
def hand(live, chief):
    held = phones.new()
    db.session.commit()
    return held


def test_a_practice_phone_comes_in_by_one_tap(live, hand, browser, chief):
    mine = browser.as_(chief)
    answer = mine.get(f"/practice/{hand.id}/member")
    seen = []
    while answer.status_code in (302, 303):
        seen.append(answer.headers["Location"].partition("?")[0])
        answer = mine.get(answer.headers["Location"].partition("#")[0])
    assert seen == [
        "/m/entry", "/practice/platform/open.weixin.qq.com/connect/oauth2/authorize",
        "/m/entered", "/m/", "/m/join",
    ]  # fmt: skip
    assert "成为会员" in answer.text
    mine.post("/m/join", agree="y", service="y")
    assert "会员号" in mine.get("/m/").text
    customer = db.session.scalars(db.select(Customer)).one()
    assert customer.source == "practice"
    assert mine.get("/customers").status_code == 200  # the colleague is still signed in


def test_the_practice_platform_gives_a_code_once(live, hand, browser, chief, at):
    mine = browser.as_(chief)
    account = accounts.practice()
    mine.get(f"/practice/{hand.id}/member")
    answer = mine.get("/m/entry")
    back = mine.get(answer.headers["Location"].partition("#")[0]).headers["Location"]
    code = dict(p.split("=") for p in back.partition("?")[2].split("&"))["code"]
    token = "/practice/platform/api.weixin.qq.com/sns/oauth2/access_token"
    asked = {"appid": account.app_id, "secret": account.secret, "code": code}
    assert mine.get(token, **{**asked, "secret": "no"}).json["errcode"] == 40125
    assert mine.get(token, **{**asked, "code": code[:-1] + "z"}).json["errcode"] == 40029
    assert mine.get(token, **asked).json["openid"] == hand.openid
    assert mine.get(token, **asked).json["errcode"] == 40163


def test_the_practice_platform_sends_nobody_elsewhere(live, hand, browser, chief):
    mine = browser.as_(chief)
    mine.get(f"/practice/{hand.id}/member")
    where = mine.get("/m/entry").headers["Location"].partition("#")[0]
    for good, bad in (
        ("%2Fm%2Fentered", "https%3A%2F%2Fevil.cn"), ("snsapi_base", "snsapi_all"),
        (accounts.practice().app_id, "wxpracticeother"),
    ):  # fmt: skip
        assert mine.get(where.replace(good, bad)).status_code == 400
    assert Browser(mine.app).get(where).status_code == 404


def test_the_practice_platform_asks_before_it_tells_a_name(live, hand, browser, chief):
    mine = browser.as_(chief)
    mine.get(f"/practice/{hand.id}/member")
    asked = mine.get(mine.get("/m/entry/named").headers["Location"].partition("#")[0])
    assert "允许" in asked.text
    go = asked.text.partition('weui-btn_primary" role="button" href="')[2].partition('"')[0]
    back = mine.get(go.replace("&amp;", "&")).headers["Location"]
    assert mine.get(back).status_code == 302


def test_the_telephone_has_a_button_that_leads_there(hand, browser, chief):
    page = browser.as_(chief).get(f"/practice/{hand.id}").text
    assert f'<a href="/practice/{hand.id}/member">' in page


def test_what_is_not_there_leads_a_member_back_to_their_own_pages(browser, lin):
    answer = browser.as_member(lin).get("/m/nothing-here")
    assert answer.status_code == 404
    assert 'href="/m/"' in answer.text
    assert "回到今天" not in answer.text
