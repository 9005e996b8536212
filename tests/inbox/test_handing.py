"""Conversations change hands: given, offered, taken over; answering claims; helpers."""

import pytest

from app.core import outbox
from app.core.db import db
from app.core.errors import DeliveryFailed, Refused
from app.customers import finding, helping, people, timeline
from app.customers.models import Customer
from app.inbox import assigning, handing, listing, noting, nudging, replying
from app.inbox.listing import Choice
from app.inbox.models import Conversation, Message, Nudge
from app.staff import accounts
from tests import make


def again(thing):
    db.session.expire_all()
    return db.session.get_one(type(thing), thing.id)


def ids(staff, tab):
    return [row.id for row in listing.rows(staff, Choice(tab=tab)).rows]


def events(chat):
    said = db.select(Message).where(Message.conversation_id == chat.id, Message.kind == "event")
    return [line.details["what"] for line in db.session.scalars(said.order_by(Message.id))]


# Answering claims -------------------------------------------------------------------------------


def test_answering_nobodys_conversation_claims_the_customer_of_the_pool(told, browser, amy):
    chat = told(make.customer("过客"))
    browser.as_(amy).post(f"/inbox/{chat.id}/messages", text="在的")
    chat = again(chat)
    assert (chat.assignee_id, chat.customer.owner_id) == (amy.id, amy.id)


def test_lending_a_hand_takes_nothing_away(told, amy, ben):
    chat = told(make.customer("过客"))
    chat.assignee_id = ben.id
    db.session.flush()
    replying.reply(chat, "在的", by=amy)
    assert (chat.assignee_id, chat.customer.owner_id) == (ben.id, None)


def test_the_assignee_who_answers_a_customer_given_back_claims_them(told, lin, amy, max_, work):
    chat = told(lin)
    people.hand_over(lin, to=None, by=max_)
    work()
    assert again(chat).assignee_id == amy.id
    replying.reply(chat, "在的", by=amy)
    assert chat.customer.owner_id == amy.id


def test_who_answers_a_customer_just_claimed_by_another_is_told_and_nothing_goes_out(
    told, browser, amy, ben
):
    chat = told(make.customer("过客"))
    one = browser.as_(amy)
    db.session.execute(db.update(Customer).values(owner_id=ben.id))
    db.session.commit()
    with pytest.raises(Refused, match="认领"):
        replying.reply(db.session.get_one(Conversation, chat.id), "在的", by=amy)
    db.session.rollback()
    assert one.post(f"/inbox/{chat.id}/messages", text="在的").status_code == 404


# Given and offered ------------------------------------------------------------------------------


def test_a_conversation_is_given_with_a_reason(told, lin, amy, ben, browser):
    chat = told(lin)
    answer = browser.as_(amy).post(
        f"/inbox/{chat.id}/handovers", to=ben.id, reason="奶粉的事你熟", how="give"
    )
    assert answer.status_code == 303
    assert again(chat).assignee_id == ben.id
    assert finding.sees(ben, lin)
    assert ids(ben, "mine") == ids(ben, "called") == [chat.id]
    page = browser.as_(ben).get(f"/inbox/{chat.id}").text
    assert "小艾 把对话交给了 小本" in page
    assert "奶粉的事你熟" in page
    assert "奶粉的事你熟" in browser.as_(ben).get(f"/customers/{lin.id}").text


def test_who_opens_it_has_heard(told, lin, amy, ben, browser):
    chat = told(lin)
    handing.give(chat, ben, reason="你熟", by=amy)
    assert listing.counts(ben)["called"] == 1
    assert listing.unread_of(ben) == 1
    one = browser.as_(ben)
    assert f"/inbox/{chat.id}/reading" in one.get(f"/inbox/{chat.id}").text
    one.post(f"/inbox/{chat.id}/reading")
    assert ids(ben, "called") == []
    assert listing.unread_of(ben) == 0


def test_a_given_conversation_brings_a_customer_of_the_pool_along(told, amy, ben):
    chat = told(make.customer("过客"))
    handing.give(chat, ben, reason="你熟", by=amy)
    assert chat.customer.owner_id == ben.id


@pytest.mark.parametrize(
    ("who", "reason", "says"),
    [("ben", "", "原因"), ("amy", "你熟", "本来就由"), ("left", "你熟", "停用")],
)
def test_what_cannot_be_given_is_refused_in_place(told, lin, amy, ben, chief, who, reason, says):
    chat = told(lin)
    left = make.staff("left", "agent", "走了")
    accounts.deactivate(left, by=chief)
    to = {"ben": ben, "amy": amy, "left": left}[who]
    with pytest.raises(Refused, match=says):
        handing.give(chat, to, reason=reason, by=amy)


def test_a_form_without_a_reason_comes_back(told, lin, amy, ben, browser):
    chat = told(lin)
    one = browser.as_(amy)
    assert one.get(f"/inbox/{chat.id}/handovers/new").status_code == 200
    answer = one.post(f"/inbox/{chat.id}/handovers", to=ben.id, reason="", how="ask")
    assert answer.status_code == 422
    assert again(chat).assignee_id == amy.id


def test_a_helper_does_not_give_away_what_a_colleague_answers(told, lin, amy, ben, max_):
    chat = told(lin)
    people.let_help(lin, staff=ben, why="inbox")
    cleo = make.staff("cleo", "agent", "小可")
    with pytest.raises(Refused, match="小艾"):
        handing.give(chat, cleo, reason="你熟", by=ben)
    assert handing.give(chat, cleo, reason="你熟", by=max_).assignee_id == cleo.id


def test_an_offer_changes_nothing_until_it_is_accepted(told, lin, amy, ben, browser):
    chat = told(lin)
    browser.as_(amy).post(f"/inbox/{chat.id}/handovers", to=ben.id, reason="你熟", how="ask")
    assert again(chat).assignee_id == amy.id
    assert ids(ben, "called") == [chat.id]
    one = browser.as_(ben)
    one.post(f"/inbox/{chat.id}/reading")
    assert ids(ben, "called") == [chat.id], "an offer waits for its answer"
    assert "想把这个对话交给你" in one.get(f"/inbox/{chat.id}").text
    assert "在等 小本 接" in browser.as_(amy).get(f"/inbox/{chat.id}").text
    one.post(f"/inbox/{chat.id}/handovers/acceptance")
    assert again(chat).assignee_id == ben.id
    assert events(chat) == ["offered", "accepted"]
    assert ids(ben, "called") == []
    assert one.post(f"/inbox/{chat.id}/handovers/acceptance").status_code == 409


def test_who_cannot_take_it_says_so_and_who_asked_is_told(told, lin, amy, ben, browser):
    chat = told(lin)
    handing.offer(chat, ben, reason="你熟", by=amy)
    browser.as_(ben).post(f"/inbox/{chat.id}/handovers/refusal")
    assert again(chat).assignee_id == amy.id
    assert ids(amy, "called") == [chat.id]
    assert ids(ben, "called") == []


def test_an_offer_is_withdrawn_by_who_made_it(told, lin, amy, ben, browser):
    chat = told(lin)
    handing.offer(chat, ben, reason="你熟", by=amy)
    with pytest.raises(Refused, match="小艾"):
        handing.withdraw(chat, by=ben)
    browser.as_(amy).post(f"/inbox/{chat.id}/handovers/withdrawal")
    assert ids(ben, "called") == []
    assert browser.as_(ben).post(f"/inbox/{chat.id}/handovers/acceptance").status_code == 409
    assert browser.as_(amy).post(f"/inbox/{chat.id}/handovers/withdrawal").status_code == 409


def test_whoever_takes_over_has_it_and_the_other_is_told(told, lin, amy, max_, browser):
    chat = told(lin)
    browser.as_(max_).post(f"/inbox/{chat.id}/takeover")
    assert again(chat).assignee_id == max_.id
    assert ids(amy, "called") == [chat.id]
    browser.as_(max_).post(f"/inbox/{chat.id}/takeover")
    assert events(chat) == ["taken"]


def test_what_one_does_not_see_cannot_be_handed_or_noted(told, lin, ben, browser):
    chat, stranger = told(lin), browser.as_(ben)
    for path in ("handovers", "handovers/acceptance", "handovers/refusal", "handovers/withdrawal",
                 "takeover", "notes"):  # fmt: skip
        assert stranger.post(f"/inbox/{chat.id}/{path}").status_code == 404
    for path in ("handovers/new", "notes/new"):
        assert stranger.get(f"/inbox/{chat.id}/{path}").status_code == 404


def test_claiming_stands_in_the_thread(told, amy):
    chat = told(make.customer("过客"))
    assigning.claim(chat, by=amy)
    assigning.claim(chat, by=amy)
    assert events(chat) == ["claimed"]


# Notes ------------------------------------------------------------------------------------------


def test_a_note_is_seen_by_colleagues_and_never_leaves_the_house(told, lin, amy, browser, work):
    chat = told(lin)
    one = browser.as_(amy)
    one.post(f"/inbox/{chat.id}/notes", text="她上次退过货")
    page = one.get(f"/inbox/{chat.id}").text
    assert "她上次退过货" in page
    assert "said-memo" in page
    assert db.session.scalar(db.select(outbox.Letter.id)) is None
    assert again(chat).last_text == "在吗"
    assert again(chat).unread == 1
    work()


@pytest.mark.parametrize("way", ["by name", "by picking"])
def test_a_colleague_who_is_called_is_told_and_may_look(told, lin, amy, ben, browser, way):
    chat = told(lin)
    assert browser.as_(ben).get(f"/inbox/{chat.id}").status_code == 404
    called = {"text": "@小本 帮看看"} if way == "by name" else {"text": "帮看看", "told": ben.id}
    browser.as_(amy).post(f"/inbox/{chat.id}/notes", **called)
    assert ids(ben, "called") == [chat.id]
    page = browser.as_(ben).get(f"/inbox/{chat.id}")
    assert page.status_code == 200
    assert "已告诉小本" in page.text
    assert again(chat).assignee_id == amy.id


def test_the_longer_of_two_names_is_meant(app, amy):
    short, long = make.staff("li", "agent", "小李"), make.staff("li2", "agent", "小李子")
    assert noting.called("@小李子 看看") == [long]
    assert set(noting.called("@小李 @小李子 看看")) == {short, long}
    assert noting.called("小李 看看") == []


def test_who_left_is_not_called(app, amy, chief):
    gone = make.staff("gone", "agent", "走了")
    accounts.deactivate(gone, by=chief)
    assert noting.called("@走了 看看") == []


def test_calling_oneself_tells_nobody(told, lin, amy):
    noting.write(told(lin), "@小艾 记得", by=amy)
    assert db.session.scalar(db.select(Nudge.id)) is None


def test_an_empty_note_is_refused(told, lin, amy, browser):
    chat, one = told(lin), browser.as_(amy)
    assert one.htmx.get(f"/inbox/{chat.id}/notes/new").status_code == 200
    assert one.post(f"/inbox/{chat.id}/notes", text="  ").status_code == 422
    with pytest.raises(Refused):
        noting.write(chat, " ", by=amy)


def test_markup_in_notes_and_reasons_is_text(told, lin, amy, ben, browser):
    chat = told(lin)
    noting.write(chat, "<script>alert(1)</script>", by=amy)
    handing.give(chat, ben, reason="<b>x</b>", by=amy)
    page = browser.as_(amy).get(f"/inbox/{chat.id}").text
    assert "<script>alert" not in page
    assert "<b>x</b>" not in page


def test_who_may_look_no_longer_is_not_called_any_more(told, lin, amy, ben, work):
    chat = told(lin)
    nudging.want(chat, ben, nudging.NAMED, by=amy)
    helping.end(lin, ben, by=amy)
    assert ids(ben, "called") == []
    assert listing.counts(ben)["called"] == 0
    assert listing.unread_of(ben) == 0


# Helpers ----------------------------------------------------------------------------------------


def test_the_owner_asks_a_colleague_to_help_and_lets_go_again(lin, amy, ben, browser):
    one, path = browser.as_(amy), f"/customers/{lin.id}/helpers"
    assert one.get(path).status_code == 200
    assert one.post(path, staff=ben.id).status_code == 303
    assert finding.sees(ben, lin)
    assert "小本" in one.htmx.get(path).text
    one.post(f"{path}/{ben.id}/removal")
    assert not finding.sees(ben, lin)
    assert [m.kind for m in timeline.story(lin)][:2] == ["customer.unhelped", "customer.helped"]


def test_a_helper_chooses_no_helpers_but_may_stop(lin, amy, ben, browser):
    people.let_help(lin, staff=ben, why="inbox")
    cleo = make.staff("cleo", "agent", "小可")
    one, path = browser.as_(ben), f"/customers/{lin.id}/helpers"
    assert one.post(path, staff=cleo.id).status_code == 422
    assert one.post(f"{path}/{ben.id}/removal").headers["Location"] == "/customers"
    assert one.get(path).status_code == 404


def test_helping_twice_or_ones_own_customer_is_refused(lin, amy, ben):
    helping.begin(lin, ben, by=amy)
    for staff in (ben, amy):
        with pytest.raises(Refused):
            helping.begin(lin, staff, by=amy)
    helping.end(lin, ben, by=amy)
    with pytest.raises(Refused):
        helping.end(lin, ben, by=amy)


def test_who_helps_no_more_gives_the_conversation_back(told, lin, amy, ben, work):
    chat = told(lin)
    handing.give(chat, ben, reason="你熟", by=amy)
    helping.end(lin, ben, by=amy)
    work()
    assert again(chat).assignee_id == amy.id


# Answers that did not arrive --------------------------------------------------------------------


@pytest.fixture
def refused(app):
    def send(_letter):
        raise DeliveryFailed("对方拒收了，请换一个方式", permanent=True)

    outbox.senders["wechat"] = send
    outbox.guards[:] = []


def test_a_failed_answer_is_seen_in_the_list_until_it_is_settled(
    told, lin, amy, browser, work, refused
):
    chat, one = told(lin), browser.as_(amy)
    one.post(f"/inbox/{chat.id}/messages", text="在的")
    assert "未送达" not in one.get("/inbox").text
    work()
    assert again(chat).undelivered == 1
    assert "未送达" in one.get("/inbox").text
    outbox.senders["wechat"] = lambda _letter: "1"
    message = db.session.scalar(db.select(Message.id).where(Message.letter_id.is_not(None)))
    one.post(f"/inbox/{chat.id}/messages/{message}/resend")
    assert again(chat).undelivered == 0
    work()
    assert "未送达" not in one.get("/inbox").text


def test_resolving_settles_what_did_not_arrive(told, lin, amy, browser, work, refused):
    chat, one = told(lin), browser.as_(amy)
    one.post(f"/inbox/{chat.id}/messages", text="在的")
    work()
    one.post(f"/inbox/{chat.id}/resolution")
    assert again(chat).undelivered == 0
