"""A message is heard, claimed, answered, and carried to the customer's phone."""

from app.core.db import db
from app.customers.models import Customer
from app.inbox.models import Conversation, Message


def the(model):
    return db.session.scalars(db.select(model)).one()


def test_a_message_is_heard_claimed_and_answered(phone, browser, work, amy):
    assert phone.says("在吗").text == "success"
    work()
    chat = the(Conversation)
    assert chat.assignee is None
    assert chat.customer.unnamed
    assert chat.customer.last_inbound_at
    page = browser.as_(amy).get("/inbox", tab="free")
    assert "在吗" in page.text
    assert browser.as_(amy).post(f"/inbox/{chat.id}/claim").status_code == 303
    answer = browser.as_(amy).htmx.post(f"/inbox/{chat.id}/messages", text="在的")
    assert "在的" in answer.text
    assert "发送中" in answer.text
    work()
    assert phone.screen == ["在的"]
    assert "已送达平台" in browser.as_(amy).get(f"/inbox/{chat.id}").text


def test_an_owners_customer_comes_to_the_owner(phone, work, lin, amy):
    phone.says("在吗")
    work()
    stranger = the(Conversation).customer
    assert stranger.id != lin.id
    phone.says("第二句")
    work()
    assert len(db.session.scalars(db.select(Message)).all()) == 2
    assert db.session.scalar(db.select(db.func.count(Customer.id))) == 2


def test_the_platform_repeats_and_the_message_is_there_once(phone, work):
    for _again in range(3):
        assert phone.says("有货吗", MsgId="77", CreateTime="1").status_code in (200,)
    work()
    assert the(Message).text == "有货吗"
