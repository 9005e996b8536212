"""A practice customer talks with the shop over the whole real path."""

import io
from datetime import timedelta

from app.core import clock
from app.core.db import db
from app.core.outbox import Letter
from app.customers.models import Customer, Moment
from app.inbox import places, replying
from app.inbox.models import Conversation, Message
from app.practice import phone as phones
from app.practice import tencent
from app.practice.models import Bubble, Wire
from tests.media import FILM


def the(model):
    return db.session.scalars(db.select(model)).one()


def answer(work, by, text="在的"):
    replying.write_down(the(Conversation), text, by=by)
    db.session.commit()
    work()
    return db.session.scalars(db.select(Letter).order_by(Letter.id.desc())).first()


def test_following_makes_an_unnamed_customer_of_practice(hand):
    hand.does(phones.follow)
    customer = the(Customer)
    assert customer.unnamed
    assert customer.source == "practice"
    assert the(Bubble).answer == "200 success"
    assert the(Wire).good


def test_what_the_phone_says_is_answered_and_appears_on_its_screen(hand, work, browser, max_):
    hand.does(phones.follow)
    hand.says("奶粉有货吗")
    chat = the(Conversation)
    assert "奶粉有货吗" in browser.as_(max_).get("/inbox", tab="all").text
    browser.as_(max_).post(f"/inbox/{chat.id}/messages", text="有的，今天刚到")
    work()
    assert hand.screen == ["有的，今天刚到"]
    assert the(Letter).state == "sent"


def test_text_that_would_break_the_envelope_arrives_as_written(hand):
    hand.does(phones.follow)
    hand.says("a]]>b <xml>&amp; 😀")
    assert the(Message).text == "a]]>b <xml>&amp; 😀"


def test_pictures_voices_places_scans_and_menus_reach_the_shop(hand):
    hand.does(phones.scan, "门店海报")
    hand.does(phones.shows, "bottle.png")
    hand.does(phones.speaks)
    hand.does(phones.locate, "park")
    hand.does(phones.scan, "收银台")
    hand.does(phones.click, "NEW")
    kinds = [m.kind for m in db.session.scalars(db.select(Message).order_by(Message.id))]
    assert kinds == ["image", "voice", "location"]
    told = {m.kind: m.details for m in db.session.scalars(db.select(Moment))}
    assert told["wechat.followed"] == {"scene": "门店海报"}
    assert told["wechat.scanned"] == {"scene": "收银台"}
    assert told["wechat.clicked"] == {"button": "NEW"}


def test_who_unfollowed_cannot_be_answered_and_the_reason_is_said(hand, work, chief):
    hand.does(phones.follow)
    hand.says("在吗")
    hand.does(phones.unfollow)
    letter = answer(work, chief)
    assert letter.state == "failed"
    assert "取消关注" in letter.reason
    assert hand.screen == []


def test_the_platform_refuses_the_sixth_message_itself(hand, work, chief, monkeypatch):
    hand.does(phones.follow)
    clock.source = lambda: clock.system_now() + timedelta(minutes=2)
    hand.says("在吗")
    monkeypatch.setattr("app.core.outbox.guards", [])
    letters = [answer(work, chief, f"第 {n} 条") for n in range(1, 7)]
    assert [one.code for one in letters] == ["", "", "", "", "", "45047"]
    assert len(hand.screen) == 5
    last = db.session.scalars(db.select(Wire).order_by(Wire.id.desc())).first()
    assert last.answer.startswith("45047")


def test_after_48_hours_the_platform_refuses_itself(hand, work, chief, monkeypatch):
    hand.does(phones.follow)
    hand.says("在吗")
    clock.source = lambda: clock.system_now() + timedelta(hours=48, minutes=1)
    monkeypatch.setattr("app.core.outbox.guards", [])
    assert answer(work, chief).code == "45015"
    assert hand.screen == []


def test_a_failure_that_was_switched_on_is_what_the_shop_sees(hand, work, chief):
    hand.does(phones.follow)
    hand.says("在吗")
    hand.does(phones.set_failure, 43019)
    letter = answer(work, chief)
    assert (letter.state, letter.code) == ("failed", "43019")


def test_a_broken_line_leaves_the_bubble_doubtful(hand, work, chief):
    hand.does(phones.follow)
    hand.says("在吗")
    hand.does(phones.set_failure, tencent.ARRIVED)
    assert answer(work, chief).state == "unknown"
    assert hand.screen == ["在的"]
    hand.does(phones.set_failure, tencent.LOST)
    assert answer(work, chief, "再说").state == "unknown"
    assert hand.screen == ["在的"]


def test_a_push_that_was_refused_is_seen_and_tried_again(hand, live, work, monkeypatch):
    hand.does(phones.follow)
    monkeypatch.setattr("app.practice.pushing.CALLBACK", "/nothing-here")
    hand.says("在吗")
    assert [w.good for w in db.session.scalars(db.select(Wire).order_by(Wire.id))] == [True, False]
    monkeypatch.undo()
    clock.source = lambda: clock.system_now() + timedelta(seconds=10)
    work()
    assert the(Message).text == "在吗"


def test_the_screen_is_a_page_and_asks_for_news_alone(hand, browser, chief, app):
    chiefs = browser.as_(chief)
    assert chiefs.get("/practice").status_code == 200
    path = f"/practice/{hand.id}"
    assert "还没有关注" in chiefs.htmx.post(f"{path}/messages", text="在吗").text
    assert chiefs.htmx.post(f"{path}/following", on="1").status_code == 200
    page = chiefs.htmx.post(f"{path}/messages", text="在吗")
    assert "在吗" in page.text
    seen = page.text.split("seen=")[1].split('"')[0]
    assert chiefs.htmx.get(f"{path}/now", seen=seen).status_code == 204
    hand.work()
    news = chiefs.htmx.get(f"{path}/now", seen=seen)
    assert "200 success" in news.text
    assert "hx-swap-oob" in news.text
    for name, fields in (
        ("voices", {}), ("locations", {"place": "park"}), ("scan", {"scene": "海报"}),
        ("clicks", {"key": "NEW"}), ("pictures", {"sample": "size.png"}),
        ("failure", {"code": "45015"}), ("following", {"on": "0"}),
    ):  # fmt: skip
        assert chiefs.htmx.post(f"{path}/{name}", **fields).status_code == 200, name
    assert chiefs.post("/practice").status_code == 303


def test_an_upload_is_believed_by_its_content_alone(hand, browser, chief, monkeypatch):
    monkeypatch.setattr("app.practice.media.LARGEST", 2000)
    hand.does(phones.follow)
    send = browser.as_(chief).htmx.post
    path = f"/practice/{hand.id}/pictures"
    fake = send(path, _files={"picture": (io.BytesIO(b"<svg onload=alert(1)>"), "a.png")})
    assert fake.status_code == 422
    assert "不是图片" in fake.text
    large = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"0" * 2000
    assert send(path, _files={"picture": (io.BytesIO(large), "a.png")}).status_code == 422
    real = b"GIF89a" + b"\0" * 20
    assert send(path, _files={"picture": (io.BytesIO(real), "../../x.php")}).status_code == 200
    name = phones.screen(hand.row)[-1].details["media"]
    assert name.endswith(".gif")
    assert browser.as_(chief).get(f"/practice/media/{name}").data == real


def test_agents_have_no_practice_phone(app, browser, amy):
    assert browser.as_(amy).get("/practice").status_code == 403


def test_a_film_a_document_and_the_place_reach_the_phone(hand, work, browser, chief):
    places.ADDRESS.put("中山路 8 号")
    hand.does(phones.follow)
    hand.says("在吗")
    chat, one = the(Conversation), browser.as_(chief)
    for what, content in (("videos", FILM), ("files", b"%PDF-1.7 x")):
        one.post(f"/inbox/{chat.id}/{what}", _files={"file": (io.BytesIO(content), "报价.pdf")})
    one.post(f"/inbox/{chat.id}/places")
    for seconds in (0, 3, 6):  # the film may be ready only after its letter was looked at
        clock.source = lambda ahead=seconds: clock.system_now() + timedelta(seconds=ahead)
        work()
    shown = [bubble for bubble in phones.screen(hand.row) if bubble.from_shop]
    assert [bubble.kind for bubble in shown] == ["video", "news", "news"]
    assert shown[1].details["url"].startswith("http://127.0.0.1:")
    page = one.get(f"/practice/{hand.id}").text
    assert "报价.pdf" in page
    assert "apis.map.qq.com" in page
