"""Group notices: to few, by name, in the daytime, seldom, and through the outbox alone."""

import pytest

from app.community import groups, memberships
from app.community.models import GroupNotice, NoticeLine
from app.core.db import db
from app.customers.models import Customer
from app.inbox.models import Conversation
from tests import make

NOON, NIGHT = "2026-11-04 12:00", "2026-11-04 22:30"


@pytest.fixture
def presale(app, at):
    at(NOON)
    groups.open_first()
    db.session.commit()
    return groups.first_of("presale")


@pytest.fixture
def fan(presale, phone, work, browser, chief):
    """A follower who asked, was answered, and is a member."""
    phone.does("subscribe")
    phone.says("奶粉到货了吗")
    work()
    chat = db.session.scalars(db.select(Conversation)).one()
    browser.as_(chief).post(f"/inbox/{chat.id}/messages", text="快了")
    work()
    memberships.pin(chat.customer, presale, by=chief)
    db.session.commit()
    return chat.customer


def test_it_is_shown_whom_it_reaches_and_then_sent(
    browser, presale, fan, chief, phone, work, lin, amy
):
    memberships.pin(lin, presale, by=amy)
    db.session.commit()
    owner, at = browser.as_(chief), f"/groups/{presale.id}/notices"
    form = {"text": "{称呼}，二段奶粉到货了", "members": [fan.id, lin.id]}
    assert "还没和公众号说过话" in owner.get(f"{at}/new").text
    shown = owner.htmx.post(at, **form)
    assert "能发到 1 位，1 位发不到" in shown.text
    assert phone.screen == ["快了"], "looking sends nothing"
    assert owner.post(at, **form, sure="1").status_code == 303
    assert owner.post(at, **form, sure="1").status_code == 303, "the same form again"
    work()
    assert len(phone.screen) == 2
    assert "二段奶粉到货了" in phone.screen[-1]
    assert db.session.query(GroupNotice).count() == 1
    listed = owner.get(at).text
    assert "发给 1 位，1 位没发" in listed
    assert "已送达平台" in listed
    assert "群通知" in owner.get(f"/customers/{fan.id}").text
    again = owner.post(at, text="还有三段", members=[fan.id], sure="1")
    assert again.status_code == 422
    assert "这几天已经收过群通知了" in again.text


def test_who_waits_for_an_answer_gets_one_and_no_notice(browser, presale, fan, chief, phone, work):
    phone.says("那尿裤呢")
    work()
    answer = browser.as_(chief).post(
        f"/groups/{presale.id}/notices", text="到货了", members=[fan.id], sure="1"
    )
    assert "正在等你回复" in answer.text
    assert db.session.query(NoticeLine).count() == 0


def test_not_at_night(browser, presale, fan, chief, at):
    at(NIGHT)
    answer = browser.as_(chief).post(
        f"/groups/{presale.id}/notices", text="到货了", members=[fan.id], sure="1"
    )
    assert answer.status_code == 422
    assert "9 点到 21 点" in answer.text


def test_never_to_many_and_never_to_strangers(browser, presale, chief, amy, ben):
    groups.edit(presale, name="售前", purpose="", owner=amy, deputies=[], by=chief)
    foreign = make.customer("何静", owner=ben)
    memberships.pin(foreign, presale, by=ben)
    for number in range(21):
        make.customer(f"客户{number}", owner=amy)
    db.session.commit()
    ids = list(db.session.scalars(db.select(Customer.id).where(Customer.owner_id == amy.id)))
    at, mine = f"/groups/{presale.id}/notices", browser.as_(amy)
    assert "不做群发" in mine.post(at, text="到货了", members=ids).text
    assert "还没有选人" in mine.post(at, text="到货了", members=[foreign.id]).text
    assert "何静" not in mine.get(f"{at}/new").text
    assert browser.as_(ben).get(at).status_code == 404
