"""The platform's door: who may come in, what is kept, and that nothing breaks it."""

import base64
import contextlib
import contextvars
import random
import struct

import pytest
import xmltodict
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import together
from app.core.clock import now
from app.core.db import db
from app.core.jobs import Job
from app.wechat import accounts
from app.wechat.accounts import Account
from app.wechat.envelopes import Rejected, fields, open_envelope
from app.wechat.models import Arrival
from app.wechat.views.callback import REJECTED
from tests.crowd import at_once
from tests.outside import KEY, Phone, message, sealed, sign

OLD_KEY = "ABCDEFGabcdefghijklmnopqrstuvwxyz0123456789"
PLACE = "/wechat/callback"


@pytest.fixture
def plain():
    """An account that has not switched encryption on."""
    account = Account("wxplain", "secret", "plain-token", (), "http://127.0.0.1:9")
    accounts.known[account.app_id] = account
    return account


@pytest.fixture
def shop(app, platform):
    return platform.account


def arrivals():
    found = db.session.scalars(db.select(Arrival).order_by(Arrival.id)).all()
    db.session.commit()
    return found


def rejected():
    """How many callbacks were counted as rejected since the start."""
    return sum(s.value for m in REJECTED.collect() for s in m.samples if s.name.endswith("_total"))


# The question that the platform asks when an address is put in -----------------------------------


def greet(client, token, echo="12345", **twist):
    stamp = str(int(now().timestamp()))
    query = {
        "timestamp": stamp,
        "nonce": "n1",
        "signature": sign(token, stamp, "n1"),
        "echostr": echo,
    }
    query = {k: v for k, v in (query | twist).items() if v is not None}
    return client.get(PLACE, query_string=query)


def test_the_platforms_question_is_answered_word_for_word(phone, shop):
    answer = greet(phone.client, shop.token)
    assert (answer.status_code, answer.text) == (200, "12345")
    assert answer.content_type == "text/plain; charset=utf-8"


def test_an_answer_is_text_whatever_was_asked(phone, shop):
    answer = greet(phone.client, shop.token, echo="<script>alert(1)</script>")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "twist",
    [
        {"signature": "0" * 40}, {"signature": ""}, {"signature": None}, {"signature": "签名"},
        {"timestamp": None}, {"timestamp": ""}, {"nonce": None}, {"nonce": "other"},
        {"timestamp": "abc"}, {"timestamp": "-5"}, {"timestamp": "9" * 400}, {"timestamp": "１２"},
        {"timestamp": "0"}, {"nonce": "n" * 500}, {"nonce": "a\0b"},
    ],
)  # fmt: skip
def test_a_stranger_is_told_nothing(phone, shop, twist):
    before = rejected()
    answer = greet(phone.client, shop.token, **twist)
    assert answer.status_code == 403
    assert "12345" not in answer.text
    assert rejected() == before + 1


def test_a_token_alone_is_no_signature(phone, shop):
    answer = phone.client.get(PLACE, query_string={"signature": sign(shop.token), "echostr": "x"})
    assert answer.status_code == 403


@pytest.mark.parametrize("seconds", [-601, 601, -6000, 6000])
def test_an_old_or_early_request_is_refused(phone, shop, seconds):
    stamp = str(int(now().timestamp()) + seconds)
    answer = greet(
        phone.client, shop.token, timestamp=stamp, signature=sign(shop.token, stamp, "n1")
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("seconds", [-590, 590])
def test_clocks_may_differ_a_little(phone, shop, seconds):
    stamp = str(int(now().timestamp()) + seconds)
    answer = greet(
        phone.client, shop.token, timestamp=stamp, signature=sign(shop.token, stamp, "n1")
    )
    assert answer.status_code == 200


# What is taken ------------------------------------------------------------------------------------


def test_an_encrypted_message_is_stored_before_it_is_acknowledged(phone, shop):
    answer = phone.says("在吗", MsgId="7")
    assert (answer.status_code, answer.text) == (200, "success")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert [(a.account, a.key, a.openid, a.done_at) for a in arrivals()] == [
        ("wxshop", "msg:7", "o-lin-0001", None)
    ]


def test_the_callback_sets_no_cookie(phone, shop):
    for answer in (phone.says("在吗"), greet(phone.client, shop.token), phone.client.post(PLACE)):
        assert "Set-Cookie" not in answer.headers


def test_an_account_in_plain_mode_is_heard(phone, plain):
    assert (
        phone.post(message("o-1", MsgType="text", Content="hi", MsgId="1"), plain).status_code
        == 200
    )
    assert [a.account for a in arrivals()] == ["wxplain"]


def test_both_accounts_share_the_address_and_are_told_apart(phone, plain, shop):
    for account in (plain, shop):
        phone.post(message("o-1", MsgType="text", Content="hi", MsgId="1"), account)
    assert [(a.account, a.key) for a in arrivals()] == [("wxplain", "msg:1"), ("wxshop", "msg:1")]


def test_the_practice_account_has_a_door_of_its_own_token(phone, shop):
    practice = accounts.practice()
    assert practice.token != shop.token
    phone.post(message("o-1", MsgType="text", Content="hi", MsgId="1"), practice)
    assert [a.account for a in arrivals()] == [practice.app_id]


def test_the_compatible_mode_is_read_from_its_encrypted_half(phone, shop):
    query, body = sealed(shop, message("o-1", MsgType="text", Content="true", MsgId="1"))
    false = "<FromUserName>o-2</FromUserName><Content>false</Content>"
    body = body.replace(b"</xml>", f"{false}</xml>".encode())
    assert phone.client.post(PLACE, query_string=query, data=body).status_code == 200
    assert "true" in arrivals()[0].raw
    assert arrivals()[0].openid == "o-1"


def test_the_previous_key_still_opens(phone, shop):
    old = Account(shop.app_id, shop.secret, shop.token, (OLD_KEY,), shop.api_base)
    both = Account(shop.app_id, shop.secret, shop.token, (KEY, OLD_KEY), shop.api_base)
    accounts.known[shop.app_id] = both
    assert (
        phone.post(message("o-1", MsgType="text", Content="a", MsgId="1"), old).status_code == 200
    )
    assert (
        phone.post(message("o-1", MsgType="text", Content="b", MsgId="2"), both).status_code == 200
    )
    assert len(arrivals()) == 2


def test_a_key_that_is_neither_opens_nothing(phone, shop):
    other = Account(shop.app_id, shop.secret, shop.token, (OLD_KEY,), shop.api_base)
    assert phone.post(message("o-1", MsgType="text", MsgId="1"), other).status_code == 403
    assert arrivals() == []


# What is refused ----------------------------------------------------------------------------------


def test_nothing_in_the_clear_where_a_key_is_set(phone, shop):
    naked = Account(shop.app_id, shop.secret, shop.token, (), shop.api_base)
    for twist in ({}, {"encrypt_type": "raw"}, {"encrypt_type": "aes"}, {"encrypt_type": "AES"}):
        answer = phone.post(message("o-1", MsgType="text", MsgId="1"), naked, **twist)
        assert answer.status_code in (400, 403)
    assert arrivals() == []


@pytest.mark.parametrize(
    "twist",
    [
        {"signature": "0" * 40},
        {"signature": None},
        {"msg_signature": None},
        {"msg_signature": ""},
        {"msg_signature": "0" * 40},
        {"msg_signature": "签名"},
        {"timestamp": None},
        {"nonce": None},
        {"nonce": "other"},
        {"timestamp": "1"},
        {"encrypt_type": None},
        {"encrypt_type": "raw"},
    ],
)
def test_every_parameter_is_needed_and_fits(phone, shop, twist):
    before = rejected()
    answer = phone.post(message("o-1", MsgType="text", Content="a", MsgId="1"), **twist)
    assert answer.status_code == 403
    assert arrivals() == []
    assert rejected() == before + 1


def test_a_message_for_another_account_is_refused(phone, shop):
    stranger = Account("wxother", shop.secret, shop.token, shop.aes_keys, shop.api_base)
    assert phone.post(message("o-1", MsgType="text", MsgId="1"), stranger).status_code == 403
    assert arrivals() == []


def test_a_used_nonce_with_another_body_is_refused_and_with_the_same_is_not(phone, plain):
    first = message("o-1", MsgType="text", Content="a", MsgId="1")
    query, _body = sealed(plain, first, nonce="once")

    def post(xml):
        return phone.client.post(PLACE, query_string=query, data=xml.encode())

    assert [post(first).status_code for _again in range(3)] == [200] * 3
    other = message("o-1", MsgType="text", Content="b", MsgId="2")
    assert post(other).status_code == 403
    assert post(message("o-2", MsgType="event", Event="CLICK")).status_code == 403
    assert [a.key for a in arrivals()] == ["msg:1"]


DTD = '<!DOCTYPE xml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE xml SYSTEM "http://evil.example/x.dtd">'
FILE = '<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("dtd", [DTD, OUTSIDE, FILE, "  " + DTD, '<?xml version="1.0"?>' + FILE])
def test_a_document_type_is_refused(phone, plain, shop, dtd):
    xml = dtd + message("o-1", MsgType="text", Content="&b;", MsgId="1").replace("&amp;", "&")
    for account in (plain, shop):
        assert phone.post(xml, account).status_code == 400
    query, body = sealed(shop, message("o-1", MsgType="text", MsgId="1"))
    answer = phone.client.post(PLACE, query_string=query, data=dtd.encode() + body)
    assert answer.status_code == 400
    assert arrivals() == []


def test_a_document_type_that_a_customer_writes_about_is_a_message(phone, shop, work):
    """Somebody pastes a web page: it stands in the text and is none of the document's own."""
    xml = message("o-1", MsgType="text", Content="WORDS", MsgId="1")
    xml = xml.replace("WORDS", '<![CDATA[<!DOCTYPE html><html> <!ENTITY a "b">]]>')
    assert phone.post(xml).status_code == 200
    assert xmltodict.parse(arrivals()[0].raw)["xml"]["Content"].startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("size", [64 * 1024 + 1, 300_000, 2_000_000])
def test_a_large_body_is_refused(phone, shop, size):
    query, _body = sealed(shop, "<xml/>")
    answer = phone.client.post(PLACE, query_string=query, data=b"x" * size)
    assert answer.status_code == 413
    assert arrivals() == []


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(phone, shop, method):
    assert getattr(phone.client, method)(PLACE).status_code == 405


# What cannot be understood ------------------------------------------------------------------------

GOOD = (
    "<xml><MsgType>text</MsgType><FromUserName>o-1</FromUserName><CreateTime>1</CreateTime>{}</xml>"
)
MALFORMED = {
    "empty": "",
    "blank": "   ",
    "cut": GOOD[:40],
    "not xml": "hello",
    "json": '{"MsgType": "text"}',
    "no root": "<MsgType>text</MsgType>",
    "other root": "<html><body/></html>",
    "root only": "<xml/>",
    "two types": GOOD.format("<MsgType>image</MsgType>"),
    "nested type": "<xml><MsgType><a>text</a></MsgType><FromUserName>o</FromUserName></xml>",
    "no sender": "<xml><MsgType>text</MsgType><CreateTime>1</CreateTime></xml>",
    "no time": "<xml><MsgType>text</MsgType><FromUserName>o</FromUserName></xml>",
    "time in words": GOOD.replace(">1<", ">now<"),
    "time of 5,000 digits": GOOD.replace(">1<", f">{'9' * 5000}<"),
    "time below zero": GOOD.replace(">1<", ">-1<"),
    "time in full width": GOOD.replace(">1<", ">１<"),
    "doubled sender": GOOD.format("<FromUserName>o-2</FromUserName>"),
    "attributes": GOOD.replace("<MsgType>", '<MsgType a="1">'),
    "deep": "<a>" * 20_000,
    "deep and closed": "<xml>" + "<a>" * 9_000 + "</a>" * 9_000 + "</xml>",
    "entity": GOOD.format("&nbsp;"),
    "a control sign": GOOD.format("<Content>a\x01b</Content>"),
    "comment": "<!-- <xml> -->",
    "numeric zero": GOOD.format("<Content>&#0;</Content>"),
    "surrogate": GOOD.format("<Content>&#xD800;</Content>"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_cannot_be_read_is_kept_raw_and_acknowledged(phone, plain, shop, work, name):
    for account in (plain, shop):
        answer = phone.post(MALFORMED[name], account)
        assert answer.status_code in (200, 400, 413), account
    work()
    assert db.session.scalars(db.select(Job).where(Job.state == "failed")).all() == []
    for kept in arrivals():
        assert kept.fault
        assert kept.done_at


STRANGE = {
    "message id of 5,000 digits": GOOD.format(f"<MsgId>{'9' * 5000}</MsgId>"),
    "message id in words": GOOD.format("<MsgId>seven</MsgId>"),
    "two message ids": GOOD.format("<MsgId>1</MsgId><MsgId>2</MsgId>"),
    "unknown type": GOOD.replace("text", "hologram"),
    "unknown event": GOOD.replace("text", "event").format(
        "<Event>TELEPORT</Event><EventKey>k</EventKey>"
    ),
    "event without name": GOOD.replace("text", "event"),
    "nested content": GOOD.format("<Content><a>b</a></Content><MsgId>1</MsgId>"),
    "two contents": GOOD.format("<Content>a</Content><Content>b</Content><MsgId>1</MsgId>"),
    "a far future": GOOD.replace(">1<", ">99999999999<"),
    "long sender": GOOD.replace("o-1", "o" * 5000),
    "long event key": GOOD.replace("text", "event").format(
        f"<Event>SCAN</Event><EventKey>{'k' * 9000}</EventKey>"
    ),
    "a declaration": '<?xml version="1.0" encoding="UTF-8"?>' + GOOD,
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_strange_but_readable_is_taken(phone, plain, work, name):
    assert phone.post(STRANGE[name], plain).status_code == 200
    work()
    assert [a.fault for a in arrivals()] == [""]
    assert arrivals()[0].done_at
    assert db.session.scalars(db.select(Job).where(Job.state == "failed")).all() == []


@pytest.mark.parametrize(
    "body",
    [
        GOOD.format("<Content>在吗</Content>").encode("gbk"),
        GOOD.encode("utf-16"),
        b"\xff\xfe\0\0",
        b"\0" * 50,
        GOOD.encode("utf-8-sig"),
        b"\xed\xa0\x80",
        b"\x80" * 9,
        bytes(range(256)),
    ],
)
def test_other_encodings_break_nothing(phone, plain, shop, body):
    for account in (plain, shop):
        query, _body = sealed(account, "<xml/>")
        answer = phone.client.post(PLACE, query_string=query, data=body)
        assert answer.status_code in (200, 400, 403)


def test_a_byte_order_mark_is_no_hindrance(phone, plain):
    query, _body = sealed(plain, "<xml/>")
    body = GOOD.format("<MsgId>5</MsgId>").encode("utf-8-sig")
    assert phone.client.post(PLACE, query_string=query, data=body).status_code == 200
    assert [a.key for a in arrivals()] == ["msg:5"]


def test_three_thousand_damaged_ciphers_are_refused(shop):
    """Each with the right signature for what it is, as only somebody with the token could make."""
    chance = random.Random(7)
    query, body = sealed(shop, message("o-1", MsgType="text", Content="在吗" * 20, MsgId="1"))
    good = base64.b64decode(xmltodict.parse(body)["xml"]["Encrypt"])
    stamp, nonce = query["timestamp"], query["nonce"]
    for _turn in range(3000):
        damaged = bytearray(good)
        for _flip in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        if chance.random() < 0.3:
            damaged = damaged[: chance.randrange(len(damaged))]
        text = base64.b64encode(bytes(damaged)).decode()
        query["msg_signature"] = sign(shop.token, stamp, nonce, text)
        assert outcome(query, f"<xml><Encrypt>{text}</Encrypt></xml>".encode()) in (400, 403, shop)


def outcome(query, body):
    """The account whose message could be read all the same, or the status of the refusal."""
    try:
        return open_envelope(query, body).account
    except Rejected as no:
        return no.status


@pytest.mark.parametrize("length", [0, 1, 10**6, 2**31, 2**32 - 1])
def test_a_cipher_that_lies_about_its_length_is_refused(phone, shop, length):
    inside = b"r" * 16 + struct.pack(">I", length) + b"<xml/>" + shop.app_id.encode()
    pad = 32 - len(inside) % 32
    key = base64.b64decode(KEY + "=")
    lock = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    secret = base64.b64encode(lock.update(inside + bytes([pad]) * pad) + lock.finalize()).decode()
    query, _body = sealed(shop, "<xml/>")
    query["msg_signature"] = sign(shop.token, query["timestamp"], query["nonce"], secret)
    body = f"<xml><Encrypt>{secret}</Encrypt></xml>"
    assert phone.client.post(PLACE, query_string=query, data=body).status_code == 403


@given(st.text(max_size=200) | st.text("<>/xmlMsgType!CDATA[]&;#", max_size=200))
@settings(max_examples=200)
def test_no_text_breaks_the_reading(text):
    with contextlib.suppress(ValueError):
        assert isinstance(fields(text), dict)


# Again and again ----------------------------------------------------------------------------------


def test_a_repeat_is_acknowledged_and_stored_once(phone, work):
    for _again in range(4):
        assert phone.says("在吗", MsgId="7").text == "success"
    assert len(arrivals()) == 1
    assert db.session.scalar(db.select(db.func.count(Job.id))) == 1


def test_two_repeats_at_the_same_instant_are_stored_once(app, platform, shop):
    xml = message("o-1", MsgType="text", Content="在吗", MsgId="7")

    def post():
        return Phone(app, platform, "o-1").post(xml).status_code

    assert at_once(app, *[post] * 6) == [200] * 6
    assert len(arrivals()) == 1
    assert db.session.scalar(db.select(db.func.count(Job.id))) == 1


def test_many_different_messages_at_the_same_instant_are_all_stored(app, platform, shop):
    def post(n):
        xml = message(f"o-{n % 3}", MsgType="text", Content=f"{n}", MsgId=f"{n}")
        return lambda: Phone(app, platform, "o-1").post(xml).status_code

    assert at_once(app, *(post(n) for n in range(12))) == [200] * 12
    assert len(arrivals()) == 12


def test_a_bad_one_among_many_harms_no_other(app, platform, plain):
    good = [message("o-1", MsgType="text", Content=f"{n}", MsgId=f"{n}") for n in range(6)]
    query, _body = sealed(plain, good[0], nonce="once")

    def post(xml, used=None):
        def run():
            phone = Phone(app, platform, "o-1")
            if used is None:
                return phone.post(xml, plain).status_code
            return phone.client.post(PLACE, query_string=used, data=xml.encode()).status_code

        return run

    assert post(good[0], query)() == 200
    runs = [post(xml) for xml in good[1:]] + [
        post(message("o-9", MsgType="text", MsgId="99"), query)
    ]
    assert at_once(app, *runs) == [200] * 5 + [403]
    assert len(arrivals()) == 6


def test_two_different_events_of_one_second_are_both_kept(phone):
    for key in ("price", "address", "price"):
        phone.does("CLICK", key, CreateTime="1755830000")
    assert [a.key for a in arrivals()] == [
        "event:o-lin-0001|1755830000|CLICK|price", "event:o-lin-0001|1755830000|CLICK|address",
    ]  # fmt: skip


def test_the_same_event_of_two_people_is_kept_twice(app, platform, shop):
    for openid in ("o-1", "o-2"):
        Phone(app, platform, openid).does("CLICK", "price", CreateTime="1755830000")
    assert len(arrivals()) == 2


def test_while_nobody_can_write_the_platform_is_asked_to_come_again(phone, monkeypatch):
    """Never «success» for what is not stored; what waits is stored once all the same."""
    monkeypatch.setattr(together, "PATIENCE", 0.3)
    db.session.rollback()
    xml = message("o-1", MsgType="text", Content="在吗", MsgId="7")
    query, body = sealed(phone.platform.account, xml)
    with db.engine.connect() as other:
        if other.dialect.name == "postgresql":
            other.exec_driver_sql("LOCK TABLE arrival IN ACCESS EXCLUSIVE MODE")
        else:
            other.exec_driver_sql("SELECT 1")  # begins with the writer's lock
        answer = contextvars.Context().run(phone.client.post, PLACE, query_string=query, data=body)
        assert (answer.status_code, answer.text) == (503, "busy")
        other.rollback()
    monkeypatch.undo()
    assert phone.post(xml).status_code == 200
    assert len(arrivals()) == 1
