"""The shop's own page: name, clock and picture, and that every page follows."""

import io
from dataclasses import replace
from datetime import date

import pytest
from PIL import Image
from sqlalchemy.exc import OperationalError

from app.core import clock, files, mail_server, shop
from app.core import mail as shop_mail
from app.core.db import db
from app.core.shop import LOGO, NAME, ZONE
from app.staff import logo

PLACE = "/settings/shop"


@pytest.fixture
def owner(browser, chief):
    return browser.as_(chief)


@pytest.fixture(autouse=True)
def _folder(app, tmp_path):
    before = files.root
    files.set_up(tmp_path)
    yield
    files.set_up(before)


def picture(kind="PNG", size=(300, 200)):
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, kind)
    return written.getvalue()


def send(owner, content, name="logo.png"):
    return owner.post(f"{PLACE}/logo", _files={"file": (io.BytesIO(content), name)})


def test_the_page_shows_name_trade_and_clock(owner):
    text = owner.get(PLACE).text
    for word in ("店名", "做哪一行", "时区", "母婴、美妆（约 35 天）", "北京时间", "店标"):
        assert word in text


def test_a_name_is_on_every_page_at_once_and_on_the_door(owner, browser):
    assert owner.post("/settings/values/shop.name", value="小禾<母婴>").headers["Location"] == PLACE
    for page in (owner.get("/"), browser.get("/login")):
        assert "小禾&lt;母婴&gt;" in page.text


def test_another_process_sees_a_change_within_seconds(app, monkeypatch):
    assert shop.name() == ""
    db.session.add(shop.SettingRow(name=NAME.name, value="小禾"))
    db.session.commit()
    assert shop.name() == ""
    moment = shop.time.monotonic()
    monkeypatch.setattr(shop.time, "monotonic", lambda: moment + shop.FRESH + 0.1)
    assert shop.name() == "小禾"


def test_looking_is_one_question_in_seconds_and_may_fail(app, monkeypatch):
    NAME.put("小禾")
    db.session.commit()
    assert shop.name() == "小禾"

    def away():
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(shop, "aside", away)
    for _ in range(100):
        assert shop.name() == "小禾"
    shop.look_again()
    assert shop.name() == "小禾"


def test_the_clock_follows_the_shop(owner, at):
    at("2026-11-22T23:30+08:00")
    assert clock.today() == date(2026, 11, 22)
    owner.post("/settings/values/shop.time_zone", value="Asia/Tokyo")
    shop.refresh()
    assert clock.today() == date(2026, 11, 23)
    owner.post("/settings/values/shop.time_zone", value="")
    shop.refresh()
    assert clock.today() == date(2026, 11, 22)


def test_a_zone_of_the_environment_wins_and_is_locked(app, owner):
    ZONE.put("Asia/Tokyo")
    db.session.commit()
    shop.set_up(replace(app.config["SHUKE"], zone_given=True))
    shop.refresh()
    assert str(clock.zone) == "Asia/Shanghai"
    text = owner.get(PLACE).text
    assert "SHUKE_TIME_ZONE" in text
    assert 'id="value-shop.time_zone"' not in text
    answer = owner.post("/settings/values/shop.time_zone", value="Asia/Tokyo")
    assert answer.status_code == 422
    assert "SHUKE_TIME_ZONE" in answer.text


def test_every_zone_that_is_offered_exists():
    for key, _label in shop.ZONES:
        assert shop.ZoneInfo(key)


def test_the_name_goes_with_the_letters(app):
    NAME.put("小禾母婴")
    mail_server.put(host="h", port=25, security="", user="", password="", sender="a@b.cn")
    db.session.commit()
    written = _written_letter()
    assert written["From"] == "小禾母婴 <a@b.cn>"
    assert "小禾母婴" in written.get_body(("html",)).get_content()


def _written_letter():
    letter = shop_mail.write("a@b.cn", "test", {"by": "x"})
    return shop_mail._written(letter, mail_server.server())


def test_a_picture_is_drawn_anew_and_shown_to_everybody(owner, browser, tmp_path):
    photo = picture("JPEG") + b"<script>alert(1)</script>"
    assert send(owner, photo).status_code == 303
    name = LOGO()
    for page in (owner.get("/"), browser.get("/login")):
        assert f"/shop/logo/{name}" in page.text
    answer = browser.get(f"/shop/logo/{name}")
    assert answer.mimetype == "image/jpeg"
    assert b"<script" not in answer.data
    assert "immutable" in answer.headers["Cache-Control"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == [name, f"{name}.small"]


def test_another_picture_takes_its_place_and_one_can_take_it_away(owner, browser, tmp_path):
    send(owner, picture())
    first = LOGO()
    send(owner, picture())
    second = LOGO()
    assert first != second
    assert browser.get(f"/shop/logo/{first}").status_code == 404
    assert owner.post(f"{PLACE}/logo/removal").status_code == 303
    assert browser.get(f"/shop/logo/{second}").status_code == 404
    assert "favicon.svg" in owner.get("/").text
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "不是图片"),
        (picture()[:60], "不是图片"),
        (b"", "不是图片"),
        (b"x" * 100_001, "5 MB"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x06\0\0\0", "尺寸太大"),
    ],
)
def test_what_is_no_picture_leaves_nothing_behind(owner, tmp_path, content, word, monkeypatch):
    monkeypatch.setattr(logo, "MOST", 100_000)
    answer = send(owner, content)
    assert answer.status_code == 422
    assert word in answer.text
    assert LOGO() == ""
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_the_page_is_the_owners_alone(browser, max_, amy):
    for person in (max_, amy):
        page = browser.as_(person)
        assert page.get(PLACE).status_code == 403
        assert send(page, picture()).status_code == 403
        assert page.post(f"{PLACE}/logo/removal").status_code == 403
