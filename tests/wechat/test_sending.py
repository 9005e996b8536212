"""Letters to WeChat: what may go out, one token for all, and what every answer means."""

import pytest
import requests

from app.core import clock, jobs
from app.core.clock import now
from app.core.db import db
from app.core.errors import DeliveryFailed, DeliveryUnknown
from app.core.outbox import RETRY_WAITS, Letter, post
from app.wechat import accounts, allowances, client, faults, tokens
from app.wechat.accounts import Account
from app.wechat.models import AccessToken, Allowance, Follower
from tests.crowd import at_once
from tests.outside import KEY


@pytest.fixture
def heard(phone, work):
    """The follower has just said something, so an answer is allowed."""
    phone.says("在吗")
    work()
    phone.platform.forget()
    return phone


@pytest.fixture
def later(app):
    begin, passed = now(), [0]

    def move(**lengths):
        passed[0] += clock.timedelta(**lengths).total_seconds()
        clock.source = lambda: begin + clock.timedelta(seconds=passed[0])

    move()
    return move


def write(text="在的", to="o-lin-0001", account="wxshop"):
    letter = post("wechat", to, {"text": text}, account=account)
    db.session.commit()
    return letter


def again(letter):
    db.session.expire_all()
    return db.session.get_one(Letter, letter.id)


def state(letter):
    found = again(letter)
    return found.state, found.code


# The guard ----------------------------------------------------------------------------------------


def test_an_answer_reaches_the_phone(heard, work):
    letter = write()
    work()
    assert heard.screen == ["在的"]
    assert state(letter) == ("sent", "")


@pytest.mark.parametrize(
    "text", ["<b>&amp;</b> ]]> <![CDATA[x]]>", "\"'\\ \u2028 😀", "{{7*7}} %s {0}", "1\n2"]
)
def test_text_arrives_word_for_word(heard, work, text):
    write(text)
    work()
    assert heard.screen == [text]


def test_nothing_goes_to_an_openid_of_another_account(heard, work):
    other = Account("wxother", "s", "t", (KEY,), accounts.known["wxshop"].api_base)
    accounts.known[other.app_id] = other
    letter = write(account="wxother")
    work()
    assert again(letter).state == "failed"
    assert "不属于这个公众号" in again(letter).reason
    assert heard.platform.paths == []


def test_nothing_goes_out_by_an_account_that_is_not_set_up(heard, work):
    letter = write(account="wxgone")
    work()
    assert "没有接好" in again(letter).reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda f: setattr(f, "following", False), "取消关注"),
        (lambda f: setattr(f.customer, "do_not_disturb", True), "勿扰"),
        (lambda f: setattr(f.customer, "archived_at", now()), "收起来"),
    ],
)
def test_who_does_not_want_to_hear_is_left_alone(heard, work, change, reason):
    letter = write()
    change(db.session.scalars(db.select(Follower)).one())
    db.session.commit()
    work()
    assert again(letter).state == "failed"
    assert reason in again(letter).reason
    assert heard.screen == []


def test_the_sixth_answer_is_refused_until_the_customer_writes_again(heard, work):
    letters = [write(f"{n}") for n in range(6)]
    work()
    assert heard.screen == ["0", "1", "2", "3", "4"]
    assert state(letters[5]) == ("failed", "45047")
    heard.says("还在吗")
    work()
    fresh = write("6")
    work()
    assert state(fresh) == ("sent", "")


def test_after_two_days_of_silence_nothing_goes_out(heard, work, later):
    later(hours=47, minutes=59)
    early = write("早")
    work()
    assert state(early) == ("sent", "")
    later(minutes=2)
    late = write("晚")
    work()
    assert state(late) == ("failed", "45015")
    assert "48 小时" in again(late).reason


def test_a_menu_click_allows_three_for_a_minute(phone, work, later):
    phone.does("CLICK", "price")
    letters = [write(f"{n}") for n in range(4)]
    work()
    assert phone.screen == ["0", "1", "2"]
    assert state(letters[3]) == ("failed", "45047")
    later(seconds=61)
    after = write("late")
    work()
    assert state(after) == ("failed", "45015")


def test_what_ends_first_is_spent_first(heard, work):
    heard.does("CLICK", "price")
    work()
    for n in range(8):
        write(f"{n}")
    work()
    assert len(heard.screen) == 8
    assert sorted(db.session.scalars(db.select(Allowance.left))) == [0, 0]


# What the platform says ---------------------------------------------------------------------------


@pytest.mark.parametrize("code", [45015, 45047])
def test_a_closed_window_is_no_fault_and_corrects_what_we_counted(heard, work, code):
    heard.platform.answers = [code]
    letter = write()
    work()
    assert state(letter) == ("failed", str(code))
    assert db.session.scalars(db.select(Allowance.left)).all() == [0]
    assert write()
    work()
    assert len([p for p in heard.platform.paths if p.endswith("custom/send")]) == 1


@pytest.mark.parametrize("code", sorted(c for c, f in faults.FAULTS.items() if f.permanent))
def test_a_permanent_answer_is_told_in_plain_words(heard, work, later, code):
    heard.platform.answers = [code]
    letter = write()
    work()
    later(days=1)
    work()
    assert state(letter) == ("failed", str(code))
    assert again(letter).reason == faults.of(code).reason
    assert heard.screen == []


@pytest.mark.parametrize("code", [-1])
def test_a_passing_answer_is_tried_again(heard, work, later, code):
    heard.platform.answers = [code]
    letter = write()
    work()
    assert again(letter).state == "queued"
    assert again(letter).reason == faults.of(code).reason
    later(seconds=RETRY_WAITS[0])
    work()
    assert heard.screen == ["在的"]
    assert again(letter).state == "sent"


def test_an_unknown_code_is_final_and_shown(heard, work):
    heard.platform.answers = [99999]
    letter = write()
    work()
    assert state(letter) == ("failed", "99999")
    assert again(letter).reason == faults.OTHER.reason


def test_every_code_is_explained_in_chinese():
    for code, fault in faults.FAULTS.items():
        assert any("\u4e00" <= c <= "\u9fff" for c in fault.reason), code


@pytest.mark.parametrize("trouble", ["hang up", "http 502", "http 200", "http 302", []])
def test_an_answer_that_is_none_leaves_a_doubt(heard, work, later, trouble):
    heard.platform.answers = [trouble]
    letter = write()
    work()
    later(days=1)
    work()
    assert again(letter).state == "unknown"
    assert heard.screen == []


@pytest.mark.parametrize(
    "answer", [{}, {"errmsg": "ok"}, {"errcode": None}, {"errcode": "soon"}, {"msgid": 7}, None]
)
def test_half_an_answer_is_no_answer_and_nothing_is_sent_twice(heard, work, later, answer):
    heard.platform.answers = [lambda: answer]
    letter = write()
    work()
    later(days=1)
    work()
    assert again(letter).state == "unknown"
    assert "看不懂" in again(letter).reason
    assert len([p for p in heard.platform.paths if p.endswith("custom/send")]) == 1


def test_the_shop_may_change_a_rule(phone, work, later):
    allowances.set_rule("message", 2, 60)
    db.session.commit()
    phone.says("在吗")
    work()
    letters = [write(f"{n}") for n in range(3)]
    work()
    assert [state(one)[1] for one in letters] == ["", "", "45047"]
    phone.says("在吗")
    work()
    later(minutes=61)
    late = write("晚")
    work()
    assert state(late) == ("failed", "45015")


def test_a_payment_counts_no_messages(phone, work):
    phone.does("user_pay_from_pay_cell")
    for n in range(8):
        write(f"{n}")
    work()
    assert len(phone.screen) == 8


def test_a_time_out_leaves_a_doubt(heard, work, monkeypatch):
    ask = client.RebasedHTTP.request

    def slow(self, method, url, **options):
        if "custom/send" in url:
            raise requests.ReadTimeout
        return ask(self, method, url, **options)

    monkeypatch.setattr(client.RebasedHTTP, "request", slow)
    letter = write()
    work()
    assert again(letter).state == "unknown"


def test_who_cannot_be_reached_at_all_is_tried_again(heard, work, later, monkeypatch):
    write("first")
    work()
    shop = accounts.known["wxshop"]
    nowhere = Account(shop.app_id, shop.secret, shop.token, shop.aes_keys, "http://127.0.0.1:9")
    accounts.known["wxshop"] = nowhere
    letter = write("second")
    work()
    assert again(letter).state == "queued"
    accounts.known["wxshop"] = shop
    later(seconds=RETRY_WAITS[0])
    work()
    assert heard.screen == ["first", "second"]


def test_every_call_has_a_time_out(heard, work, monkeypatch):
    seen = []
    send = requests.Session.send

    def look(self, request, **options):
        seen.append(options["timeout"])
        return send(self, request, **options)

    monkeypatch.setattr(requests.Session, "send", look)
    write()
    work()
    assert seen == [client.TIMEOUT] * 2


# Tokens -------------------------------------------------------------------------------------------


def test_a_token_is_fetched_once_and_kept(heard, work):
    for n in range(3):
        write(f"{n}")
    work()
    assert len(heard.platform.tokens) == 1


def test_many_threads_fetch_one_token(app, platform):
    platform.forget()
    shop = platform.account

    def ask():
        return tokens.current(shop, client.RebasedHTTP(shop.api_base))

    answers = at_once(app, *[ask] * 8)
    assert len(set(answers)) == 1
    assert len(platform.tokens) == 1


def test_many_threads_with_a_refused_token_fetch_one_new(app, platform):
    shop = platform.account
    old = tokens.current(shop, client.RebasedHTTP(shop.api_base))
    platform.forget()

    def ask():
        return tokens.renew(shop, client.RebasedHTTP(shop.api_base), refused=old)

    answers = at_once(app, *[ask] * 8)
    assert len(set(answers)) == 1
    assert old not in answers
    assert len(platform.tokens) == 1


@pytest.mark.parametrize("code", sorted(faults.STALE_TOKEN))
def test_a_stale_token_is_renewed_once_and_the_call_repeated(heard, work, code):
    heard.platform.answers = [code]
    letter = write()
    work()
    assert again(letter).state == "sent"
    assert heard.screen == ["在的"]
    assert len(heard.platform.tokens) == 2


@pytest.mark.parametrize("code", sorted(faults.STALE_TOKEN))
def test_a_token_that_stays_stale_is_a_failure_and_no_loop(heard, work, code):
    heard.platform.answers = [code] * 50
    letter = write()
    work()
    assert again(letter).state == "queued"
    assert again(letter).reason == faults.of(code).reason
    assert len(heard.platform.tokens) == 2
    assert len([p for p in heard.platform.paths if p.endswith("custom/send")]) == 2


def test_a_platform_that_returns_the_refused_token_is_asked_by_force_once(
    app, platform, monkeypatch
):
    shop, asked = platform.account, []

    def same(path, body, _query):
        asked.append(body["force_refresh"])
        return {"access_token": "same", "expires_in": 7200}

    monkeypatch.setattr(platform, "answer", same)
    tokens.renew(shop, client.RebasedHTTP(shop.api_base), refused="same")
    assert asked == [False, True]


def test_a_token_is_renewed_before_it_ends(app, platform, later):
    shop = platform.account
    first = tokens.current(shop, client.RebasedHTTP(shop.api_base))
    later(seconds=7200 - 181)
    assert tokens.current(shop, client.RebasedHTTP(shop.api_base)) == first
    later(seconds=2)
    assert tokens.current(shop, client.RebasedHTTP(shop.api_base)) != first


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ({"errcode": 40125, "errmsg": "invalid appsecret"}, True),
        ({"errcode": 40164, "errmsg": "not in whitelist"}, False),
        ({"errcode": -1}, False),
        ({}, False),
        ([], False),
        ("http 502", False),
        ("hang up", False),
        ({"access_token": "t", "expires_in": "soon"}, False),
        ({"access_token": "", "expires_in": 1}, False),
    ],
)
def test_a_token_that_is_not_given_is_a_failure_in_plain_words(
    app, platform, monkeypatch, answer, permanent
):
    shop = platform.account
    monkeypatch.setattr(platform, "answer", lambda *_given: answer)
    with pytest.raises(DeliveryFailed) as failure:
        tokens.current(shop, client.RebasedHTTP(shop.api_base))
    assert failure.value.permanent == permanent
    assert failure.value.reason


def test_without_a_token_nothing_is_in_doubt(heard, work, later, monkeypatch):
    answer = heard.platform.answer
    monkeypatch.setattr(heard.platform, "answer", lambda *_given: {"errcode": -1})
    letter = write()
    work()
    assert again(letter).state == "queued"
    monkeypatch.setattr(heard.platform, "answer", answer)
    later(seconds=30)
    work()
    assert again(letter).state == "sent"


def test_a_refresher_that_died_is_replaced(app, platform, later):
    shop = platform.account
    db.session.add(AccessToken(account=shop.app_id, leased_until=now() + tokens.LEASE))
    db.session.commit()
    later(seconds=tokens.LEASE.total_seconds() + 1)
    assert tokens.current(shop, client.RebasedHTTP(shop.api_base))


def test_no_transaction_is_open_while_the_platform_thinks(app, platform, monkeypatch):
    seen = []
    request = client.RebasedHTTP.request

    def look(self, method, url, **options):
        seen.append(db.session().in_transaction())
        return request(self, method, url, **options)

    monkeypatch.setattr(client.RebasedHTTP, "request", look)
    client.call(platform.account, lambda p: p.message.send_text("o-1", "hi"))
    assert seen == [False, False]


def test_a_doubt_and_a_failure_are_told_apart():
    refused = requests.ConnectionError("HTTPConnection: Failed: NewConnectionError: refused")
    assert isinstance(client._broken_line(refused), DeliveryFailed)
    assert isinstance(client._broken_line(requests.ConnectionError("aborted")), DeliveryUnknown)
    assert jobs.LEASE
