"""Files in the inbox: who sees them, how they are handed out, how a clerk sends and notes them."""

import io
from datetime import timedelta

import pytest

from app.core import clock, files, uploads
from app.core.db import db
from app.core.errors import Refused
from app.core.outbox import Letter
from app.customers import finding
from app.inbox import attaching, gists, places, receiving
from app.inbox.models import Media, Message
from app.staff import access
from app.staff.models import AccessLine
from tests import make
from tests.media import AMR, HTML, SVG, bomb, picture, wav


def the(model):
    db.session.expire_all()
    return db.session.scalars(db.select(model)).one()


@pytest.fixture
def got(app, lin):
    """got("voice", bytes): lin sent a file, and it is here."""

    def get(kind="image", content=None, customer=None, **details):
        who = customer or lin
        message = receiving.receive(
            who, channel="wechat", account="wxshop", address=f"o-{who.id}", kind=kind,
            text=details.pop("text", ""), details=details, at=clock.now(),
            key=files.made_up(),
        )  # fmt: skip
        if content is not None:
            media = Media(message_id=message.id, source="m")
            db.session.add(media)
            db.session.flush()
            name = files.made_up()
            files.where(attaching.FOLDER, name).write_bytes(content)
            attaching.arrived(message, media, name)
        db.session.commit()
        return message

    return get


def address(message):
    media = db.session.scalars(db.select(Media).where(Media.message_id == message.id)).one()
    return f"/inbox/{message.conversation_id}/media/{media.id}"


# Who sees a file ----------------------------------------------------------------------------------


def test_a_file_is_for_those_who_may_see_the_customer_at_this_moment(
    got, browser, lin, amy, ben, max_
):
    url = address(got("image", picture()))
    assert browser.as_(amy).get(url).status_code == 200
    assert browser.as_(max_).get(url).status_code == 200
    assert browser.as_(ben).get(url).status_code == 404
    assert browser.get(url).status_code == 302
    lin.owner_id = ben.id

    finding.index(lin)
    db.session.commit()
    assert browser.as_(ben).get(url).status_code == 200
    assert browser.as_(amy).get(url).status_code == 404


def test_a_file_hangs_on_its_own_conversation(got, browser, amy):
    mine = got("image", picture())
    other = got("image", picture(), customer=make.customer("乙", owner=amy))
    media = db.session.scalars(db.select(Media).where(Media.message_id == other.id)).one()
    assert (
        browser.as_(amy).get(f"/inbox/{mine.conversation_id}/media/{media.id}").status_code == 404
    )


def test_a_picture_is_shown_and_cannot_do_anything(got, browser, amy):
    message = got("image", picture("PNG", (600, 300)))
    page = browser.as_(amy).get(f"/inbox/{message.conversation_id}").text
    assert 'class="said-picture"' in page
    assert 'width="280" height="140"' in page
    for query in ({}, {"small": "1"}):
        answer = browser.as_(amy).get(address(message), **query)
        assert answer.mimetype == "image/jpeg"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"].startswith("inline")
    saved = browser.as_(amy).get(address(message), save="1")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    taken = db.select(AccessLine.about).where(AccessLine.what == access.FILE)
    assert list(db.session.scalars(taken)) == [f"customer:{message.conversation.customer_id}"]


def test_a_player_may_ask_for_a_piece(got, browser, amy):
    voice = got("voice", AMR)
    answer = browser.as_(amy)._ask("get", address(voice), headers={"Range": "bytes=0-99"})
    assert (answer.status_code, len(answer.data)) == (206, 100)
    assert answer.mimetype == "audio/mpeg"
    assert "<audio" in browser.as_(amy).get(f"/inbox/{voice.conversation_id}").text


def test_a_file_keeps_the_customers_name_for_it_and_nothing_else_of_it(got, browser, amy):
    name = '../a\\b"<b>\u202e报价\n.html'
    message = got("file", HTML, text=name)
    answer = browser.as_(amy).get(address(message))
    assert answer.mimetype == files.UNKNOWN
    said = answer.headers["Content-Disposition"]
    assert said.startswith("attachment")
    assert "\n" not in said
    assert "/" not in said.replace("UTF-8''", "")
    page = browser.as_(amy).get(f"/inbox/{message.conversation_id}").text
    assert "<b>\u202e" not in page


def test_a_file_that_is_not_here_is_nowhere(got, browser, amy):
    message = got("image", picture())
    files.forget(attaching.FOLDER, the(Media).file)
    assert browser.as_(amy).get(address(message)).status_code == 404
    message.attached = attaching.GONE
    db.session.commit()
    assert browser.as_(amy).get(address(message)).status_code == 404


def test_a_thread_of_words_looks_up_no_files(got, monkeypatch):
    message = got("text", text="在吗")
    monkeypatch.setattr(attaching.db.session, "scalars", None)
    assert attaching.among([message]) == {}


def test_the_thread_changes_when_a_file_comes(got, browser, amy):
    message = got("image", picture())
    message.attached = attaching.WAITING
    db.session.commit()
    chat = f"/inbox/{message.conversation_id}"
    page = browser.as_(amy).get(chat).text
    seen = page.split("seen=")[-1].split('"')[0]
    assert browser.as_(amy).htmx.get(f"{chat}/now", seen=seen).status_code == 204
    message.attached = attaching.READY
    db.session.commit()
    assert browser.as_(amy).htmx.get(f"{chat}/now", seen=seen).status_code == 200


# Places -------------------------------------------------------------------------------------------


def test_a_place_is_its_address_with_a_map(got, browser, amy):
    message = got("location", text="人民公园南门;coord:0,0", lat="31.2304", lng="121.4737")
    page = browser.as_(amy).get(f"/inbox/{message.conversation_id}").text
    assert "人民公园南门" in page
    assert "coord%3A31.2304%2C121.4737%3Btitle" in page
    assert places.link(message).count("coord%3A") == 1
    assert 'rel="noopener noreferrer"' in page


@pytest.mark.parametrize(
    ("lat", "lng"), [("", ""), ("x", "1"), ("nan", "1"), ("91", "1"), ("1", "inf"), ("1", "1e9")]
)
def test_a_place_that_is_none_has_no_map(got, lat, lng):
    assert places.link(got("location", text="那里", lat=lat, lng=lng)) == ""


# Gists --------------------------------------------------------------------------------------------


def test_what_a_voice_says_is_typed_and_shown(got, browser, amy, ben):
    message = got("voice", AMR)
    url = f"{address(message)}/gist"
    assert browser.as_(amy).get(url).status_code == 200
    assert "大意" in browser.as_(amy).htmx.get(url).text
    assert browser.as_(ben).post(url, gist="x").status_code == 404
    answer = browser.as_(amy).htmx.post(url, gist=" 想要三段奶粉 <b> ")
    assert "大意：想要三段奶粉 &lt;b&gt;" in answer.text
    assert the(Message).gist == "想要三段奶粉 <b>"
    assert "想要三段奶粉" in browser.as_(amy).get("/inbox", tab="mine").text
    assert browser.as_(amy).post(url, gist="长" * 1001).status_code == 422


def test_an_older_voice_changes_nothing_in_the_list(got):
    old = got("voice", AMR)
    got("text", text="在吗")
    gists.write(old, "想要奶粉")
    assert old.conversation.last_text == "在吗"


# A clerk sends ------------------------------------------------------------------------------------


def sends(who, chat, what, content, name="x.png", **more):
    return who.htmx.post(
        f"/inbox/{chat}/{what}", _files={"file": (io.BytesIO(content), name)}, **more
    )


@pytest.mark.parametrize(
    ("what", "content", "kind"), [("pictures", picture(), "image"), ("voices", wav(), "voice")]
)
def test_a_picture_or_a_voice_is_an_answer(got, browser, amy, what, content, kind):
    chat = got("text", text="在吗").conversation
    answer = sends(browser.as_(amy), chat.id, what, content, "../../evil.php", once="7")
    assert answer.status_code == 200
    assert "正在准备" in answer.text
    sends(browser.as_(amy), chat.id, what, content, once="7")
    said = db.session.scalars(db.select(Message).where(~Message.inbound)).one()
    assert (said.kind, said.attached, said.by_id) == (kind, "waiting", amy.id)
    assert the(Letter).body == {"kind": kind, "media": the(Media).id}
    assert chat.waiting_since == clock.FAR_OFF
    attaching.prepare(said.id)
    assert said.attached == "ready"


BAD = {
    "svg": ("pictures", SVG, "不是图片"), "html": ("pictures", HTML, "不是图片"),
    "exe": ("pictures", b"MZ\x90\0", "不是图片"), "php": ("pictures", b"<?php", "不是图片"),
    "empty": ("pictures", b"", "不是图片"), "sound": ("pictures", AMR, "不是图片"),
    "bomb": ("pictures", bomb(), "尺寸太大"), "picture": ("voices", picture(), "不是录音"),
    "page": ("voices", HTML, "不是录音"),
    "large": ("pictures", picture() + b"\0" * 5000, "超过 10 MB"),
}  # fmt: skip


@pytest.mark.parametrize("name", ["a.png", "a.php.png", "a.PhP", "a\0.png", "无", "长" * 3000])
@pytest.mark.parametrize("case", ["svg", "exe"])
def test_a_name_says_nothing(got, browser, amy, case, name):
    chat = got("text", text="在吗").conversation
    what, content, words = BAD[case]
    assert words in sends(browser.as_(amy), chat.id, what, content, name).text


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_picture_or_voice_is_refused_in_words_and_not_kept(
    got, browser, amy, case, monkeypatch
):
    monkeypatch.setitem(uploads.MOST, "image", 5000)
    what, content, words = BAD[case]
    chat = got("text", text="在吗").conversation
    before = kept()
    answer = sends(browser.as_(amy), chat.id, what, content, "a.png")
    assert answer.status_code == 422
    assert words in answer.text
    assert kept() == before
    assert db.session.scalar(db.select(Letter.id)) is None


def kept():
    return {p for p in (files.root / attaching.FOLDER).rglob("*") if p.is_file()}


def test_thirty_megabytes_are_too_much_for_any_form(got, browser, amy):
    chat = got("text", text="在吗").conversation
    answer = browser.as_(amy)._ask(
        "post",
        f"/inbox/{chat.id}/pictures",
        data=b"--x",
        environ_overrides={"CONTENT_LENGTH": str(30 * 1024 * 1024)},
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413
    assert "内容太大了" in answer.text


def test_a_refused_file_says_why_once_and_is_not_offered_again(got, browser, amy, work):
    chat = got("text", text="在吗").conversation
    sends(browser.as_(amy), chat.id, "pictures", picture()[:60])
    said = db.session.scalars(db.select(Message).where(~Message.inbound)).one()
    attaching.prepare(said.id)
    said.letter.state, said.letter.reason = "failed", attaching.of(said).fault
    db.session.commit()
    page = browser.as_(amy).get(f"/inbox/{chat.id}").text
    assert page.count("这张图片打不开") == 1
    assert "再发一次" not in page


def test_the_boxes_say_what_is_too_large_before_the_way_is_gone(got, browser, amy):
    chat = got("text", text="在吗").conversation
    page = browser.as_(amy).get(f"/inbox/{chat.id}").text
    for kind, (most, words) in uploads.LIMITS.items():
        assert f'data-most="{most}" data-too-large="{words}"' in page, kind


def test_the_thread_changes_when_a_letter_is_put_off(got, browser, amy):
    chat = got("text", text="在吗").conversation
    browser.as_(amy).post(f"/inbox/{chat.id}/messages", text="在的")
    page = browser.as_(amy).get(f"/inbox/{chat.id}").text
    seen = page.split("seen=")[-1].split('"')[0]
    letter = the(Letter)
    letter.attempts, letter.reason = 1, "微信系统繁忙，稍后会自动再发"
    db.session.commit()
    news = browser.as_(amy).htmx.get(f"/inbox/{chat.id}/now", seen=seen)
    assert news.status_code == 200
    assert "微信系统繁忙" in news.text


def test_nothing_chosen_is_said(got, browser, amy):
    chat = got("text", text="在吗").conversation
    assert "先选一张图片" in browser.as_(amy).post(f"/inbox/{chat.id}/pictures").text
    assert "先录一段语音" in browser.as_(amy).htmx.post(f"/inbox/{chat.id}/voices").text


def test_who_may_not_see_the_customer_sends_nothing(got, browser, ben):
    chat = got("text", text="在吗").conversation
    assert sends(browser.as_(ben), chat.id, "pictures", picture()).status_code == 404
    assert kept() == set() or db.session.scalar(db.select(Media.id)) is None


def test_a_full_disk_is_said_to_who_sends(got, browser, amy, monkeypatch):
    chat = got("text", text="在吗").conversation

    def full(*_args, **_more):
        raise Refused(files.FULL)

    monkeypatch.setattr(files, "copy", full)
    answer = sends(browser.as_(amy), chat.id, "pictures", picture())
    assert answer.status_code == 422
    assert "硬盘满了" in answer.text


def test_files_that_no_message_has_are_removed_after_a_day(got, at):
    got("image", picture())
    stray = files.made_up()
    files.where(attaching.FOLDER, stray).write_bytes(b"x")
    moment = clock.now() + timedelta(days=2)
    clock.source = lambda: moment
    attaching.tidy()
    assert {p.name.removesuffix(files.SMALL) for p in kept()} == {the(Media).file}
