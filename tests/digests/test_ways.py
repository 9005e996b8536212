"""By which way a message goes: WeChat, WeCom, e-mail; what is refused goes by the next one."""

import json
import re
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from app.core import clock, conditions, pulses, vault
from app.core.clock import LONG_AGO, now
from app.core.db import db
from app.core.outbox import Letter
from app.customers.models import Moment
from app.digests import dues, groups, log, reach, standing
from app.digests.models import Delivery
from app.inbox.models import Message
from app.wechat import noticing
from app.wecom import accounts, client
from tests import make
from tests.digests.conftest import deliveries, reached


@pytest.fixture
def listed(at, amy, lin):
    at("2026-08-20 10:00")
    one = make.followup(lin, staff=amy, what="试用装", hours=48)
    at("2026-08-22 08:30")
    return one


@pytest.fixture
def bound(phone, browser, amy, work):
    """Amy's own WeChat, bound by the code of her page."""
    shown = browser.as_(amy).post("/settings/me/reminders/wechat").text
    phone.does("subscribe")
    phone.says(re.search("绑定([0-9]{8})", shown)[0])
    work()
    noticing.TEMPLATE.put("tpl-1")
    db.session.commit()
    db.session.refresh(amy)
    return amy


class WeCom:
    """The platform of 企业微信 on loopback: what it was told, and what it answers."""

    def __init__(self):
        self.told, self.answers, self.tokens = [], [], 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, path, query, body):
        if path.endswith("/gettoken"):
            self.tokens += 1
            right = query == {"corpid": "ww1234567890", "corpsecret": "s3cret"}
            fine = {"errcode": 0, "access_token": f"t{self.tokens}", "expires_in": 7200}
            return fine if right else {"errcode": 40001}
        if self.answers:
            return self.answers.pop(0)
        self.told.append((path.rsplit("/", 2)[1], query, body))
        return {"errcode": 0, "errmsg": "ok", "msgid": "m-1"}

    def _handler(wecom):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.tell(b"")

            def do_POST(self):
                self.tell(self.rfile.read(int(self.headers["Content-Length"])))

            def tell(self, raw):
                parts = urlsplit(self.path)
                body = json.loads(raw) if raw else None
                answer = wecom.answer(parts.path, dict(parse_qsl(parts.query)), body)
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_args):
                pass

        return Handler


@pytest.fixture
def wecom(app, amy, browser, chief, monkeypatch):
    platform = WeCom()
    base = f"http://127.0.0.1:{platform.server.server_port}"
    monkeypatch.setitem(accounts._given, "wecom", accounts.WeComSettings(api_base=base))
    client._tokens.clear()
    answer = browser.as_(chief).post(
        "/settings/wecom", corp_id="ww1234567890", agent_id="1000002", secret="s3cret",
        robot="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0a1b2c3d-0000-0000-0000-000000000000",
    )  # fmt: skip
    assert answer.status_code == 303
    amy.wecom_user = "XiaoAi"
    db.session.commit()
    yield platform
    platform.server.shutdown()
    platform.server.server_close()


def test_a_colleague_binds_their_wechat_by_a_code_that_works_once(
    phone, platform, browser, amy, ben, work, at
):
    mine = browser.as_(amy)
    said = re.search("绑定([0-9]{8})", mine.post("/settings/me/reminders/wechat").text)[0]
    phone.does("subscribe")
    phone.says(f" {said} ")
    work()
    db.session.refresh(amy)
    assert (amy.wechat_account, amy.wechat_openid) == ("wxshop", phone.openid)
    assert phone.screen == ["小艾，绑定好了，以后提醒会发到这里。"]
    assert db.session.scalar(db.select(db.func.count(Message.id))) == 0  # no customer said it
    assert "绑定了" in mine.get("/settings/me/reminders").text
    phone.says(said)  # used up: an ordinary message
    work()
    assert db.session.scalars(db.select(Message.text)).all() == [said]
    theirs = re.search(
        "绑定([0-9]{8})", browser.as_(ben).post("/settings/me/reminders/wechat").text
    )
    moment = now() + timedelta(minutes=11)
    clock.source = lambda: moment
    phone.says(theirs[0])
    work()
    db.session.refresh(ben)
    assert ben.wechat_openid == ""
    clock.source = clock.system_now
    theirs = re.search(
        "绑定([0-9]{8})", browser.as_(ben).post("/settings/me/reminders/wechat").text
    )
    phone.says(theirs[0])
    work()
    db.session.refresh(amy)
    db.session.refresh(ben)
    assert (amy.wechat_openid, ben.wechat_openid) == ("", phone.openid)  # one WeChat is one person
    browser.as_(ben).post("/settings/me/reminders/wechat/ending")
    db.session.refresh(ben)
    assert ben.wechat_openid == ""


def test_a_colleague_binds_their_wechat_by_a_scan_that_works_once(
    phone, platform, browser, amy, ben, work, at
):
    at("2026-08-20 10:00")
    mine = browser.as_(amy)
    asked = mine.post("/settings/me/reminders/wechat").text
    assert "正在要二维码" in asked
    assert 'hx-get="/settings/me/reminders/wechat"' in asked
    assert mine.get("/settings/me/reminders/wechat/picture.svg").status_code == 204
    work()
    (wish,) = platform.codes
    scene = wish["action_info"]["scene"]["scene_str"]
    assert (wish["action_name"], wish["expire_seconds"]) == ("QR_STR_SCENE", 600)
    assert "扫一扫" in mine.get("/settings/me/reminders/wechat").text
    assert "<svg" in mine.get("/settings/me/reminders/wechat/picture.svg").text
    assert browser.as_(ben).get("/settings/me/reminders/wechat/picture.svg").status_code == 204
    phone.does("subscribe", f"qrscene_{scene}")
    work()
    db.session.refresh(amy)
    assert (amy.wechat_account, amy.wechat_openid) == ("wxshop", phone.openid)
    assert "小艾，绑定好了，以后提醒会发到这里。" in phone.screen
    assert mine.get("/settings/me/reminders/wechat").status_code == 303
    phone.does("SCAN", scene)  # used up
    work()
    told = db.session.scalars(db.select(Moment)).all()
    assert [one.details for one in told if one.kind == "wechat.followed"] == [{"scene": ""}]
    assert scene not in str([one.details for one in told])  # no customer did this
    browser.as_(ben).post("/settings/me/reminders/wechat")
    work()
    phone.does("SCAN", platform.codes[-1]["action_info"]["scene"]["scene_str"])
    work()
    db.session.refresh(amy)
    db.session.refresh(ben)
    assert (amy.wechat_openid, ben.wechat_openid) == ("", phone.openid)  # one WeChat is one person
    theirs = browser.as_(amy)
    theirs.post("/settings/me/reminders/wechat")
    at("2026-08-20 10:11")
    assert "二维码失效了" in theirs.get("/settings/me/reminders/wechat").text


@pytest.mark.parametrize("trouble", [48001, "http 502", -1])
def test_an_account_without_such_codes_leaves_the_typed_one(
    phone, platform, browser, amy, work, trouble
):
    mine = browser.as_(amy)
    said = re.search("绑定([0-9]{8})", mine.post("/settings/me/reminders/wechat").text)[0]
    platform.answers = [trouble, trouble]
    work()
    shown = mine.get("/settings/me/reminders/wechat").text
    assert "扫一扫" not in shown
    assert "hx-get" not in shown
    platform.answers = []
    phone.does("SCAN", "")  # no scene is nobody's
    phone.says(said)
    work()
    db.session.refresh(amy)
    assert amy.wechat_openid == phone.openid


@pytest.mark.parametrize("kind", ["template", "subscribe"])
def test_a_list_arrives_in_wechat(listed, bound, platform, send, browser, kind):
    noticing.KIND.put(kind)
    noticing.FIELDS.put("thing1=标题 thing2=内容 time3=时间 number4=数量 name5=称呼")
    db.session.commit()
    platform.forget()
    send()
    (told,) = platform.sent
    assert told["touser"] == bound.wechat_openid
    assert told["template_id"] == "tpl-1"
    assert told["data"] == {
        "thing1": {"value": "今日清单"}, "thing2": {"value": "今天要联系 1"},
        "time3": {"value": "2026-08-22 08:30"}, "number4": {"value": "1"},
        "name5": {"value": "小艾"},
    }  # fmt: skip
    url = told["url" if kind == "template" else "page"]
    shown = browser.get(urlsplit(url).path).text
    assert "试用装" in shown
    finish = re.search(r'href="http://127.0.0.1:8000(/a/d[^"]+)"', shown)[1]
    assert browser.post(finish).status_code == 303
    db.session.refresh(listed)
    assert not listed.is_open
    (one,) = deliveries()
    assert (one.state, one.way) == ("sent", "wechat")


def test_what_wechat_refuses_goes_by_mail_and_the_reason_is_shown(
    bound, listed, platform, box, send, browser
):
    reached(bound).digest_first = "wechat"
    db.session.commit()
    platform.answers = [43101]
    send()
    assert len(box.letters) == 1
    (one,) = deliveries()
    assert (one.state, one.way) == ("sent", "email")
    assert one.tried == [{"way": "wechat", "code": "43101",
                          "reason": "对方没有订阅这种通知，请在公众号里点“接收通知”"}]  # fmt: skip
    assert "对方没有订阅这种通知" in browser.as_(bound).get("/settings/me/reminders").text


def test_a_way_that_is_closed_is_not_tried(listed, bound, phone, platform, box, send, work):
    reached(bound).digest_first = "wechat"
    noticing.TEMPLATE.put("")
    db.session.commit()
    assert reach.closed(bound, "wechat") == noticing.NO_TEMPLATE
    noticing.TEMPLATE.put("tpl-1")
    db.session.commit()
    phone.does("unsubscribe")
    work()
    assert reach.closed(bound, "wechat") == noticing.GONE
    platform.forget()
    send()
    assert platform.paths == []
    assert (len(box.letters), deliveries()[0].tried[0]["reason"]) == (1, noticing.GONE)


def test_while_wechat_is_away_a_list_waits_a_little_then_goes_by_mail(
    bound, listed, platform, box, send, at
):
    reached(bound).digest_first = "wechat"
    db.session.commit()
    platform.answers = [45009]  # the day's calls are used up: all wait until tomorrow
    send()
    assert deliveries()[0].state == "waiting"
    moment = now() + timedelta(hours=17)  # the platform's next day
    clock.source = lambda: moment
    db.session.execute(db.text("UPDATE access_token SET paused_until = :until"),
                       {"until": (moment + timedelta(hours=1)).replace(tzinfo=None)}
                       if db.engine.dialect.name == "sqlite"
                       else {"until": moment + timedelta(hours=1)})  # fmt: skip
    db.session.commit()
    send()
    assert "email" in [one.way for one in deliveries(state="sent")]


def test_the_words_of_a_template_are_checked_and_fitted(app, chief, browser):
    for bad in ("thing1", "thing1=价格", "=标题", "Thing1=标题", ""):
        answer = browser.as_(chief).post("/settings/values/wechat.notice_fields", value=bad)
        assert answer.status_code == 422, bad
    assert noticing._fit("thing2", "x" * 30) == "x" * 19 + "…"
    assert noticing._fit("time3", "2026-08-22 08:30") == "2026-08-22 08:30"


def test_a_list_arrives_in_wecom_as_a_card(wecom, amy, listed, send):
    send()
    ((kind, query, body),) = wecom.told
    assert (kind, query["access_token"]) == ("message", "t1")
    assert (body["touser"], body["agentid"], body["msgtype"]) == ("XiaoAi", 1000002, "textcard")
    card = body["textcard"]
    assert (card["title"], card["description"]) == ("今日清单", "今天要联系 1")
    assert "/a/l." in card["url"]
    assert deliveries(staff_id=amy.id)[0].way == "wecom"


@pytest.mark.parametrize(
    ("answers", "ends"),
    [
        ([{"errcode": 42001}], ("sent", "")),  # a stale token is renewed
        ([{"errcode": 81013}], ("failed", "81013")),
        ([{"errcode": 0, "invaliduser": "XiaoAi"}], ("failed", "81013")),
        ([{"errcode": 60020}], ("failed", "60020")),
        ([b"<html>a proxy"], ("unknown", "")),
    ],
)
def test_what_wecom_refuses_is_said(wecom, amy, listed, send, answers, ends):
    wecom.answers = answers
    send()
    (one,) = deliveries(staff_id=amy.id)
    assert (one.state, one.tried[0]["code"] if one.tried else "") == ends


def test_the_group_hears_how_much_there_is_and_no_names(wecom, amy, listed, work, at):
    groups.tell.later()
    work()
    assert wecom.told == []
    at("2026-08-22 11:00")
    for _run in range(2):
        groups.tell.later()
        work()
    ((kind, query, body),) = wecom.told
    assert (kind, query["key"][:8]) == ("webhook", "0a1b2c3d")
    words = body["markdown"]["content"]
    assert "<@XiaoAi>：今天要联系 1" in words
    assert "林小满" not in words
    assert "/a/" not in words


def test_secrets_of_wecom_are_sealed_and_nonsense_is_refused(wecom, chief, browser):
    assert vault.read("wecom.secret") == "s3cret"
    owner = browser.as_(chief)
    shown = owner.get("/settings/wecom").text
    assert "s3cret" not in shown
    assert "0a1b2c3d" not in shown
    for bad in ({"corp_id": "x"}, {"agent_id": "12a"}, {"robot": "http://evil.example.com/key"}):
        assert owner.post("/settings/wecom", **bad).status_code == 422
    owner.post("/settings/wecom", corp_id="ww1234567890", agent_id="1000002", forget_robot="y")
    assert accounts.robot() == ""
    assert accounts.app()


def test_a_follow_up_is_told_of_at_its_hour_once_for_each_moment(
    listed, box, amy, lin, outside, work, at, browser
):
    reached(amy)
    second = make.customer("王芳", owner=amy)
    make.followup(second, staff=amy, what="取货", hours=1.5)  # the same 10:00

    def minute():
        outside(dues.remind)
        work()

    minute()
    assert box.letters == []
    at("2026-08-22 10:00")
    minute()
    minute()
    (letter,) = box.letters
    assert letter["Subject"] == "到时间了：要联系 2 位客户"
    assert "林小满：今天 10:00 · 试用装" in box.words()
    assert browser.post(box.links()[1]).status_code == 303  # until tomorrow
    at("2026-08-23 10:01")
    minute()
    assert [one["Subject"] for one in box.letters[1:]] == ["到时间了：联系林小满"]
    page = browser.as_(amy).get(f"/followups/{listed.id}/deliveries").text
    assert "10:00 改到明天" in page
    assert page.count("到点提醒") == 2
    assert (deliveries()[0].kind, deliveries()[0].opened_at > LONG_AGO) == ("due", True)


def test_what_went_out_long_ago_is_forgotten(listed, box, amy, send, work, at):
    reached(amy)
    send()
    for moment, left in (("2027-02-27 12:00", 1), ("2027-03-01 12:00", 0)):
        at(moment)
        log.prune.later()
        work()
        assert len(deliveries()) == left
    db.session.refresh(listed)
    assert listed.is_open


def test_who_wants_no_reminder_at_the_hour_gets_none(listed, box, amy, outside, work, at):
    reached(amy).remind_due = False
    db.session.commit()
    at("2026-08-22 10:00")
    outside(dues.remind)
    work()
    assert box.letters == deliveries() == []


def test_a_test_reminder_goes_by_every_way_and_shows_its_fate(bound, box, platform, browser, work):
    mine = browser.as_(reached(bound))
    platform.answers = [43004]
    assert mine.post("/settings/me/reminders/tests").status_code == 303
    assert "hx-get" in mine.get("/settings/me/reminders/log").text
    work()
    page = mine.get("/settings/me/reminders/log").text
    assert "hx-get" not in page
    assert {(one.ways == [], one.way, one.state) for one in deliveries()} == {
        (True, "email", "sent"), (True, "wechat", "failed"),
    }  # fmt: skip
    assert "测试提醒" in page
    assert box.letters[0]["Subject"] == "熟客的测试提醒"
    assert mine.post("/settings/me/reminders/tests").status_code == 409  # a moment ago


def test_a_test_without_any_way_is_not_offered_and_says_so(browser, amy):
    assert "/reminders/tests" not in browser.as_(amy).get("/settings/me/reminders").text
    answer = browser.as_(amy).htmx.post("/settings/me/reminders/tests")
    assert answer.status_code == 409
    assert "还没有填任何接收方式" in answer.text


def test_the_service_is_seen_to_run_and_its_silence_is_an_alarm(app, amy, browser, at, outside):
    at("2026-08-22 08:30")
    pulses.beat(pulses.REMINDERS)
    db.session.commit()
    at("2026-08-22 08:31")
    assert "提醒服务 1 分钟前运行" in browser.as_(amy).get("/").text
    at("2026-08-22 08:45")
    assert "提醒服务停了" in browser.as_(amy).get("/").text
    ill = {one.name for one in standing.conditions() if one.level == conditions.ILL}
    assert ill == {"reminders"}
    db.session.add(Delivery(key="k", staff_id=amy.id, kind="day", on=clock.today(),
                            due_at=now() - timedelta(hours=3)))  # fmt: skip
    db.session.flush()
    ill = {one.name for one in standing.conditions() if one.level == conditions.ILL}
    assert ill == {"reminders", "deliveries"}
    assert db.session.scalar(db.select(db.func.count(Letter.id))) == 0
