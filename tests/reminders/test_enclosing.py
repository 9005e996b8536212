"""A photo and a voice memo beside what happened: kept, made safe, shown to who may see it."""

import io
import os
import re

import pytest

from app.core import files
from app.core.db import db
from app.customers import note_files
from app.customers.models import Note, NoteFile
from tests import make
from tests.media import HTML, SVG, bomb, picture, wav


@pytest.fixture(autouse=True)
def _folder(app, tmp_path):
    was = files.root
    files.set_up(tmp_path)
    yield
    files.set_up(was)


def box(name, content):
    return {name: (io.BytesIO(content), "x.bin")}


def held():
    db.session.commit()
    return db.session.scalars(db.select(NoteFile).order_by(NoteFile.id)).all()


def story(browser, staff, customer):
    return browser.as_(staff).get(f"/customers/{customer.id}/moments").text


def test_a_photo_and_a_memo_stand_in_the_story_once_they_are_safe(
    browser, work, amy, ben, max_, lin
):
    mine = browser.as_(amy)
    sent = mine.post(
        f"/customers/{lin.id}/contacts", text="看了货架", method="visit",
        _files=box("photo", picture(size=(300, 200))) | box("voice", wav(2)),
    )  # fmt: skip
    assert sent.status_code == 303
    assert "照片处理中" in story(browser, amy, lin)
    work()
    photo, memo = held()
    assert [(one.kind, one.state) for one in (photo, memo)] == [
        ("image", "ready"),
        ("voice", "ready"),
    ]
    text = story(browser, amy, lin)
    assert f"/customers/{lin.id}/files/{photo.id}?small" in text
    assert "<audio" in text
    assert "看了货架" in text
    shown = mine.get(f"/customers/{lin.id}/files/{photo.id}")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert mine.get(f"/customers/{lin.id}/files/{memo.id}").mimetype == "audio/mpeg"
    other = make.customer("别人", owner=ben)
    assert browser.as_(ben).get(f"/customers/{lin.id}/files/{photo.id}").status_code == 404
    assert browser.as_(max_).get(f"/customers/{other.id}/files/{photo.id}").status_code == 404


def test_a_photo_alone_is_enough_and_finishing_takes_one_too(browser, work, amy, lin):
    mine, one = browser.as_(amy), make.followup(lin, staff=amy)
    mine.post(f"/customers/{lin.id}/contacts", _files=box("photo", picture()))
    mine.post(f"/followups/{one.id}/result", result="bought", _files=box("voice", wav(1)))
    work()
    assert [(f.kind, f.state) for f in held()] == [("image", "ready"), ("voice", "ready")]
    assert len(db.session.scalars(db.select(Note)).all()) == 2


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("photo", SVG, "这不是图片"), ("photo", HTML, "这不是图片"), ("photo", bomb(), "尺寸太大"),
        ("voice", picture(), "这不是录音"), ("photo", b"", "这不是图片"),
    ],
)  # fmt: skip
def test_what_is_neither_is_refused_and_the_words_stay(browser, amy, lin, name, content, reason):
    answer = browser.as_(amy).htmx.post(
        f"/customers/{lin.id}/contacts", text="写了很多", _files=box(name, content)
    )
    assert answer.status_code == 422
    assert reason in answer.text
    assert "写了很多" in answer.text
    assert held() == []
    assert db.session.scalars(db.select(Note)).all() == []


def test_a_form_that_comes_back_keeps_its_photo(browser, work, amy, lin):
    mine = browser.as_(amy)
    back = mine.htmx.post(
        f"/customers/{lin.id}/contacts", text="聊了", next="custom", said="2月30日",
        _files=box("photo", picture()),
    )  # fmt: skip
    assert back.status_code == 422
    assert "刚才选的照片还在" in back.text
    name = re.search(r'name="kept_photo"[^>]*value="([0-9a-f]{32})"', back.text)[1]
    again = {"text": "聊了", "kept_photo": name}
    assert mine.post(f"/customers/{lin.id}/contacts", **again).status_code == 303
    work()
    (one,) = held()
    assert one.state == "ready"
    # what belongs to a note, and what we never made, is nobody's to add
    for taken in (one.file, "f" * 32, "../../etc/passwd"):
        mine.post(f"/customers/{lin.id}/contacts", text="再来", kept_photo=taken)
    assert len(held()) == 1


def test_a_broken_photo_leaves_the_words(browser, work, amy, lin):
    browser.as_(amy).post(
        f"/customers/{lin.id}/contacts", text="拍糊了", _files=box("photo", picture()[:60])
    )
    work()
    assert [one.state for one in held()] == ["refused"]
    text = story(browser, amy, lin)
    assert "打不开" in text
    assert "拍糊了" in text


def test_only_what_a_note_has_is_kept(browser, work, outside, amy, lin):
    browser.as_(amy).post(f"/customers/{lin.id}/contacts", _files=box("photo", picture()))
    work()
    (one,) = held()
    stray = files.where(note_files.FOLDER, files.made_up())
    stray.write_bytes(b"x")
    for path in files.root.rglob("*"):
        if path.is_file():
            os.utime(path, (0, 0))
    outside(note_files.tidy)
    left = {path.name for path in files.root.rglob("*") if path.is_file()}
    assert left == {one.file, one.file + files.SMALL}
