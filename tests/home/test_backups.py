"""The owner's pages: backups to make, to prove and to take away; letters to decide about."""

import pytest

from app.core import outbox
from app.core.backup import keeping, sealing
from app.core.backup.models import Backup
from app.core.db import db
from app.core.errors import N_
from app.core.outbox import Letter
from app.inbox import replying
from app.inbox.models import Conversation
from app.staff.models import AuditLine
from tests import make


@pytest.fixture(autouse=True)
def _folder(app, tmp_path, monkeypatch):
    monkeypatch.setattr(sealing, "COST", 1 << 4)
    keeping.set_up(app.config["SHUKE"])
    keeping.FOLDER.put(str(tmp_path / "kept"))
    db.session.commit()


@pytest.fixture
def owner(browser, chief):
    return browser.as_(chief)


@pytest.fixture
def made(owner, work):
    owner.post("/settings/backups")
    work()
    return db.session.scalars(db.select(Backup)).one()


def done():
    return [line.what for line in db.session.scalars(db.select(AuditLine).order_by(AuditLine.id))]


def test_the_owner_makes_one_and_sees_that_it_was_proved(owner, work):
    empty = owner.get("/settings/backups").text
    assert "还没有备份" in empty
    assert "disabled" not in empty.split('id="backups"')[1]
    asked = owner.htmx.post("/settings/backups")
    assert asked.status_code == 200
    assert "正在备份" in asked.text
    assert "disabled" in asked.text
    assert 'hx-trigger="every 2s"' in asked.text
    work()
    page = owner.get("/settings/backups").text
    assert "一行不少" in page
    assert "hx-trigger" not in page.split('id="backups"')[1].split("</section>")[0]
    assert "backup.asked" in done()


def test_a_second_click_is_told_that_it_is_on_its_way(owner):
    owner.post("/settings/backups")
    again = owner.post("/settings/backups")
    assert again.status_code == 422
    assert "已经在备份了" in again.text
    assert db.session.scalar(db.select(db.func.count()).select_from(Backup)) == 1


@pytest.mark.parametrize("who", ["amy", "max_"])
def test_nobody_but_the_owner_comes_near(who, request, browser, made):
    other = browser.as_(request.getfixturevalue(who))
    assert other.get("/settings/backups").status_code == 403
    assert other.get("/settings/held").status_code == 403
    assert other.post("/settings/backups").status_code == 403
    answer = other.post(f"/settings/backups/{made.id}/download", password=make.PASSWORD)
    assert answer.status_code == 403
    assert "/settings/backups" not in other.get("/settings").text


def test_a_download_wants_the_password_and_is_written_down(owner, made):
    path = f"/settings/backups/{made.id}/download"
    assert "没有加密" in owner.get(f"/settings/backups/{made.id}").text
    for typed in ("", "not my password"):
        wrong = owner.post(path, password=typed)
        assert wrong.status_code == 422
        assert "attachment" not in str(wrong.headers)
    assert "backup.downloaded" not in done()
    answer = owner.post(path, password=make.PASSWORD)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].endswith(made.file)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data == keeping.path_of(made).read_bytes()
    answer.close()
    assert "backup.downloaded" in done()


def test_guessing_the_password_is_slowed_down(owner, made):
    path = f"/settings/backups/{made.id}/download"
    for _try in range(10):
        owner.post(path, password="not my password")
    answer = owner.post(path, password=make.PASSWORD)
    assert answer.status_code == 422
    assert "输错太多次" in answer.text


def test_one_that_was_moved_away_is_told(owner, made):
    keeping.path_of(made).unlink()
    page = owner.get(f"/settings/backups/{made.id}").text
    assert "文件不在了" in page
    assert "/download" not in page
    answer = owner.post(f"/settings/backups/{made.id}/download", password=make.PASSWORD)
    assert answer.status_code == 404
    assert owner.post(f"/settings/backups/{made.id}/verification").status_code == 409


def test_it_can_be_proved_again(owner, made, work):
    answer = owner.post(f"/settings/backups/{made.id}/verification")
    assert answer.status_code == 303
    work()
    assert "backup.verified" in done()


def test_a_failure_stands_on_every_page_of_the_owner(owner, browser, amy, made):
    made.state, made.fault = "failed", N_("磁盘满了")
    db.session.commit()
    assert "上一次备份没有做成" in owner.get("/").text
    assert "磁盘满了" in owner.get("/settings/backups").text
    assert "上一次备份没有做成" not in browser.as_(amy).get("/").text


@pytest.fixture
def held(lin, amy):
    """Two answers that a restored shop had not sent, and one letter of another channel."""
    chat = make.conversation(lin)
    said = [replying.reply(chat, text, by=amy) for text in ("第一句", "第二句")]
    outbox.post("email", "boss@example.invalid", {"kind": "x"}, account="us")
    db.session.commit()
    with db.engine.begin() as line:
        outbox.hold_unsent(line)
    return [message.letter_id for message in said]


def states():
    found = db.select(Letter.id, Letter.state).order_by(Letter.id)
    return [state for _id, state in db.session.execute(found)]


def test_the_owner_decides_about_each_letter(owner, held):
    assert "决定发不发" in owner.get("/").text
    page = owner.get("/settings/held").text
    assert "林小满" in page
    assert "第一句" in page
    assert "boss@example.invalid" in page
    assert "第二句" in owner.htmx.post(f"/settings/held/{held[0]}/release").text
    owner.post(f"/settings/held/{held[1]}/drop")
    assert states() == ["queued", "failed", "held"]
    assert owner.post(f"/settings/held/{held[1]}/drop").status_code == 404
    assert {"letter.released", "letter.dropped"} <= set(done())


def test_all_of_the_page_can_be_left_at_once(owner, held):
    answer = owner.post("/settings/held/drops", letter=[*held, 99, "x"])
    assert answer.status_code == 303
    assert states() == ["failed", "failed", "held"]


def test_the_conversation_says_that_an_answer_waits(browser, held, amy):
    chat = db.session.scalars(db.select(Conversation)).one()
    assert "还没发：恢复备份时它还没有发出" in browser.as_(amy).get(f"/inbox/{chat.id}").text
