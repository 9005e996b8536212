"""Files between the platform and us: fetched whatever happens, uploaded before a letter goes."""

from datetime import timedelta

import pytest

from app.core import clock, files, jobs
from app.core.db import db
from app.core.errors import Refused
from app.core.jobs import Job
from app.core.outbox import Letter
from app.inbox import attaching, replying
from app.inbox.models import Conversation, Media, Message
from app.wechat import media as wechat_media
from tests.media import AMR, FILM, SVG, bomb, picture, wav


def the(model):
    db.session.expire_all()
    return db.session.scalars(db.select(model)).one()


def path_of(media):
    return files.where(attaching.FOLDER, media.file)


def kept():
    return {p for p in (files.root / attaching.FOLDER).rglob("*") if p.is_file()}


@pytest.fixture
def sent(phone, platform, work):
    """sent("image", bytes): a follower sends a file, and the worker has had its turn."""

    def send(kind, *lying, **more):
        platform.files["m-1"] = lying[0] if len(lying) == 1 else list(lying)
        phone.sends(kind, MediaId="m-1", **more)
        work()
        return the(Message)

    return send


@pytest.fixture
def chat(phone, work):
    phone.says("在吗")
    work()
    return the(Conversation)


def later(work, **wait):
    moment = clock.now() + timedelta(**wait)
    clock.source = lambda: moment
    work()


def answered(chat, by, work, kind="image", content=None, once="1"):
    name = files.made_up()
    files.where(attaching.FOLDER, name).write_bytes(content or picture())
    message = replying.reply_with(chat, kind, name, "digest", by=by, once=once)
    db.session.commit()
    work()
    return message


# In -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "content", "becomes"),
    [
        ("image", picture("JPEG"), "image/jpeg"), ("image", picture("PNG"), "image/jpeg"),
        ("voice", AMR, "audio/mpeg"), ("file", b"%PDF-1.7 x", ""),
    ],
)  # fmt: skip
def test_what_a_follower_sends_is_fetched_and_made_safe(sent, kind, content, becomes):
    message = sent(kind, content, Title="报价.pdf")
    media = the(Media)
    assert (message.attached, media.kind.removesuffix(files.UNKNOWN)) == ("ready", becomes)
    assert path_of(media).exists()


def test_a_film_is_fetched_from_its_own_address(sent, platform):
    platform.files["shelf"] = FILM
    message = sent("video", {"video_url": "http://mp.video.qq.com/x/shelf"})
    assert message.attached == "ready"
    assert platform.paths[-1] == "/mp.video.qq.com/x/shelf"
    assert the(Media).kind == "video/mp4"


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "https://evil.example/a",
        "https://qq.com.evil.example/a",
        "x",
    ],
)
def test_an_address_that_is_not_the_platforms_is_never_asked(sent, platform, url):
    message = sent("video", {"video_url": url})
    assert message.attached == "late"
    assert [
        path for path in platform.paths if "media/get" not in path and "token" not in path
    ] == []


def test_a_recognised_voice_has_its_words_as_its_text(sent, browser, chief):
    message = sent("voice", AMR, Recognition="奶粉还有吗")
    assert message.text == "奶粉还有吗"
    page = browser.as_(chief).get(f"/inbox/{message.conversation_id}").text
    assert "微信听出来的：奶粉还有吗" in page


def test_media_that_is_gone_says_so_and_is_asked_for_once(sent, platform, work, browser, chief):
    message = sent("voice", 40007)
    assert message.attached == "gone"
    later(work, days=1)
    assert platform.paths.count("/api.weixin.qq.com/cgi-bin/media/get") == 1
    page = browser.as_(chief).get(f"/inbox/{message.conversation_id}").text
    assert "已经没有这个文件" in page
    assert "现在再取" not in page


@pytest.mark.parametrize("trouble", ["http 502", "hang up", -1, 45009, b"", ["not", "a dict"]])
def test_trouble_is_seen_at_once_and_tried_again_by_itself(
    sent, platform, work, trouble, browser, chief
):
    lying = [trouble, picture()] if not isinstance(trouble, list) else [{"x": 1}, picture()]
    message = sent("image", *lying)
    assert message.attached == "late"
    page = browser.as_(chief).get(f"/inbox/{message.conversation_id}").text
    assert "稍后自动再取" in page
    assert "现在再取" in page
    later(work, seconds=10)
    assert the(Message).attached == "ready"


def test_a_stale_token_is_renewed_and_the_file_fetched(sent, platform):
    message = sent("image", 40001, picture())
    assert message.attached == "ready"
    assert len(platform.tokens) >= 2


def test_who_can_do_something_about_it_reads_why(sent):
    sent("image", 40164)
    assert "IP 白名单" in the(Media).fault


def test_after_two_days_a_person_is_asked_and_their_word_begins_anew(
    sent, platform, work, browser, chief
):
    message = sent("image", -1)
    for _try in attaching.WAITS:
        later(work, hours=5)
    assert the(Message).attached == "failed"
    assert sum(attaching.WAITS) < 2.5 * 24 * 3600
    platform.files["m-1"] = picture()
    fetching = f"/inbox/{message.conversation_id}/media/{the(Media).id}/fetching"
    assert browser.as_(chief).htmx.post(fetching).status_code == 200
    assert the(Message).attached == "waiting"
    work()
    assert the(Message).attached == "ready"
    assert browser.as_(chief).htmx.post(fetching).status_code == 409


def test_a_file_without_end_is_cut_off_while_it_streams(sent, monkeypatch):
    monkeypatch.setitem(wechat_media.MOST, "image", 500)
    before = kept()
    message = sent("image", picture("JPEG", (400, 400)))
    assert message.attached == "refused"
    assert "太大" in the(Media).fault
    assert kept() == before


def test_one_that_drips_is_left_and_tried_again(sent, monkeypatch):
    monkeypatch.setattr(wechat_media, "PATIENCE", -1)
    assert sent("image", picture()).attached == "late"


@pytest.mark.parametrize(
    "content", [SVG, bomb(), picture()[:40], b"\0" * 50], ids=["svg", "bomb", "cut", "zeros"]
)
def test_what_means_harm_is_kept_to_be_saved_and_never_shown(sent, content, browser, chief):
    message = sent("image", content)
    media = the(Media)
    address = f"/inbox/{message.conversation_id}/media/{media.id}"
    page = browser.as_(chief).get(f"/inbox/{message.conversation_id}").text
    assert f'href="{address}?save=1"' in page
    assert '<img class="said-picture"' not in page
    answer = browser.as_(chief).get(address)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.mimetype == files.UNKNOWN
    assert answer.data == content


def test_a_full_disk_is_said_and_the_file_fetched_when_there_is_room(sent, work, monkeypatch):
    def full(*_args, **_more):
        raise Refused(files.FULL)

    monkeypatch.setattr(files, "copy", full)
    message = sent("image", picture())
    assert (message.attached, the(Media).fault) == ("late", files.FULL)
    monkeypatch.undo()
    later(work, seconds=10)
    assert the(Message).attached == "ready"


def test_a_worker_that_dies_in_the_middle_has_lost_nothing(
    phone, platform, work, outside, monkeypatch
):
    """Killed after the download: no row says so; the next one fetches again, once."""
    platform.files["m-1"] = picture()

    def killed(*_args, **_more):
        raise SystemExit

    monkeypatch.setattr(attaching, "remake", killed)
    phone.sends("image", MediaId="m-1")
    with pytest.raises(SystemExit):
        work()
    db.session.rollback()
    monkeypatch.undo()
    db.session.execute(db.update(Job).values(state="queued"))  # as its lease ends
    work()
    assert the(Message).attached == "ready"
    assert db.session.scalar(db.select(db.func.count(Media.id))) == 1
    later(work, days=2)
    attaching.tidy()
    left = [p.name for p in (files.root / attaching.FOLDER).rglob("*") if p.is_file()]
    assert {name.removesuffix(files.SMALL) for name in left} == {the(Media).file}


def test_the_same_message_twice_is_one_file(phone, platform, work):
    platform.files["m-1"] = picture()
    for _again in range(2):
        phone.sends("image", MediaId="m-1", MsgId="77")
        work()
    assert the(Message).attached == "ready"
    assert platform.paths.count("/api.weixin.qq.com/cgi-bin/media/get") == 1


# Out ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "content", "name"),
    [
        ("image", picture("WEBP"), "picture.jpg"),
        ("voice", wav(), "voice.mp3"),
        ("voice", AMR, "voice.mp3"),
    ],
)
def test_a_picture_or_a_voice_is_uploaded_and_sent(
    chat, work, chief, platform, phone, kind, content, name
):
    message = answered(chat, chief, work, kind, content)
    assert the(Letter).state == "sent"
    assert platform.uploads[0][:2] == (kind, name)
    assert len(platform.uploads[0][2]) <= 2 * 1024 * 1024
    assert platform.sent[-1] == {
        "touser": phone.openid,
        "msgtype": kind,
        kind: {"media_id": "up-1"},
    }
    assert db.session.get_one(Message, message.id).attached == "ready"


def test_the_same_form_twice_is_one_picture(chat, work, chief, platform):
    first, second = (answered(chat, chief, work) for _twice in range(2))
    assert first.id == second.id
    assert len(platform.sent) == 1


def test_a_file_that_is_no_good_is_not_sent_and_says_why(chat, work, chief, platform):
    answered(chat, chief, work, "image", picture()[:60])
    letter = the(Letter)
    assert letter.state == "failed"
    assert "图片打不开" in letter.reason
    answered_voice = answered(chat, chief, work, "voice", wav(70), once="2")
    assert "60 秒" in answered_voice.letter.reason
    assert platform.sent == platform.uploads == []


@pytest.mark.parametrize("trouble", ["http 502", "hang up", -1])
def test_an_upload_that_fails_is_made_again_and_sent_once(chat, work, chief, platform, trouble):
    platform.upload_answers = [trouble]
    answered(chat, chief, work)
    assert the(Letter).state == "queued"
    later(work, seconds=10)
    assert the(Letter).state == "sent"
    assert len(platform.sent) == len(platform.uploads) == 1


def test_an_upload_that_the_platform_refuses_is_told(chat, work, chief, platform):
    platform.upload_answers = [40009]
    answered(chat, chief, work)
    assert (the(Letter).state, the(Letter).code) == ("failed", "40009")


def test_a_second_try_uses_the_first_upload(chat, work, chief, platform):
    platform.answers = [-1]
    answered(chat, chief, work)
    later(work, seconds=10)
    assert the(Letter).state == "sent"
    assert len(platform.uploads) == 1


def test_an_upload_that_the_platform_forgot_is_made_anew(chat, work, chief, platform):
    platform.answers = [40007]
    answered(chat, chief, work)
    assert the(Letter).state == "queued"
    later(work, seconds=10)
    assert the(Letter).state == "sent"
    assert len(platform.uploads) == 2


def test_a_picture_keeps_its_place_before_the_words_after_it(chat, chief, outside, platform, phone):
    """The picture is not ready yet; what was written after it waits for it."""
    name = files.made_up()
    files.where(attaching.FOLDER, name).write_bytes(picture())
    replying.reply_with(chat, "image", name, "d", by=chief)
    replying.reply(chat, "看这张", by=chief)
    db.session.commit()

    outside(jobs.run_one, "network", "w")
    assert platform.sent == []
    outside(jobs.run_one, "media", "w")
    moment = clock.now() + timedelta(seconds=2)
    clock.source = lambda: moment
    for _letter in range(2):
        outside(jobs.run_one, "network", "w")
    assert phone.screen == ["up-1", "看这张"]


def test_who_unfollowed_gets_no_upload_either(chat, work, chief, platform, phone):
    answered(chat, chief, lambda: phone.does("unsubscribe"))
    work()
    assert the(Letter).state == "failed"
    assert "取消关注" in the(Letter).reason
    assert platform.uploads == []


def test_a_doubtful_picture_is_not_sent_twice(chat, work, chief, platform):
    platform.answers = ["hang up"]
    answered(chat, chief, work)
    assert the(Letter).state == "unknown"
    later(work, hours=1)
    assert platform.sent == []
