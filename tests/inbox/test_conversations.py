"""The inbox as its people see it: tabs, scopes, threads, answers."""

import pytest

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.outbox import Letter
from app.customers import people
from app.inbox import assigning, listing, thread
from app.inbox.listing import Choice
from app.inbox.models import Conversation, Message
from app.staff import accounts
from tests import make
from tests.crowd import at_once
from tests.outside import Browser

MARK = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'--><b>"


def again(chat):
    db.session.expire_all()
    found = db.session.get_one(Conversation, chat.id)
    db.session.commit()
    return found


def ids(staff, **choice):
    return [row.id for row in listing.rows(staff, Choice(**choice)).rows]


# Tabs and scopes ----------------------------------------------------------------------------------


def test_a_message_of_my_customer_is_mine(told, lin, amy, ben):
    chat = told(lin)
    assert chat.assignee_id == amy.id
    assert ids(amy, tab="mine") == ids(amy, tab="all") == [chat.id]
    assert ids(ben, tab="mine") == ids(ben, tab="free") == ids(ben, tab="all") == []


def test_a_message_of_nobodys_customer_waits_for_anybody(told, amy, ben):
    chat = told(make.customer("过客"))
    for staff in (amy, ben):
        assert ids(staff, tab="free") == ids(staff, tab="all") == [chat.id]
        assert ids(staff, tab="mine") == []


def test_a_manager_sees_all(told, lin, max_, chief):
    first, second = told(lin), told(make.customer("过客"))
    for staff in (max_, chief):
        assert ids(staff, tab="all") == [second.id, first.id]
        assert ids(staff, tab="free") == [second.id]


def test_counts_say_what_the_tabs_hold(told, lin, amy, ben, max_):
    told(lin)
    told(make.customer("过客"))
    assert listing.counts(amy) == {"mine": 1, "free": 1, "called": 0, "all": 2}
    assert listing.counts(ben) == {"mine": 0, "free": 1, "called": 0, "all": 1}
    assert listing.counts(max_) == {"mine": 0, "free": 1, "called": 0, "all": 2}
    assert [listing.unread_of(s) for s in (amy, ben, max_)] == [2, 1, 1]


def test_who_helps_sees_the_conversation_among_all(told, lin, amy, ben):
    chat = told(lin)
    people.let_help(lin, staff=ben, why="inbox")
    db.session.commit()
    assert ids(ben, tab="all") == [chat.id]
    assert ids(ben, tab="mine") == []
    assert listing.counts(ben) == {"mine": 0, "free": 0, "called": 0, "all": 1}


def test_a_conversation_whose_customer_one_may_not_see_is_in_no_list(told, lin, amy, ben):
    chat = told(lin)
    chat.assignee_id = ben.id
    db.session.commit()
    for tab in listing.TABS:
        assert ids(ben, tab=tab) == []
    assert listing.counts(ben) == {"mine": 0, "free": 0, "called": 0, "all": 0}
    assert listing.unread_of(ben) == 0


def test_a_list_never_shows_what_cannot_be_opened(told, lin, amy, ben, max_, browser):
    told(lin)
    told(make.customer("甲", owner=ben))
    told(make.customer("乙"))
    for staff in (amy, ben, max_):
        one = browser.as_(staff)
        for chat_id in ids(staff, tab="all"):
            assert one.get(f"/inbox/{chat_id}").status_code == 200


def test_resolved_ones_stand_apart(told, lin, amy, browser):
    chat = told(lin)
    browser.as_(amy).post(f"/inbox/{chat.id}/resolution")
    assert ids(amy, tab="mine") == []
    assert ids(amy, tab="mine", state="resolved") == [chat.id]
    page = browser.as_(amy).get("/inbox", tab="mine", state="resolved").text
    assert "林小满" in page


def test_the_newest_stands_first_and_pages_follow_each_other(told, app, amy, at):
    chats = []
    for n in range(75):
        at(f"2026-08-22 10:{n // 2:02}")  # two at the same moment
        chats.append(told(make.customer(f"客{n}", owner=amy)).id)
    seen, before = [], None
    while True:
        page = listing.rows(amy, Choice(tab="mine", before=before))
        seen.append([row.id for row in page.rows])
        before = page.next
        if before is None:
            break
    assert [len(part) for part in seen] == [30, 30, 15]
    assert sum(seen, []) == sorted(chats, reverse=True)


def test_the_next_page_is_a_link(told, browser, amy):
    for n in range(31):
        told(make.customer(f"客{n:02}", owner=amy))
    page = browser.as_(amy).get("/inbox", tab="mine").text
    assert "客00" not in page
    link = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "客00" in browser.as_(amy)._ask("get", link).text


@pytest.mark.parametrize(
    "before", ["", "x", "-", "1-", "~", "1~x", "9" * 60, "-1~-1", "1~99999999999"]
)
def test_a_nonsense_page_begins_at_the_top(told, browser, lin, amy, before):
    told(lin)
    page = browser.as_(amy).get("/inbox", tab="mine", before=before)
    assert page.status_code == 200
    assert "林小满" in page.text


@pytest.mark.parametrize(
    "query", [{"tab": "x"}, {"state": "x"}, {"tab": "mine' OR 1=1"}, {"tab": ""}]
)
def test_an_unknown_tab_is_a_known_one(told, browser, lin, amy, query):
    told(lin)
    assert "林小满" in browser.as_(amy).get("/inbox", **query).text


def test_htmx_gets_the_list_alone_and_nothing_while_nothing_is_new(told, browser, lin, amy):
    told(lin)
    one = browser.as_(amy).htmx
    part = one.get("/inbox", tab="mine")
    assert "<html" not in part.text
    seen = part.text.split("seen=")[1].split('"')[0]
    assert one.get("/inbox", tab="mine", seen=seen).status_code == 204
    told(lin, "还在吗")
    assert one.get("/inbox", tab="mine", seen=seen).status_code == 200


# Another's conversation ---------------------------------------------------------------------------


def test_another_agents_conversation_is_an_unknown_page(told, browser, lin, amy, ben):
    chat = told(lin)
    other = browser.as_(ben)
    unknown = other.get("/inbox/99999")
    for ask in (
        lambda p: other.get(f"/inbox/{p}"),
        lambda p: other.get(f"/inbox/{p}/now"),
        lambda p: other.post(f"/inbox/{p}/messages", text="hi"),
        lambda p: other.post(f"/inbox/{p}/claim"),
        lambda p: other.post(f"/inbox/{p}/reading"),
        lambda p: other.post(f"/inbox/{p}/resolution"),
        lambda p: other.post(f"/inbox/{p}/reopening"),
        lambda p: other.post(f"/inbox/{p}/messages/1/resend"),
        lambda p: other.post(f"/inbox/{p}/messages/1/delivered"),
    ):
        answer = ask(chat.id)
        assert answer.status_code == 404
        assert "林小满" not in answer.text
    assert unknown.status_code == 404
    assert again(chat).unread == 1
    assert db.session.scalars(db.select(Letter)).all() == []


def test_a_message_belongs_to_its_conversation(told, browser, lin, amy, work):
    mine, other = told(lin), told(make.customer("甲", owner=amy))
    browser.as_(amy).post(f"/inbox/{mine.id}/messages", text="hi")
    letter = db.session.scalars(db.select(Letter)).one()
    letter.state = "unknown"
    message = db.session.scalars(db.select(Message).where(Message.letter_id == letter.id)).one()
    one = browser.as_(amy)
    assert one.post(f"/inbox/{other.id}/messages/{message.id}/resend").status_code == 404
    assert one.post(f"/inbox/{other.id}/messages/{message.id}/delivered").status_code == 404
    assert db.session.get_one(Letter, letter.id).state == "unknown"


def test_what_the_customer_said_cannot_be_sent_again(told, browser, lin, amy):
    chat = told(lin)
    message = db.session.scalars(db.select(Message)).one()
    answer = browser.as_(amy).post(f"/inbox/{chat.id}/messages/{message.id}/resend")
    assert answer.status_code == 404


# Claiming -----------------------------------------------------------------------------------------


def test_claiming_brings_the_customer_along(told, browser, amy):
    chat = told(make.customer("过客"))
    assert browser.as_(amy).post(f"/inbox/{chat.id}/claim").status_code == 303
    assert again(chat).assignee_id == amy.id
    assert again(chat).customer.owner_id == amy.id


def test_claiming_twice_is_no_fault(told, browser, amy):
    chat = told(make.customer("过客"))
    for _again in range(2):
        assert browser.as_(amy).post(f"/inbox/{chat.id}/claim").status_code == 303


@pytest.mark.parametrize("later", ["ben", "max_"])
def test_who_claims_too_late_is_told_who_was_quicker(told, browser, amy, later, request):
    other = request.getfixturevalue(later)
    chat = told(make.customer("过客"))
    browser.as_(amy).post(f"/inbox/{chat.id}/claim")
    page = browser.as_(other).post(f"/inbox/{chat.id}/claim")
    assert page.status_code == 409
    assert "已经由小艾接待了" in page.text
    part = browser.as_(other).htmx.post(f"/inbox/{chat.id}/claim")
    assert part.headers["HX-Retarget"] == "#flash"
    assert "已经由小艾接待了" in part.text
    assert again(chat).assignee_id == amy.id


def test_an_hour_later_it_is_an_unknown_page(told, browser, amy, ben, at):
    at("2026-08-22 10:00")
    chat = told(make.customer("过客"))
    browser.as_(amy).post(f"/inbox/{chat.id}/claim")
    at("2026-08-22 11:00")
    assert browser.as_(ben).post(f"/inbox/{chat.id}/claim").status_code == 404


def test_of_two_at_the_same_instant_one_wins_and_the_other_is_told_who(told, app, amy, ben):
    for turn in range(4):
        chat = told(make.customer(f"过客{turn}"))

        def claim(staff, chat=chat):
            browser = Browser(app, staff)
            browser.token()
            return lambda: browser.post(f"/inbox/{chat.id}/claim")

        answers = at_once(app, claim(amy), claim(ben))
        winner = again(chat).assignee
        assert sorted(a.status_code for a in answers) == [303, 409]
        lost = next(a for a in answers if a.status_code == 409)
        assert winner.display in lost.text
        assert again(chat).customer.owner_id == winner.id


def test_a_conversation_goes_to_whom_the_customer_is_given(told, lin, amy, ben, max_, work):
    chat = told(lin)
    people.hand_over(lin, to=ben, by=max_)
    db.session.commit()
    work()
    assert again(chat).assignee_id == ben.id


def test_a_conversation_stays_with_a_helper_when_the_customer_changes_hands(
    told, lin, ben, max_, work
):
    chat = told(lin)
    chat.assignee_id = max_.id
    people.hand_over(lin, to=ben, by=max_)
    db.session.commit()
    work()
    assert again(chat).assignee_id == max_.id


def test_a_waiting_conversation_goes_to_who_claims_the_customer(told, amy, work):
    customer = make.customer("过客")
    chat = told(customer)
    people.claim(customer, by=amy)
    db.session.commit()
    work()
    assert again(chat).assignee_id == amy.id


def test_a_customer_given_back_to_the_pool_is_still_answered_by_the_same(
    told, lin, amy, max_, work
):
    chat = told(lin)
    people.hand_over(lin, to=None, by=max_)
    db.session.commit()
    work()
    assert again(chat).assignee_id == amy.id


def test_the_conversations_of_who_left_wait_for_anybody(told, lin, amy, max_, chief, work):
    chat = told(lin)
    accounts.deactivate(amy, by=chief)
    people.hand_over(lin, to=None, by=max_)
    db.session.commit()
    work()
    assert again(chat).assignee_id is None


def test_claiming_verb_refuses_with_the_name(told, amy, ben):
    chat = told(make.customer("过客"))
    assigning.claim(chat, by=amy)
    with pytest.raises(Refused, match="小艾"):
        assigning.claim(chat, by=ben)


# Answering ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "\0", "\u200b" * 0])
def test_an_empty_answer_is_refused_in_place(told, browser, lin, amy, text):
    chat = told(lin)
    for ask in (browser.as_(amy), browser.as_(amy).htmx):
        answer = ask.post(f"/inbox/{chat.id}/messages", text=text)
        assert answer.status_code == 422
        assert "field-error" in answer.text or "alert-danger" in answer.text
    assert db.session.scalars(db.select(Letter)).all() == []


@pytest.mark.parametrize("text", ["很" * 683, "x" * 2049, "😀" * 600])
def test_an_answer_that_is_too_long_keeps_what_was_typed(told, browser, lin, amy, text):
    chat = told(lin)
    for ask in (browser.as_(amy), browser.as_(amy).htmx):
        answer = ask.post(f"/inbox/{chat.id}/messages", text=text)
        assert answer.status_code == 422
        assert "太长了" in answer.text
        assert text in answer.text
    assert db.session.scalars(db.select(Letter)).all() == []


def test_an_answer_of_the_longest_length_goes_out(told, browser, lin, amy):
    chat = told(lin)
    assert browser.as_(amy).post(f"/inbox/{chat.id}/messages", text="很" * 682).status_code == 303


def test_what_is_typed_is_kept_as_a_draft_of_its_own_thread(told, browser, lin, amy):
    chat = told(lin)
    page = browser.as_(amy).get(f"/inbox/{chat.id}").text
    assert f'data-draft="talk-{chat.id}"' in page
    assert "data-enter-sends" in page


def test_an_answer_stops_the_waiting(told, browser, lin, amy):
    chat = told(lin)
    assert again(chat).waiting_since < clock.FAR_OFF
    browser.as_(amy).htmx.post(f"/inbox/{chat.id}/messages", text="在的")
    found = again(chat)
    assert (found.waiting_since, found.unread, found.last_text) == (clock.FAR_OFF, 0, "在的")
    assert not found.last_inbound


def test_a_double_click_is_two_answers_and_no_fault(told, browser, lin, amy, work):
    chat = told(lin)
    for _click in range(2):
        assert browser.as_(amy).post(f"/inbox/{chat.id}/messages", text="在的").status_code == 303
    assert len(thread.messages(again(chat))) == 3


def test_a_doubtful_answer_offers_both_ways(told, browser, lin, amy):
    chat = told(lin)
    one = browser.as_(amy)
    one.post(f"/inbox/{chat.id}/messages", text="在的")
    letter = db.session.scalars(db.select(Letter)).one()
    letter.state, letter.reason = "unknown", "微信没有回答，不知道对方收到没有"
    db.session.commit()
    message = thread.messages(chat)[-1]
    page = one.get(f"/inbox/{chat.id}").text
    assert "不确定是否送达" in page
    assert f"/inbox/{chat.id}/messages/{message.id}/resend" in page
    assert one.post(f"/inbox/{chat.id}/messages/{message.id}/delivered").status_code == 303
    assert "已送达平台" in one.get(f"/inbox/{chat.id}").text
    again_ = one.post(f"/inbox/{chat.id}/messages/{message.id}/delivered")
    assert again_.status_code == 409


def test_a_failed_answer_says_why_and_can_be_sent_again(told, browser, lin, amy):
    chat = told(lin)
    one = browser.as_(amy)
    one.post(f"/inbox/{chat.id}/messages", text="在的")
    letter = db.session.scalars(db.select(Letter)).one()
    letter.state, letter.reason, letter.code = "failed", "对方没有关注公众号，发不过去", "43004"
    db.session.commit()
    message = thread.messages(chat)[-1]
    page = one.get(f"/inbox/{chat.id}").text
    assert "对方没有关注公众号" in page
    assert "43004" in page
    assert one.post(f"/inbox/{chat.id}/messages/{message.id}/resend").status_code == 303
    assert db.session.get_one(Letter, letter.id).state == "queued"


# Resolving and reading ----------------------------------------------------------------------------


def test_a_conversation_is_resolved_and_opened_again(told, browser, lin, amy):
    chat = told(lin)
    one = browser.as_(amy)
    assert one.post(f"/inbox/{chat.id}/resolution").status_code == 303
    assert again(chat).state == "resolved"
    assert one.post(f"/inbox/{chat.id}/resolution").status_code == 409
    assert one.htmx.post(f"/inbox/{chat.id}/reopening").status_code == 200
    assert again(chat).state == "open"
    assert one.post(f"/inbox/{chat.id}/reopening").status_code == 409


def test_looking_reads_nothing_and_the_small_form_does(told, browser, lin, amy):
    chat = told(lin)
    one = browser.as_(amy)
    page = one.get(f"/inbox/{chat.id}").text
    assert f'hx-post="/inbox/{chat.id}/reading"' in page
    assert again(chat).unread == 1
    assert one.htmx.post(f"/inbox/{chat.id}/reading").status_code == 204
    assert again(chat).unread == 0
    assert f"/inbox/{chat.id}/reading" not in one.get(f"/inbox/{chat.id}").text


def test_who_only_looks_over_the_shoulder_reads_nothing(told, browser, lin, max_):
    chat = told(lin)
    browser.as_(max_).post(f"/inbox/{chat.id}/reading")
    assert again(chat).unread == 1


def test_the_live_look_is_silent_while_nothing_is_new(told, browser, lin, amy):
    chat = told(lin)
    one = browser.as_(amy).htmx
    seen = thread.stamp(chat)
    assert one.get(f"/inbox/{chat.id}/now", seen=seen).status_code == 204
    told(lin, "还在吗")
    answer = one.get(f"/inbox/{chat.id}/now", seen=seen)
    assert answer.status_code == 200
    assert "还在吗" in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize("change", ["letter", "state", "assignee"])
def test_the_live_look_sees_every_change(told, browser, lin, amy, ben, change):
    chat = told(lin)
    browser.as_(amy).post(f"/inbox/{chat.id}/messages", text="在的")
    before = thread.stamp(again(chat))
    found = again(chat)
    if change == "letter":
        db.session.scalars(db.select(Letter)).one().state = "sent"
    elif change == "state":
        found.state = "resolved"
    else:
        found.assignee_id = ben.id
    db.session.commit()
    assert thread.stamp(again(chat)) != before


def test_earlier_messages_are_a_page_away(told, browser, lin, amy):
    for n in range(50):
        chat = told(lin, f"第{n:02}句")
    one = browser.as_(amy)
    page = one.get(f"/inbox/{chat.id}").text
    assert "第49句" in page
    assert "第19句" not in page
    link = page.split("before=")[1].split('"')[0]
    earlier = one.get(f"/inbox/{chat.id}", before=link).text
    assert "第19句" in earlier
    assert "第20句" not in earlier


# What strangers write -----------------------------------------------------------------------------


def test_markup_is_shown_as_text_everywhere(told, browser, amy, max_):
    customer = make.customer(MARK, owner=amy, remark=MARK, by=amy)
    for kind in ("text", "link", "location", "voice"):
        chat = told(customer, MARK, kind)
    amy.display = MARK[:60]
    db.session.commit()
    browser.as_(amy).post(f"/inbox/{chat.id}/messages", text=MARK)
    letter = db.session.scalars(db.select(Letter)).one()
    letter.state, letter.reason = "failed", MARK
    db.session.commit()
    for staff in (amy, max_):
        one = browser.as_(staff)
        paths = ("/inbox", f"/inbox/{chat.id}", f"/inbox/{chat.id}/now", "/customers", "/")
        own = (f"/customers/{customer.id}", f"/customers/{customer.id}/conversations")
        for path in paths + own:
            for ask in (one, one.htmx):
                text = ask.get(path, tab="all").text
                assert "<img src=x" not in text, path
                assert "<script>alert" not in text, path
                assert "'--><b>" not in text, path


def test_strange_signs_are_shown(told, browser, lin, amy):
    chat = told(lin, "{{7*7}} ${x} %s \u202e 👨\u200d👩 ٣")
    page = browser.as_(amy).get(f"/inbox/{chat.id}").text
    assert "{{7*7}} ${x} %s" in page


# The tab of the customer's page -------------------------------------------------------------------


def test_the_customers_page_has_a_tab_of_conversations(told, browser, lin, amy):
    chat = told(lin, "在吗")
    one = browser.as_(amy)
    assert f"/customers/{lin.id}/conversations" in one.get(f"/customers/{lin.id}").text
    page = one.get(f"/customers/{lin.id}/conversations")
    assert f"/inbox/{chat.id}" in page.text
    assert "在吗" in page.text
    assert "小艾" in page.text
    part = one.htmx.get(f"/customers/{lin.id}/conversations")
    assert "<html" not in part.text
    assert "在吗" in part.text


def test_the_tab_of_another_agents_customer_is_an_unknown_page(told, browser, lin, ben):
    told(lin)
    assert browser.as_(ben).get(f"/customers/{lin.id}/conversations").status_code == 404
    assert browser.as_(ben).get("/customers/99999/conversations").status_code == 404


def test_a_customer_who_never_wrote_has_an_empty_tab(browser, lin, amy):
    assert "还没有对话" in browser.as_(amy).get(f"/customers/{lin.id}/conversations").text


def test_a_form_that_is_sent_twice_is_one_answer(browser, amy, lin, told):
    """A second press, or a phone that lost the answer to the first and sends again."""
    chat = told(lin)
    mine = browser.as_(amy)
    for text in ("在的", "在的", "有货"):
        assert mine.post(f"/inbox/{chat.id}/messages", text=text, once="a1").status_code == 303
    mine.post(f"/inbox/{chat.id}/messages", text="在的", once="b2")
    letters = db.session.scalars(db.select(Letter).order_by(Letter.id))
    posted = [letter.body["text"] for letter in letters]
    assert posted == ["在的", "有货", "在的"]
    assert thread.messages(chat)[-1].text == "在的"


def test_each_thread_has_a_form_of_its_own(browser, amy, lin, told):
    chat = told(lin)
    pages = {browser.as_(amy).get(f"/inbox/{chat.id}").text for _look in range(2)}
    names = {page.partition('name="once"')[2].partition(">")[0] for page in pages}
    assert len(names) == 2
