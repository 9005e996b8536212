"""Films, documents and the shop's place leave for a customer; a document by a page of ours."""

import io
from dataclasses import replace

import pytest

from app.core import files, shop, uploads
from app.core.db import db
from app.core.outbox import Letter
from app.inbox import attaching, places, sharing
from app.inbox.models import Conversation, Media, Message
from tests.media import AMR, FILM, HTML, SVG, picture

PDF = b"%PDF-1.7 an offer"


def the(model):
    db.session.expire_all()
    return db.session.scalars(db.select(model)).one()


@pytest.fixture
def chat(phone, work):
    phone.says("在吗")
    work()
    return the(Conversation)


@pytest.fixture
def reachable(app, monkeypatch):
    """The shop has a public address."""
    settings = replace(app.config["SHUKE"], public_url="https://shop.example")
    monkeypatch.setitem(app.config, "SHUKE", settings)


def sends(who, chat, what, content, name="报价.pdf", **more):
    return who.htmx.post(
        f"/inbox/{chat.id}/{what}", _files={"file": (io.BytesIO(content), name)}, **more
    )


def test_a_film_is_made_anew_uploaded_and_sent(chat, chief, browser, work, platform):
    answer = sends(browser.as_(chief), chat, "videos", FILM, "a.mp4")
    assert answer.status_code == 200
    assert "正在准备" in answer.text
    work()
    assert the(Letter).state == "sent"
    assert platform.uploads[0][:2] == ("video", "film.mp4")
    assert platform.sent[-1]["video"] == {"media_id": "up-1"}
    assert "<video" in browser.as_(chief).get(f"/inbox/{chat.id}").text


def test_a_broken_film_is_not_sent_and_says_why(chat, chief, browser, work, platform):
    sends(browser.as_(chief), chat, "videos", FILM[:200])
    work()
    assert the(Letter).state == "failed"
    assert "视频打不开" in the(Letter).reason
    assert platform.uploads == platform.sent == []


def test_a_document_leaves_as_a_card_that_opens_it(
    chat, chief, browser, work, phone, platform, reachable
):
    one = browser.as_(chief)
    for _twice in range(2):
        assert sends(one, chat, "files", PDF, once="7").status_code == 200
    work()
    assert the(Letter).state == "sent"
    (article,) = platform.sent[-1]["news"]["articles"]
    assert article["title"] == "报价.pdf"
    assert article["url"].startswith("https://shop.example/f/")
    assert "1 KB · 点开下载" in article["description"]
    path = article["url"].removeprefix("https://shop.example")
    page = browser.get(path)
    assert page.status_code == 200
    assert "报价.pdf" in page.text
    assert page.headers["X-Robots-Tag"].startswith("noindex")
    got = browser.get(f"{path}/file")
    assert (got.data, got.mimetype) == (PDF, files.UNKNOWN)
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["Content-Security-Policy"].startswith("sandbox")
    assert got.headers["Referrer-Policy"] == "no-referrer"
    assert "点开可以下载" in one.get(f"/inbox/{chat.id}").text


def test_without_a_public_address_a_document_is_refused_with_the_way(chat, chief, browser):
    answer = sends(browser.as_(chief), chat, "files", PDF)
    assert answer.status_code == 422
    assert "PUBLIC_URL" in answer.text
    assert db.session.scalar(db.select(Letter.id)) is None
    assert db.session.scalar(db.select(Media.id)) is None


def test_an_address_that_was_taken_away_since_fails_in_words(
    app, chat, chief, browser, work, monkeypatch, platform
):
    before = app.config["SHUKE"]
    monkeypatch.setitem(app.config, "SHUKE", replace(before, public_url="https://shop.example"))
    sends(browser.as_(chief), chat, "files", PDF)
    monkeypatch.setitem(app.config, "SHUKE", before)
    work()
    assert the(Letter).state == "failed"
    assert "PUBLIC_URL" in the(Letter).reason
    assert platform.sent == []


def test_the_address_ends_after_a_week_and_opens_nothing_else(
    chat, chief, browser, work, platform, reachable, at
):
    at("2026-11-22 12:00")
    sends(browser.as_(chief), chat, "files", PDF)
    work()
    path = platform.sent[-1]["news"]["articles"][0]["url"].removeprefix("https://shop.example")
    at("2026-11-29 11:00")
    assert browser.get(path).status_code == 200
    at("2026-11-29 13:00")
    for gone in (path, f"{path}/file", "/f/x", "/f/1.1.aaaaaaaaaaaaaaaaaaaaaa/file"):
        answer = browser.get(gone)
        assert answer.status_code == 404
        assert "再发一次" in answer.text


def test_a_pass_opens_only_what_we_sent(app, chat, chief, browser, work, platform, reachable):
    sends(browser.as_(chief), chat, "files", PDF)
    work()
    media, path = the(Media), platform.sent[-1]["news"]["articles"][0]["url"][20:]
    media.message.inbound = True
    db.session.commit()
    assert browser.get(path).status_code == 404
    media.message.inbound, media.message.attached = False, attaching.REFUSED
    db.session.commit()
    assert browser.get(path).status_code == 404
    media.message.attached = attaching.READY
    db.session.commit()
    files.forget(attaching.FOLDER, media.file)
    assert browser.get(path).status_code == 404
    assert sharing.opened("") is None


BAD = {
    "svg": ("files", SVG, "不能发"), "html": ("files", HTML, "不能发"),
    "exe": ("files", b"MZ\x90\0", "不能发"), "nothing": ("files", b"", "不能发"),
    "sound": ("videos", AMR, "只收 MP4"), "picture": ("videos", picture(), "只收 MP4"),
    "page": ("videos", HTML, "只收 MP4"), "long film": ("videos", FILM * 9, "超过 10 MB"),
    "long file": ("files", PDF * 900, "超过 10 MB"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_may_not_leave_is_refused_in_words_and_not_kept(
    chat, chief, browser, reachable, monkeypatch, case
):
    monkeypatch.setitem(uploads.MOST, "video", len(FILM) * 4)
    monkeypatch.setitem(uploads.MOST, "file", 9000)
    before = set((files.root / attaching.FOLDER).rglob("*"))
    what, content, words = BAD[case]
    answer = sends(browser.as_(chief), chat, what, content, "a.mp4")
    assert answer.status_code == 422
    assert words in answer.text
    after = set((files.root / attaching.FOLDER).rglob("*"))
    assert [p for p in after - before if p.is_file()] == []
    assert db.session.scalar(db.select(Letter.id)) is None


@pytest.mark.parametrize(("what", "words"), [("videos", "先选一段视频"), ("files", "先选一个文件")])
def test_nothing_chosen_is_said(chat, chief, browser, reachable, what, words):
    answer = browser.as_(chief).post(f"/inbox/{chat.id}/{what}")
    assert answer.status_code == 422
    assert words in answer.text


# The shop's place ---------------------------------------------------------------------------------


def test_where_the_shop_is_goes_to_a_map(chat, chief, browser, work, platform):
    places.ADDRESS.put("城关区中山路 8 号;coord:0,0")
    shop.NAME.put("禾禾母婴")
    one = browser.as_(chief)
    for _twice in range(2):
        assert one.htmx.post(f"/inbox/{chat.id}/places", once="a").status_code == 200
    work()
    (article,) = platform.sent[-1]["news"]["articles"]
    assert (article["title"], article["description"]) == ("禾禾母婴", "城关区中山路 8 号;coord:0,0")
    assert article["url"].startswith("https://apis.map.qq.com/uri/v1/search?keyword=")
    assert len(platform.sent) == 1
    said = db.session.scalars(db.select(Message).where(~Message.inbound)).one()
    assert (said.kind, said.text) == ("location", "城关区中山路 8 号;coord:0,0")
    assert "在地图里看" in one.get(f"/inbox/{chat.id}").text


def test_with_a_spot_the_map_has_a_pin(app):
    places.ADDRESS.put("中山路 8 号")
    places.SPOT.put("31.2304，121.4737")
    assert "marker?marker=coord%3A31.2304%2C121.4737" in places.ours().url


def test_a_shop_without_an_address_is_told_where_to_write_it(chat, chief, browser):
    answer = browser.as_(chief).post(f"/inbox/{chat.id}/places")
    assert answer.status_code == 422
    assert "本店资料" in answer.text


@pytest.mark.parametrize("typed", ["31.23", "x,y", "91,1", "nan,1", "1,2,3"])
def test_a_spot_that_is_none_is_refused(chief, browser, typed):
    answer = browser.as_(chief).post("/settings/values/shop.spot", value=typed)
    assert answer.status_code == 422
    assert "纬度,经度" in answer.text
    db.session.rollback()
    assert places.SPOT() == ""


def test_nobody_sends_from_another_colleagues_conversation(lin, ben, browser, amy, chat):
    chat.customer.owner_id = amy.id
    db.session.commit()
    for what in ("files", "videos"):
        assert sends(browser.as_(ben), chat, what, PDF).status_code == 404
    assert browser.as_(ben).post(f"/inbox/{chat.id}/places").status_code == 404
