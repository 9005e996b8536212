"""The setup doctor: what it finds over the wire, and how it says so."""

import threading
from dataclasses import replace

import pytest
from werkzeug.serving import make_server

from app.core import vault
from app.core.clock import now
from app.core.db import db
from app.wechat import abilities, accounts, asking, binding, doctor, examining, findings, tally
from app.wechat.accounts import Account
from app.wechat.envelopes import Rejected, open_envelope
from app.wechat.findings import BAD, OK, UNKNOWN, WARN
from app.wechat.models import Checkup
from tests.outside import KEY, message, sealed
from tests.wechat.stand_in import stand_in
from tests.wechat.test_binding import APP_ID, SECRET

OTHER_KEY = "ABCDEFGabcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture
def tencent(app):
    with stand_in(lambda: now().timestamp()) as (here, base):
        here.account = Account("wxdoctor", "secret", "token", (KEY,), base)
        yield here


@pytest.fixture
def live(app):
    """The address of our own server."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def at_once(monkeypatch):
    """The callback writes its counts down at once."""
    monkeypatch.setattr(tally, "PAUSE", 0.0)
    tally._counts.clear()


def said(finding):
    """The finding as its reader sees it."""
    return finding.reason % finding.params, finding.cure % finding.params


# Who we are ---------------------------------------------------------------------------------------


def test_a_good_account_has_a_token_and_a_right_clock(tencent):
    finding, token, skew = examining.identity(tencent.account)
    assert (finding.state, token) == (OK, "t0")
    assert examining.clock(skew).state == OK


@pytest.mark.parametrize(
    ("errmsg", "ip"),
    [
        (
            "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 1-2",
            "203.0.113.7",
        ),
        ("invalid ip 2001:db8::1, not in whitelist", "2001:db8::1"),
        ("invalid ip 203.0.113.8, not in whitelist hint: [x]", "203.0.113.8"),
    ],
)
def test_an_address_that_is_not_on_the_list_is_named_to_be_copied(tencent, errmsg, ip):
    tencent.says["stable_token"] = {"errcode": 40164, "errmsg": errmsg}
    finding, token, _skew = examining.identity(tencent.account)
    assert (finding.state, token) == (BAD, "")
    assert finding.params["ip"] == ip
    assert "IP 白名单" in said(finding)[0]
    assert ip in said(finding)[1]


def test_an_address_that_the_platform_does_not_name_is_asked_for(tencent):
    tencent.says["stable_token"] = {"errcode": 40164, "errmsg": "no"}
    assert "外网地址" in said(examining.identity(tencent.account)[0])[1]


@pytest.mark.parametrize(
    ("answer", "state", "word"),
    [
        ({"errcode": 40013}, BAD, "没有这个 AppID"),
        ({"errcode": 40125}, BAD, "AppSecret 不对"),
        ({"errcode": 40001}, BAD, "AppSecret 不对"),
        ({"errcode": 89503}, BAD, "管理员"),
        ({"errcode": 40243}, BAD, "冻结"),
        ({"errcode": -1}, WARN, "-1"),
        ({"errcode": 45009}, WARN, "45009"),
        ({"access_token": 5}, WARN, "0"),
        ("<html>login</html>", BAD, "不像是微信"),
        ("[]", BAD, "不像是微信"),
    ],
)
def test_every_refusal_has_a_reason_and_a_cure(tencent, answer, state, word):
    tencent.says["stable_token"] = answer
    finding, token, _skew = examining.identity(tencent.account)
    assert (finding.state, token) == (state, "")
    reason, cure = said(finding)
    assert word in reason
    assert cure


def test_a_platform_that_cannot_be_reached_is_said(app):
    nowhere = Account("wx", "s", "t", (KEY,), "http://127.0.0.1:9")
    finding, _token, skew = examining.identity(nowhere)
    assert finding.state == BAD
    assert "443" in finding.cure
    assert examining.clock(skew).state == UNKNOWN


@pytest.mark.parametrize(
    ("ahead", "state", "word"),
    [
        (-30, OK, ""),
        (-180, WARN, "快了 3.0 分钟"),
        (600, BAD, "慢了 10.0 分钟"),
        (-3600, BAD, "快了 60.0"),
    ],
)
def test_a_clock_that_drifts_is_named_by_the_platforms_own(tencent, ahead, state, word):
    tencent.ahead = ahead
    finding = examining.clock(examining.identity(tencent.account)[2])
    assert finding.state == state
    assert word in said(finding)[0]


# What it can --------------------------------------------------------------------------------------


def table(tencent):
    finding, answers, kind = examining.what_it_can(tencent.account, "t0")
    return finding.state, kind, {one.name: one.can for one in answers}


def test_a_verified_service_account_can_all(tencent):
    state, kind, can = table(tencent)
    assert (state, kind) == (OK, abilities.SERVICE)
    assert set(can.values()) == {abilities.YES}
    assert set(can) == set(abilities.BY_NAME)


def test_a_verified_subscription_account_has_no_templates(tencent):
    tencent.refuses("get_all_private_template", "gettemplate")
    state, kind, can = table(tencent)
    assert (state, kind) == (WARN, abilities.SUBSCRIPTION)
    assert (can["template"], can["oauth"], can["reply"]) == ("no", "no", "yes")


def test_an_account_without_verification_cannot_answer(tencent):
    tencent.refuses("get_all_private_template", "gettemplate", "user/get", "menu/get", "tags/get")
    tencent.refuses("quota/get", code=76022)
    state, kind, can = table(tencent)
    assert (state, kind) == (BAD, abilities.UNVERIFIED)
    assert set(can.values()) == {abilities.NO}


def test_what_cannot_be_told_is_not_guessed(tencent):
    tencent.says = {end: {"errcode": -1} for end in tencent.says}
    tencent.says["quota/get"] = {"errcode": 0, "quota": {"daily_limit": 0, "used": 0}}
    state, kind, can = table(tencent)
    assert (state, kind) == (UNKNOWN, abilities.UNCLEAR)
    assert set(can.values()) == {abilities.PERHAPS}


def test_who_does_not_answer_once_is_not_asked_six_times_more(app, monkeypatch):
    asked = []

    def silent(*args):
        asked.append(args)
        raise asking.Silent("silence")

    monkeypatch.setattr(asking, "platform", silent)
    assert {one.can for one in abilities.ask(None, "t")} == {abilities.PERHAPS}
    assert len(asked) == 1


def test_the_doctor_changes_nothing_on_the_platform(tencent):
    examining.what_it_can(tencent.account, "t0")
    assert not [path for path in tencent.asked if path.endswith(("create", "send", "delete"))]


# Where we are -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "state", "word"),
    [
        ("", BAD, "还没有写"),
        ("http://127.0.0.1:8000", BAD, "127.0.0.1 只有本机"),
        ("https://192.168.1.5", BAD, "只有本机或内网"),
        ("https://shop.local", BAD, "只有本机或内网"),
        ("https://shop", BAD, "只有本机或内网"),
        ("https://203.0.114.5:8443", BAD, "80 和 443"),
        ("http://203.0.114.5", WARN, "https"),
        ("https://203.0.114.5", OK, "没有问题"),
    ],
)
def test_an_address_that_the_platform_could_never_reach_is_said(app, url, state, word):
    finding = examining.address(url)
    assert finding.state == state
    assert word in said(finding)[0]
    assert state == OK or finding.cure


def test_a_name_that_leads_inside_is_not_public(app, monkeypatch):
    monkeypatch.setattr(
        examining.socket, "getaddrinfo", lambda *_a: [(2, 1, 6, "", ("10.0.0.8", 0))]
    )
    assert examining.address("https://shop.example").state == BAD


def test_our_own_callback_is_found_by_its_public_address(live, platform):
    assert examining.outside(platform.account, live).state == OK
    stranger = replace(platform.account, token="another")
    assert "另一个 Token" in examining.outside(stranger, live).reason


def test_somebody_else_at_our_address_is_said(tencent):
    finding = examining.outside(tencent.account, tencent.account.api_base)
    assert finding.state == BAD
    assert "不是熟客" in said(finding)[0]


@pytest.mark.parametrize(
    ("why", "state"), [("name", BAD), ("certificate", BAD), ("refused", WARN), ("silence", WARN)]
)
def test_an_address_that_nobody_answers_is_said(app, monkeypatch, why, state):
    def silent(*_args):
        raise asking.Silent(why)

    monkeypatch.setattr(asking, "ourselves", silent)
    finding = examining.outside(Account("wx", "", "t", (), ""), "https://shop.example")
    assert finding.state == state
    assert finding.cure


def test_why_nobody_answered_is_told_apart(app, monkeypatch):
    with pytest.raises(asking.Silent) as refused:
        asking.ourselves("http://127.0.0.1:9/x")
    assert refused.value.why == "refused"


@pytest.mark.parametrize(
    ("answer", "state", "word"),
    [
        ({"errcode": 40201}, BAD, "还没有填服务器地址"),
        ({"dns": [], "ping": []}, BAD, "解析不到"),
        ({"dns": [{"ip": "203.0.113.9"}], "ping": [{"package_loss": "100%"}]}, WARN, "203.0.113.9"),
        ({"dns": [{"ip": "203.0.113.9"}]}, OK, "203.0.113.9"),
        ({"errcode": -1}, UNKNOWN, "-1"),
        ("nonsense", UNKNOWN, "-2"),
        ({"dns": "x", "ping": 5}, BAD, "解析不到"),
    ],
)
def test_what_the_platform_sees_of_us(tencent, answer, state, word):
    tencent.says["callback/check"] = answer
    finding = examining.reached(tencent.account, "t0")
    assert finding.state == state
    assert word in said(finding)[0]


def test_a_proof_is_looked_for_where_the_platform_looks(live, tencent):
    proof = binding.put_proof("MP_verify_aBcD1234.txt", b"aBcD1234")
    db.session.commit()
    files = [(proof.code, proof.content)]
    assert examining.proof(live, files).state == OK
    assert examining.proof(live, [("missing1", "x")]).state == BAD
    assert examining.proof(tencent.account.api_base, files).state == BAD
    assert examining.proof("http://127.0.0.1:9", files).state == WARN
    assert examining.proof(live, []).state == UNKNOWN


# What the callback has seen ----------------------------------------------------------------------


def messages_of(account):
    return doctor._messages(account)


def test_messages_that_cannot_be_read_are_counted_and_shown(phone, platform, at_once):
    wrong = replace(platform.account, aes_keys=(OTHER_KEY,))
    for number in range(3):
        text = message("o-1", MsgType="text", Content="x", MsgId=str(number))
        assert phone.post(text, wrong).status_code == 403
    finding = messages_of(platform.account)
    assert finding.state == BAD
    reason, cure = said(finding)
    assert "有 3 条消息解不开" in reason
    assert "EncodingAESKey" in cure


def test_messages_in_clear_for_an_account_with_a_key_are_shown(phone, platform, at_once):
    clear = replace(platform.account, aes_keys=())
    phone.post(message("o-1", MsgType="text", Content="x", MsgId="1"), clear)
    assert "安全模式" in said(messages_of(platform.account))[1]


def test_a_wrong_signature_is_told_apart_from_a_wrong_clock(phone, platform, at_once):
    phone.post(message("o-1", MsgType="text", Content="x", MsgId="1"), None, signature="0" * 40)
    assert "签名不对" in said(messages_of(platform.account))[0]
    phone.post(message("o-1", MsgType="text", Content="x", MsgId="1"), None, timestamp="1000000000")
    assert "时钟" in said(messages_of(platform.account))[1]


def test_a_message_that_came_is_shown(phone, platform, at_once):
    assert messages_of(platform.account).state == UNKNOWN
    phone.says("在吗")
    assert messages_of(platform.account).state == OK


def test_a_greeting_is_known_before_the_first_message(live, platform, at_once):
    examining.outside(platform.account, live)
    assert "等第一条" in messages_of(platform.account).reason


def test_other_keys_begin_the_counting_anew(phone, platform, at_once):
    phone.post(message("o-1", MsgType="text", Content="x", MsgId="1"), None, signature="0" * 40)
    binding.put_keys(token="another1", aes_key=KEY)
    db.session.commit()
    assert messages_of(platform.account).state == UNKNOWN


def test_a_thousand_knocks_of_a_stranger_are_one_write(app, phone, monkeypatch):
    writes = []
    monkeypatch.setattr(tally.together, "commit", lambda _write, counted: writes.append(counted))
    monkeypatch.setattr(tally, "_written", [float("-inf")])
    tally._counts.clear()
    for _ in range(1000):
        tally.note("", "signature")
    assert len(writes) == 1
    assert tally._counts["", "signature"] == 999


def test_counts_that_could_not_be_written_are_kept(app, monkeypatch, at_once):
    def busy(_write, _counted):
        raise TimeoutError

    monkeypatch.setattr(tally.together, "commit", busy)
    tally.note("", "signature")
    tally.note("", "signature")
    assert tally._counts["", "signature"] == 2
    monkeypatch.undo()
    tally._counts.clear()


def test_whose_token_a_bad_push_knew_is_told(app, platform):
    query, body = sealed(replace(platform.account, aes_keys=(OTHER_KEY,)), "<xml></xml>")
    with pytest.raises(Rejected) as no:
        open_envelope(query, body)
    assert no.value.account == platform.account.app_id


# All of it ----------------------------------------------------------------------------------------


@pytest.fixture
def bound(app, tencent):
    """A typed account whose platform is the stand-in."""
    binding.put_app(app_id=APP_ID, secret=SECRET)
    binding.make_keys()
    db.session.commit()
    accounts._held.given = replace(accounts._held.given, api_base=tencent.account.api_base)
    accounts._held.rows = None
    accounts.look_again()
    return accounts.real()


def states(report):
    return {one.check: one.state for one in report.findings}


def test_a_look_covers_everything_and_names_every_check(bound):
    report = doctor.look(bound)
    assert states(report) == {
        "values": OK, "token": OK, "clock": OK, "kind": OK, "reached": OK, "address": BAD,
        "messages": UNKNOWN,
    }  # fmt: skip
    assert not report.is_well
    for one in report.findings:
        assert one.check in findings.CHECKS
        assert one.state == OK or one.cure or one.state == UNKNOWN
        said(one)


def test_with_nothing_typed_it_says_what_is_missing(app):
    report = doctor.look(None)
    assert states(report) == {"values": BAD, "address": BAD}
    assert "AppID" in said(report.findings[0])[0]


def test_another_secret_key_is_said_with_what_to_type_again(bound, monkeypatch):
    vault.put("mail.password", "x")
    db.session.commit()
    monkeypatch.setattr(vault, "_key", lambda: b"k" * 32)
    accounts._held.rows = None
    accounts.look_again()
    report = doctor.look(accounts.real())
    texts = [said(one)[0] for one in report.findings if one.check == "sealed"]
    assert "AppSecret、Token、EncodingAESKey" in texts[0]
    assert "1 个" in texts[1]


def test_a_worker_looks_and_the_page_shows_it(bound, work):
    row = doctor.ask()
    db.session.commit()
    assert doctor.is_running(row)
    work()
    row = doctor.seen()
    assert not doctor.is_running(row)
    assert row.kind == abilities.SERVICE
    assert {one["check"] for one in row.findings} >= {"token", "clock"}
    assert SECRET not in str(row.findings)


def test_asking_twice_is_one_row(bound, work):
    for _ in range(2):
        doctor.ask()
        db.session.commit()
    work()
    assert len(db.session.scalars(db.select(Checkup)).all()) == 1


def test_a_check_that_got_lost_can_be_asked_again(bound, at):
    at("2026-11-22 10:00")
    row = doctor.ask()
    db.session.commit()
    at("2026-11-22 10:04")
    assert not doctor.is_running(row)


def test_the_command_prints_the_same_and_fails_when_something_is_wrong(app, bound):
    result = app.test_cli_runner().invoke(args=["wechat", "doctor"])
    assert result.exit_code == 1
    assert "AppID 和 AppSecret" in result.stdout
    assert "怎么办：" in result.stdout
    assert "已认证的服务号" in result.stdout
    assert "今天用了 12 / 500000 次" in result.stdout
    assert "还没有接好" in result.stderr
    assert SECRET not in result.output
