"""The privacy card: what is held, who looked, switches that hold, a copy, leaving, erasing."""

import io
import json
import os
import zipfile

import pytest

from app.core import files, outbox
from app.core.clock import now
from app.core.db import db
from app.core.outbox import Letter
from app.customers import erasing, identities, notes
from app.customers.erasing import Erasure
from app.customers.models import OPENID, Customer, Identity, Moment
from app.inbox import noting
from app.inbox.models import Conversation, Media, Message
from app.portal import cards, consents, copying, parcels, privacy
from app.portal.models import Consent, MemberSession
from app.sales import ages, ordering, stages
from app.sales.models import Order
from app.staff.models import AuditLine
from app.wechat.models import Arrival, Follower
from tests import make


@pytest.fixture
def sue(lin, phone, platform, work, amy):
    """林小满, a member who follows the shop, wrote, bought, and has everything."""
    account = platform.account.app_id
    identities.attach(lin, OPENID, phone.openid, source="wechat", account=account)
    cards.join(lin, service=True, marketing=True)
    db.session.commit()
    phone.says("林小满在吗，电话 13800130001")
    work()
    make.order(lin, text="奶粉 林小满", by=amy)
    make.followup(lin, staff=amy, what="问林小满要不要推车")
    notes.write(lin, "林小满的妈妈来过", by=amy)
    line = stages.add_line("宝宝月龄", basis=stages.AGE)
    ages.put(lin, line, name="豆豆", on=lin.created_at.date(), by=amy)
    db.session.commit()
    return lin


def letter_to(sue, **body):
    one = next(i for i in identities.of(sue) if i.kind == OPENID)
    letter = outbox.post("wechat", one.value, {"text": "在的", **body}, account=one.account)
    db.session.commit()
    return letter


def state_of(letter):
    kept = db.session.get_one(Letter, letter.id, populate_existing=True)
    return kept.state, kept.reason


def test_the_card_tells_what_is_held_why_since_when_and_who_looked(browser, sue, amy, ben, chief):
    browser.as_(amy).get(f"/customers/{sue.id}")
    browser.as_(chief).post(f"/customers/{sue.id}/phone")
    page = browser.as_member(sue).get("/m/privacy").text
    for word in ("138 **** 0001", "微信里的编号", "消费", "宝宝月龄", "小艾", "陈老板",
                 "打开客户资料", "查看完整号码", "会员资料", consents.VERSION):  # fmt: skip
        assert word in page
    assert "小本" not in page
    assert "13800130001" not in page


def test_how_often_one_was_messaged_this_month(browser, sue, work, at):
    letter_to(sue)
    letter_to(sue, purpose=consents.MARKETING)
    work()
    assert privacy.messages_this_month(sue) == (2, 1)
    page = browser.as_member(sue).get("/m/privacy").text
    assert "2 条" in page
    assert "优惠和活动 1 条" in page


@pytest.mark.parametrize("purpose", [consents.SERVICE, consents.MARKETING])
def test_a_switch_is_obeyed_by_what_waits_in_the_outbox_too(browser, sue, work, purpose):
    mine = browser.as_member(sue)
    waiting = letter_to(sue, purpose=purpose)
    assert mine.post(f"/m/privacy/consents/{purpose}").status_code == 303
    answer = letter_to(sue)
    work()
    assert state_of(waiting)[0] == "failed"
    assert state_of(waiting)[1] in (consents.NO_MARKETING, consents.NO_SERVICE)
    assert state_of(answer)[0] == "sent"  # an answer to what they asked is neither
    mine.post(f"/m/privacy/consents/{purpose}", on="1")
    again = letter_to(sue, purpose=purpose)
    work()
    assert state_of(again)[0] == "sent"
    given = [row.given for row in db.session.scalars(
        db.select(Consent).where(Consent.purpose == purpose).order_by(Consent.id))]  # fmt: skip
    assert given == [True, False, True]


def test_who_was_never_asked_is_not_sold_to(lin, phone, platform, work, chief):
    phone.says("在吗")
    work()
    account = platform.account.app_id
    letter = outbox.post(
        "wechat", phone.openid, {"text": "新品", "purpose": "marketing"}, account=account
    )
    service = outbox.post(
        "wechat", phone.openid, {"text": "修好了", "purpose": "service"}, account=account
    )
    db.session.commit()
    work()
    assert state_of(letter)[0] == "failed"
    assert state_of(service)[0] == "sent"


def test_no_switch_but_these_can_be_turned(browser, sue):
    mine = browser.as_member(sue)
    assert mine.post("/m/privacy/consents/member", on="1").status_code == 404
    assert mine.post("/m/privacy/consents/marketing/withdrawal").status_code == 404
    assert mine.post("/m/privacy/consents/x").status_code == 404


def test_what_was_given_for_one_purpose_is_taken_back_alone(browser, sue):
    consents.put(sue, consents.PHONE, True)
    consents.put(sue, consents.CHILD, True)
    db.session.commit()
    mine = browser.as_member(sue)
    assert "删掉手机号" in mine.get("/m/privacy").text
    mine.post("/m/privacy/consents/phone/withdrawal")
    mine.post("/m/privacy/consents/child/withdrawal")
    assert [one.kind for one in identities.of(sue)] == [OPENID]
    assert ages.of(sue) == []
    assert not consents.holds(sue, consents.CHILD)
    assert "删掉手机号" not in mine.get("/m/privacy").text


def test_a_copy_has_every_table_and_nobody_elses_rows(browser, sue, ben, amy):
    other = make.customer("赵敏", owner=ben, phone="13800130002")
    make.order(other, text="别人的东西")
    mine = browser.as_member(sue)
    answer = mine.post("/m/privacy/copy.json")
    assert "attachment" in answer.headers["Content-Disposition"]
    found = json.loads(answer.text)["tables"]
    assert {"customer", "identity", "message", "purchase", "care_date", "consent", "member_card",
            "follower"} <= set(found)  # fmt: skip
    assert found["purchase"][0]["text"] == "奶粉 林小满"
    assert "别人的东西" not in answer.text
    assert "小艾" not in answer.text
    page = mine.post("/m/privacy/copy").text
    assert "林小满在吗" in page
    for copy in (answer.text, page):  # a word among colleagues may tell of others: not by itself
        assert "林小满的妈妈来过" not in copy
    assert {"note", "note_file", "follow_up"}.isdisjoint(found)
    assert "remark" not in found["customer"][0]
    assert "店员的备注和记录" in mine.get("/m/privacy").text  # that there are some is told
    assert "会员拿走了一份资料" in browser.as_(amy).get(f"/customers/{sue.id}").text


def test_a_copy_gives_no_key_and_no_colleague_away():
    for table in db.metadata.tables.values():
        for column in table.c:
            if copying.is_told(column):
                assert not any(word in column.name for word in ("hash", "token", "secret"))
                assert not any(k.column.table.name == "staff" for k in column.foreign_keys)


def test_who_leaves_is_out_everywhere_and_not_written_to(browser, sue, work, amy):
    one, two = browser.as_member(sue), browser.as_member(sue)
    number = cards.of(sue).number
    waiting = letter_to(sue)
    assert one.get("/m/privacy/leaving").status_code == 200
    assert one.post("/m/privacy/leaving").headers["Location"] == "/m/bye?end=left"
    assert (one.get("/m/").status_code, two.get("/m/").status_code) == (302, 302)
    work()
    assert state_of(waiting)[0] == "failed"
    kept = db.session.get_one(Customer, sue.id, populate_existing=True)
    assert kept.do_not_disturb
    assert not any(consents.holds(sue, key) for key in consents.PURPOSES)
    story = browser.as_(amy).get(f"/customers/{sue.id}").text
    assert "退出会员" in story
    assert "已退出" in browser.as_(amy).get(f"/customers/{sue.id}/member").text
    back = browser.as_member(sue)
    back.post("/m/join", agree="y", service="y")
    assert cards.of(sue).number == number
    kept = db.session.get_one(Customer, sue.id, populate_existing=True)
    assert not kept.do_not_disturb


def test_signing_out_ends_every_browser_and_nothing_else(browser, sue):
    one, two = browser.as_member(sue), browser.as_member(sue)
    one.headers = {"User-Agent": "Mozilla/5.0 (iPhone) MicroMessenger/8.0"}
    assert one.get("/m/privacy").text.count("全部退出登录") == 1
    assert one.post("/m/privacy/signing-out").headers["Location"] == "/m/shop"
    assert two.get("/m/").status_code == 302
    assert consents.holds(sue, consents.MARKETING)


def every_word():
    """All text of the database, the indexes of the search and their shadows among it."""
    found = []
    for table in db.metadata.sorted_tables:
        found += [repr(tuple(row)) for row in db.session.execute(db.select(table))]
    if db.engine.dialect.name == "sqlite":
        shadow = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%_index_%'"
        for name in db.session.scalars(db.text(shadow)).all():
            rows = db.session.execute(db.text(f"SELECT * FROM {name}"))  # noqa: S608
            found += [repr(tuple(row)) for row in rows]
    return "\n".join(found)


def test_who_asks_to_be_forgotten_is_forgotten_everywhere(browser, sue, phone, work, amy, chief):
    letter_to(sue, text="林小满你好")
    work()
    for word in ("林小满", "13800130001", phone.openid):
        assert word in every_word()
    mine, visits, spent = browser.as_member(sue), sue.visits, sue.spent_cents
    assert mine.post("/m/privacy/deletion").status_code == 422
    assert mine.post("/m/privacy/deletion", sure="y").headers["Location"] == "/m/bye?end=deleted"
    assert "没有找到" in browser.as_(chief).get("/customers", q="林小满").text
    work()
    words = every_word()
    for word in ("林小满", "13800130001", "8613800130001", phone.openid, "豆豆"):
        assert word not in words, word
    for model in (Identity, Follower, Message, Arrival, MemberSession, Letter):
        assert db.session.scalar(db.select(model)) is None, model
    kept = db.session.scalars(db.select(Order)).one()
    assert (kept.cents, kept.text.strip()) == (10_000, "奶粉")
    left = db.session.get_one(Customer, sue.id, populate_existing=True)
    assert (left.visits, left.spent_cents, left.is_archived) == (visits, spent, True)
    stone = db.session.scalars(db.select(Erasure)).one()
    assert stone.done_at
    assert stone.traces == {}
    assert db.session.scalar(db.select(AuditLine).where(AuditLine.what == "customer.erased"))
    told = db.session.scalars(db.select(Moment.kind).where(Moment.customer_id == sue.id)).all()
    assert "customer.erased" in told
    assert browser.as_(chief).get(f"/customers/{sue.id}").status_code == 200


def test_who_comes_again_after_that_is_somebody_new(browser, sue, phone, work, chief):
    browser.as_member(sue).post("/m/privacy/deletion", sure="y")
    work()
    phone.says("你好")
    work()
    newest = db.session.scalars(db.select(Customer).order_by(Customer.id.desc())).first()
    assert newest.id != sue.id
    assert newest.unnamed


def test_who_owes_is_not_forgotten_before_it_is_paid(browser, sue, amy):
    ordering.place(sue, on=sue.created_at.date(), cents=5_000, owed=5_000, text="推车", by=amy)
    db.session.commit()
    mine = browser.as_member(sue)
    assert "结清以后才能删" in mine.get("/m/privacy/deletion").text
    assert mine.post("/m/privacy/deletion", sure="y").status_code == 422
    assert mine.get("/m/").status_code == 200  # still in
    assert identities.of(sue)


def test_a_backup_does_not_bring_anybody_back(browser, sue, phone, work, tmp_path, monkeypatch):
    monkeypatch.setattr(erasing, "_log", lambda: tmp_path / "erased.log")
    erasing._note(sue.id)
    with db.engine.begin() as line:  # as after a restore: the database knows nothing of it
        erasing.forget_again(line)
    work()
    assert "林小满" not in every_word()
    assert phone.openid not in every_word()
    assert erasing.of(sue.id).done_at


def test_forgetting_twice_is_forgetting_once(sue, work, outside):
    stone = erasing.erase(sue)
    db.session.commit()
    work()
    outside(erasing.finish, stone.id)
    outside(erasing.again, sue.id)
    assert len(db.session.scalars(db.select(Erasure)).all()) == 1


def parcel_of(mine):
    found = zipfile.ZipFile(io.BytesIO(mine.get("/m/privacy/parcel.zip").data))
    return {name: found.read(name) for name in found.namelist()}


def test_a_parcel_has_the_rows_and_the_files_they_sent_themselves(
    browser, sue, amy, chief, ben, work, monkeypatch
):
    chat = db.session.scalars(db.select(Conversation)).one()
    for number, (inbound, size) in enumerate(((True, 90), (True, 20), (False, 30))):
        said = Message(
            conversation_id=chat.id, inbound=inbound, kind="image", text="", at=now(),
            attached="ready", key=f"f{number}",
        )  # fmt: skip
        db.session.add(said)
        db.session.flush()
        one = Media(message_id=said.id, file=files.made_up(), kind="image/jpeg")
        files.where("talks", one.file).write_bytes(bytes([number]) * size)
        db.session.add(one)
    noting.note_down(chat, "topic", by=amy, to="内部说说")
    db.session.commit()
    mine = browser.as_member(sue)
    assert "开始打包" in mine.get("/m/privacy/parcel").text
    assert mine.get("/m/privacy/parcel.zip").status_code == 404
    monkeypatch.setattr(parcels, "MOST", 100)
    for _impatient in range(2):
        mine.post("/m/privacy/parcel")
    assert "正在打包" in mine.get("/m/privacy/parcel").text
    work()
    assert "打包好了" in mine.get("/m/privacy/parcel").text
    found = parcel_of(mine)
    sent = [data for name, data in found.items() if name.startswith("files/")]
    assert sent == [bytes([1]) * 20]  # the newest first; the larger has no room, ours is not theirs
    page, rows = found["my-data.html"].decode(), json.loads(found["my-data.json"])["tables"]
    assert "没有放进来的" in page
    assert "奶粉 林小满" in page
    assert {"note", "follow_up"}.isdisjoint(rows)
    assert "林小满的妈妈来过" not in page + found["my-data.json"].decode()
    lines = db.session.scalars(db.select(AuditLine).where(AuditLine.what == "member.packed"))
    assert [one.details for one in lines] == [{"files": 1, "left_out": 1}]
    mine.post("/m/privacy/parcel")  # a fresh one is not made again
    assert not parcels.is_waiting(sue)
    other = make.customer("赵敏", owner=ben)
    assert browser.as_member(other).get("/m/privacy/parcel.zip").status_code == 404


def test_a_parcel_goes_the_next_day_and_with_who_is_forgotten(browser, sue, work, at):
    mine = browser.as_member(sue)
    mine.post("/m/privacy/parcel")
    work()
    path = parcels.of(sue).path
    parcels.tidy()
    assert path.exists()
    os.utime(path, (0, 0))
    parcels.tidy()
    assert parcels.of(sue) is None
    parcels.ask(sue, language="en")
    db.session.commit()
    work()
    assert "All my data" in parcel_of(browser.as_member(sue))["my-data.html"].decode()
    erasing.erase(sue)
    db.session.commit()
    work()
    assert not path.exists()
