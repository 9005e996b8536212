"""群活码: one lasting address, pictures that end and fill up, and clear words for wrong ones."""

import io
import random
from datetime import timedelta

import pytest
import segno
from PIL import Image

from app.community import codes, groups
from app.community.models import QrPicture
from app.core import files
from app.core.clock import today
from app.core.db import db
from app.digests import codes as telling
from app.digests.models import Delivery


@pytest.fixture
def presale(app):
    groups.open_first()
    db.session.commit()
    return groups.first_of("presale")


def qr_png():
    out = io.BytesIO()
    segno.make("https://weixin.qq.com/g/AwYAADemo", micro=False).save(out, kind="png", scale=8)
    return out.getvalue()


def picture_of(group, **more):
    """A picture in the row, without drawing one."""
    one = QrPicture(group_id=group.id, file=files.made_up(), most=codes.FULL, **more)
    one.ends_on = more.get("ends_on", today() + timedelta(days=7))
    files.where(codes.FOLDER, one.file).write_bytes(b"\xff\xd8\xff-")
    db.session.add(one)
    db.session.commit()
    return one


def sent(content, name="qr.png"):
    return {"file": (io.BytesIO(content), name)}


def test_a_picture_is_drawn_anew_and_shown_at_the_lasting_address(browser, presale, chief):
    at = f"/groups/{presale.id}/code"
    ends = (today() + timedelta(days=7)).isoformat()
    answer = browser.as_(chief).post(at, _files=sent(qr_png()), ends_on=ends)
    assert answer.status_code == 303
    one = db.session.scalars(db.select(QrPicture)).one()
    assert codes.path_of(one).read_bytes().startswith(b"\xff\xd8\xff"), "a JPEG of our own making"
    stranger = browser.get(f"/g/{presale.code}")
    assert "长按图片" in stranger.text
    assert "还有 7 天有效" in stranger.text
    assert "<script" not in stranger.text
    picture = browser.get(f"/g/{presale.code}/{one.file}.jpg")
    assert picture.mimetype == "image/jpeg"
    assert one.visits == 1
    assert "看过 1 次" in browser.as_(chief).get(at).text


def test_a_picture_without_a_code_is_asked_about(browser, presale, chief):
    out = io.BytesIO()
    grain = Image.new("RGB", (90, 60))
    chance = random.Random(1)
    grain.putdata([(chance.randrange(256),) * 3 for _ in range(90 * 60)])
    grain.resize((900, 600)).save(out, "JPEG")
    at, owner = f"/groups/{presale.id}/code", browser.as_(chief)
    answer = owner.post(at, _files=sent(out.getvalue(), "photo.jpg"))
    assert answer.status_code == 422
    assert "没有找到二维码" in answer.text
    assert db.session.scalar(db.select(QrPicture)) is None
    assert owner.post(at, _files=sent(out.getvalue(), "photo.jpg"), sure="y").status_code == 303


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99, "HEIC"),
        (b"<?xml version='1.0'?><svg xmlns='x'><script>1</script></svg>", "SVG"),
        (b"%PDF-1.7 not a picture", "这不是图片"),
        (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\1\0\0" * 2 + b"\0" * 9, "尺寸太大"),
        (b"\xff\xd8\xff" + b"x" * 3000, "超过 10 MB"),
    ],
    ids=["heic", "svg", "pdf", "bomb", "large"],
)
def test_wrong_files_are_told_in_clear_words(browser, presale, chief, content, said, monkeypatch):
    monkeypatch.setattr(codes, "MOST_BYTES", 2000)  # what the server itself turns away is larger
    at = f"/groups/{presale.id}/code"
    answer = browser.as_(chief).post(at, _files=sent(content))
    assert answer.status_code == 422
    assert said in answer.text
    assert db.session.scalar(db.select(QrPicture)) is None


def test_a_day_that_no_code_lasts_to_is_refused(browser, presale, chief):
    answer = browser.as_(chief).post(
        f"/groups/{presale.id}/code", _files=sent(qr_png()), ends_on="2031-01-01"
    )
    assert answer.status_code == 422
    assert "最多 7 天有效" in answer.text


def test_the_next_takes_its_place_when_it_is_full_or_over(browser, presale, chief, at):
    at("2026-11-01 10:00")
    first = picture_of(presale, visits=codes.FULL - 1)
    second = picture_of(presale, ends_on=today() + timedelta(days=7))
    owner = browser.as_(chief)
    assert first.file in browser.get(f"/g/{presale.code}").text, "its two hundredth visit"
    assert second.file in browser.get(f"/g/{presale.code}").text
    assert browser.get(f"/g/{presale.code}/{first.file}.jpg").status_code == 404
    owner.post(f"/groups/pictures/{first.id}/opening")
    assert first.file in browser.get(f"/g/{presale.code}").text
    owner.post(f"/groups/pictures/{first.id}/full")
    assert second.file in browser.get(f"/g/{presale.code}").text
    owner.post(f"/groups/pictures/{second.id}/removal")
    over = browser.get(f"/g/{presale.code}")
    assert "正在更换" in over.text
    picture_of(presale)
    at("2026-11-09 10:00")
    assert "正在更换" in browser.get(f"/g/{presale.code}").text, "over after seven days"
    at("2026-12-20 04:00")
    codes.tidy()
    assert db.session.scalar(db.select(QrPicture)) is None


def test_the_number_in_the_group_is_said_and_counted_on_from(browser, presale, chief, amy):
    first = picture_of(presale, visits=120)
    second, owner = picture_of(presale), browser.as_(chief)
    at, where = f"/groups/{presale.id}/code", f"/groups/pictures/{first.id}/people"
    assert "再看 80 次就算满了" in owner.get(at).text
    assert owner.post(where, people="198").status_code == 303
    assert "再看 2 次就算满了" in owner.get(at).text
    for shown in (first, first, second):
        assert shown.file in browser.get(f"/g/{presale.code}").text
    assert owner.post(where, people="30").status_code == 303  # many have left it
    assert "再看 170 次就算满了" in owner.get(at).text
    assert owner.post(where, people="200").status_code == 303
    assert first.full_at is not None
    assert owner.post(where, people="5").status_code == 303  # a slip, put right
    assert first.full_at is None
    for bad, said in (
        ("501", "最多 500 人"),
        ("很多", "整数"),
        ("", "请填一个整数"),
        ("-1", "最多 500 人"),
    ):
        answer = owner.post(where, people=bad)
        assert answer.status_code == 422, bad
        assert said in answer.text, bad
    assert first.most - first.visits == 195
    assert browser.as_(amy).post(where, people="5").status_code == 404


def test_the_only_one_stays_however_often_it_was_seen(browser, presale):
    only = picture_of(presale, visits=codes.FULL + 5)
    assert only.file in browser.get(f"/g/{presale.code}").text


def test_its_owner_is_told_on_the_fifth_day_and_once(app, presale, chief, amy, at, browser):
    at("2026-11-01 10:00")
    groups.edit(presale, name="售前", purpose="", owner=amy, deputies=[], by=chief)
    amy.email = "amy@example.invalid"
    one = picture_of(presale)
    at("2026-11-05 09:00")
    telling.remind()
    assert db.session.scalar(db.select(Delivery)) is None
    at("2026-11-06 09:00")
    telling.remind()
    telling.remind()
    told = db.session.scalars(db.select(Delivery)).one()
    assert (told.staff, told.facts["picture"]) == (amy, one.id)
    assert "群二维码" in browser.as_(amy).get("/").text
    one.told_at = None
    picture_of(presale, ends_on=today() + timedelta(days=7))
    telling.remind()
    assert one.told_at is None, "a spare is ready"


def test_strangers_find_no_other_address(browser, presale, amy):
    assert browser.get("/g/000000000000").status_code == 404
    one = picture_of(presale)
    assert browser.get(f"/g/{presale.code}/{'0' * 32}.jpg").status_code == 404
    assert browser.as_(amy).get(f"/groups/{presale.id}/code").status_code == 404
    assert browser.as_(amy).post(f"/groups/pictures/{one.id}/full").status_code == 404


def test_the_sheet_bears_the_lasting_address(browser, presale, chief):
    owner = browser.as_(chief)
    for size in ("a4", "a6"):
        assert f"poster-{size}" in owner.get(f"/groups/{presale.id}/code/{size}").text
    drawn = owner.get(f"/groups/{presale.id}/code.svg")
    assert drawn.mimetype == "image/svg+xml"
    assert b"<path" in drawn.data
