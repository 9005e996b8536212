"""Put off, unread again, labels, who else is here, and the number that asks for me."""

import pytest

from app.core.clock import now, timedelta
from app.core.db import db
from app.core.errors import Refused
from app.inbox import closing, labelling, listing, presence, replying, snoozing
from app.inbox.listing import Choice
from app.inbox.models import Conversation, Label, Message, Presence
from tests import make


def again(thing):
    db.session.expire_all()
    return db.session.get_one(type(thing), thing.id)


def ids(staff, **choice):
    return [row.id for row in listing.rows(staff, Choice(**choice)).rows]


# Put off ------------------------------------------------------------------------------------------


def test_a_conversation_put_off_comes_back_by_itself(told, lin, amy, browser, work, at):
    at("2026-08-22 15:00")
    chat, one = told(lin), browser.as_(amy)
    assert one.get(f"/inbox/{chat.id}/snooze/new").status_code == 200
    assert one.post(f"/inbox/{chat.id}/snooze", to="tomorrow").status_code == 303
    work()
    assert ids(amy, tab="mine") == []
    assert ids(amy, tab="mine", state="snoozed") == [chat.id]
    assert "2026-08-23 09:00" in one.get(f"/inbox/{chat.id}").text
    at("2026-08-23 09:00")
    work()
    assert ids(amy, tab="mine") == ids(amy, tab="called") == [chat.id]
    assert "推迟的时间到了" in browser.as_(amy).get(f"/inbox/{chat.id}").text


def test_a_customer_who_writes_brings_it_back(told, lin, amy, work, at):
    at("2026-08-22 15:00")
    chat = told(lin)
    snoozing.snooze(chat, snoozing.moment_of("hour", None), by=amy)
    told(lin, "还在吗")
    assert again(chat).is_open
    at("2026-08-22 16:00")
    work()
    assert ids(amy, tab="called") == [], "it had come back before"


def test_it_may_wait_for_the_customer_alone(told, lin, amy, work, at):
    chat = told(lin)
    snoozing.snooze(chat, snoozing.moment_of("writes", None), by=amy)
    at("2099-08-22 16:00")
    work()
    assert not again(chat).is_open


def test_one_put_off_is_opened_or_resolved_by_hand(told, lin, amy, browser):
    chat, one = told(lin), browser.as_(amy)
    one.post(f"/inbox/{chat.id}/snooze", to="hour")
    assert "取消推迟" in one.get(f"/inbox/{chat.id}").text
    one.post(f"/inbox/{chat.id}/reopening")
    assert again(chat).is_open
    one.post(f"/inbox/{chat.id}/snooze", to="hour")
    one.post(f"/inbox/{chat.id}/resolution")
    assert again(chat).state == "resolved"
    with pytest.raises(Refused):
        snoozing.snooze(again(chat), now() + timedelta(hours=1), by=amy)


def test_answering_opens_it(told, lin, amy):
    chat = told(lin)
    snoozing.snooze(chat, now() + timedelta(hours=1), by=amy)
    replying.reply(chat, "在的", by=amy)
    assert chat.is_open


@pytest.mark.parametrize(
    "fields", [{}, {"to": "custom"}, {"to": "nonsense"}, {"to": "custom", "at": "2001-01-01T10:00"},
               {"to": "custom", "at": "2199-01-01T10:00"}],
)  # fmt: skip
def test_a_nonsense_time_is_refused_in_place(told, lin, amy, browser, fields):
    chat = told(lin)
    assert browser.as_(amy).post(f"/inbox/{chat.id}/snooze", **fields).status_code == 422
    assert again(chat).is_open


def test_waking_what_is_gone_is_harmless(app, amy):
    snoozing.wake(17, amy.id)


# Unread again -------------------------------------------------------------------------------------


def test_marked_unread_it_counts_again(told, lin, amy, browser):
    chat, one = told(lin), browser.as_(amy)
    one.post(f"/inbox/{chat.id}/reading")
    assert listing.unread_of(amy) == 0
    assert one.post(f"/inbox/{chat.id}/unreading").headers["Location"] == "/inbox"
    assert listing.unread_of(amy) == 1


def test_the_number_stands_in_title_and_menu_and_comes_anew_when_it_changes(
    told, lin, amy, browser
):
    one = browser.as_(amy)
    assert "<title>(" not in one.get("/followups").text
    told(lin)
    page = one.get("/followups").text
    assert "<title>(1) " in page
    assert 'data-unread="1"' in page
    assert one.htmx.get("/inbox/unread", seen="1").status_code == 204
    news = one.htmx.get("/inbox/unread", seen="0").text
    assert 'id="unread-rail"' in news
    assert 'id="unread-bar"' in news
    assert one.get("/inbox/unread").status_code == 303


def test_sound_and_notices_are_each_colleagues_choice(amy, ben, browser):
    one = browser.as_(amy)
    assert "data-in-background" not in one.get("/").text
    one.post("/settings/me/attention", sound="y", notices="y")
    page = one.get("/").text
    assert "data-sound" in page
    assert "data-notices" in page
    assert "data-in-background" in page
    assert "data-sound" not in browser.as_(ben).get("/").text
    one.post("/settings/me/attention")
    assert "data-sound" not in one.get("/").text


# Who else is here ---------------------------------------------------------------------------------


@pytest.fixture
def shared(told, lin, amy, ben):
    """A conversation that amy has and ben may see."""
    chat = told(lin)
    make.people.let_help(lin, staff=ben, why="inbox")
    db.session.commit()
    return chat


def test_a_colleague_who_looks_is_seen_and_fades(shared, amy, ben, browser, at):
    at("2026-08-22 15:00:00")
    path = f"/inbox/{shared.id}/now"
    browser.as_(ben).htmx.get(path)
    assert "小本 正在看" in browser.as_(amy).get(path).text
    assert "小本 正在看" not in browser.as_(ben).get(path).text
    at("2026-08-22 15:01:00")
    assert "正在看" not in browser.as_(amy).get(path).text


def test_looking_writes_once_in_twenty_seconds(shared, ben, browser, at):
    at("2026-08-22 15:00:00")
    one, path = browser.as_(ben).htmx, f"/inbox/{shared.id}/now"
    one.get(path)
    first = db.session.scalar(db.select(Presence.seen_at))
    at("2026-08-22 15:00:19")
    one.get(path)
    assert db.session.scalar(db.select(Presence.seen_at)) == first
    at("2026-08-22 15:00:21")
    one.get(path)
    assert db.session.scalar(db.select(Presence.seen_at)) > first


def test_who_writes_is_seen_and_the_live_look_hears_of_it(shared, amy, ben, browser, at):
    at("2026-08-22 15:00:00")
    watch = browser.as_(amy).htmx
    page = watch.get(f"/inbox/{shared.id}/now").text
    seen = page.partition("seen=")[2].partition('"')[0]
    assert watch.get(f"/inbox/{shared.id}/now", seen=seen).status_code == 204
    assert browser.as_(ben).htmx.post(f"/inbox/{shared.id}/presence").status_code == 204
    news = watch.get(f"/inbox/{shared.id}/now", seen=seen)
    assert "小本 正在输入" in news.text
    assert "接手" not in news.text, "it is amy's already"
    at("2026-08-22 15:00:10")
    assert "正在输入" not in watch.get(f"/inbox/{shared.id}/now").text


def test_two_do_not_answer_at_once(shared, amy, ben, browser):
    browser.as_(amy).htmx.post(f"/inbox/{shared.id}/presence")
    late = browser.as_(ben)
    answer = late.post(f"/inbox/{shared.id}/messages", text="我来答")
    assert answer.status_code == 422
    assert "小艾 正在写回复" in answer.text
    assert "我来答" in answer.text
    assert "接手" in late.get(f"/inbox/{shared.id}").text
    late.post(f"/inbox/{shared.id}/takeover")
    assert again(shared).assignee_id == ben.id
    assert late.post(f"/inbox/{shared.id}/messages", text="我来答").status_code == 303


def test_who_has_the_conversation_waits_for_nobody(shared, amy, ben, browser):
    browser.as_(ben).htmx.post(f"/inbox/{shared.id}/presence")
    assert browser.as_(amy).post(f"/inbox/{shared.id}/messages", text="在").status_code == 303


def test_of_two_at_nobodys_conversation_the_first_to_write_goes_on(told, amy, ben, at):
    chat = told(make.customer("过客"))
    at("2026-08-22 15:00:00")
    presence.write(chat, by=amy)
    at("2026-08-22 15:00:02")
    presence.write(chat, by=ben)
    at("2026-08-22 15:00:04")
    presence.write(chat, by=amy)
    presence.give_way(chat, by=amy)
    with pytest.raises(Refused, match="小艾"):
        presence.give_way(chat, by=ben)


def test_taking_over_nobodys_conversation_claims_it(told, amy, browser):
    chat = told(make.customer("过客"))
    browser.as_(amy).post(f"/inbox/{chat.id}/takeover")
    assert again(chat).assignee_id == amy.id


def test_yesterdays_presence_is_forgotten(shared, ben, at):
    at("2026-08-22 15:00:00")
    presence.look(shared, by=ben)
    at("2026-08-24 15:00:00")
    presence.sweep()
    assert presence.rows_at(shared) == []


def test_a_stranger_is_not_present(told, lin, ben, browser):
    chat = told(lin)
    assert browser.as_(ben).htmx.post(f"/inbox/{chat.id}/presence").status_code == 404
    assert browser.as_(ben).get(f"/inbox/{chat.id}/now").status_code == 404
    for unknown in (chat.id, 99):
        answer = browser.as_(ben).htmx.get(f"/inbox/{unknown}/now")
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/inbox")
    assert db.session.scalar(db.select(Presence.id)) is None


# Labels -------------------------------------------------------------------------------------------


@pytest.fixture
def returned(app):
    label = labelling.define("退换货", "red")
    db.session.commit()
    return label


def test_the_owner_makes_changes_and_drops_labels(told, lin, chief, amy, browser):
    one = browser.as_(chief)
    assert one.get("/inbox/labels").status_code == 200
    one.post("/inbox/labels", name="退换货", tone="red")
    label = db.session.scalars(db.select(Label)).one()
    assert one.get(f"/inbox/labels/{label.id}/edit").status_code == 200
    one.post(f"/inbox/labels/{label.id}", name="退货", tone="blue")
    assert (again(label).name, again(label).tone) == ("退货", "blue")
    chat = told(lin)
    labelling.put(chat, [label.id])
    one.post(f"/inbox/labels/{label.id}/removal")
    assert labelling.every() == []
    assert labelling.of_chats([chat.id]) == {}
    assert browser.as_(amy).post("/inbox/labels", name="x", tone="red").status_code == 403


@pytest.mark.parametrize(
    "fields", [{"name": "", "tone": "red"}, {"name": "退换货", "tone": "red"},
               {"name": "问价", "tone": "pink"}, {"name": "字" * 21, "tone": "red"}],
)  # fmt: skip
def test_a_label_that_cannot_be_is_refused(returned, chief, browser, fields):
    assert browser.as_(chief).post("/inbox/labels", **fields).status_code == 422


def test_a_label_is_put_on_seen_and_filtered_by(told, lin, amy, returned, browser):
    chat, other = told(lin), told(make.customer("甲", owner=amy))
    one = browser.as_(amy)
    assert "退换货" in one.get(f"/inbox/{chat.id}/labels").text
    one.post(f"/inbox/{chat.id}/labels", labels=returned.id)
    assert "退换货" in one.get("/inbox", tab="mine").text
    for tab in ("mine", "all"):
        assert ids(amy, tab=tab, label=returned.id) == [chat.id]
    assert ids(amy, tab="free", label=returned.id) == []
    assert ids(amy, tab="mine", label=99) == []
    one.post(f"/inbox/{chat.id}/labels")
    assert ids(amy, tab="mine", label=returned.id) == []
    assert other.id in ids(amy, tab="mine")


def test_a_label_on_very_many_is_looked_for_on_the_way(told, lin, amy, max_, returned, monkeypatch):
    chats = [told(make.customer(f"客{n}", owner=amy)) for n in range(4)]
    for chat in chats[:3]:
        labelling.put(chat, [returned.id])
    monkeypatch.setattr(labelling, "MANY", labelling.MANY.offset(1))
    for staff in (amy, max_):
        assert ids(staff, tab="all", label=returned.id) == [chat.id for chat in chats[2::-1]]


def test_a_label_shows_no_conversation_that_one_may_not_see(told, lin, ben, returned):
    labelling.put(told(lin), [returned.id])
    for tab in listing.TABS:
        assert ids(ben, tab=tab, label=returned.id) == []


def test_a_shop_has_a_short_list(app):
    for n in range(labelling.MOST):
        labelling.define(f"签{n}", "grey")
    with pytest.raises(Refused):
        labelling.define("再来", "grey")


def test_nothing_of_this_is_said_to_the_customer(told, lin, amy, work):
    chat = told(lin)
    snoozing.snooze(chat, now() + timedelta(hours=1), by=amy)
    closing.resolve(chat, by=amy)
    sent = db.select(Message.id).where(Message.letter_id.is_not(None))
    assert db.session.scalar(sent) is None
    assert db.session.get_one(Conversation, chat.id).state == "resolved"
