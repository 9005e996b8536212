"""The pages of follow-ups and contacts, as colleagues use them."""

import re

import pytest

from app.core.db import db
from app.customers.models import Note
from app.reminders import followups, listing
from app.reminders.models import FollowUp
from tests import make


def all_of(model):
    db.session.commit()
    return db.session.scalars(db.select(model).order_by(model.id)).all()


# The composer ---------------------------------------------------------------------------------


def test_what_happened_and_when_next_are_saved_together(browser, amy, lin):
    answer = browser.as_(amy).post(
        f"/customers/{lin.id}/contacts", text="想要大罐的", method="phone", result="thinking",
        next="days3", what="问大罐到没到",
    )  # fmt: skip
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/customers/{lin.id}"
    (note,) = all_of(Note)
    assert (note.text, note.method, note.result) == ("想要大罐的", "phone", "thinking")
    assert [one.what for one in all_of(FollowUp)] == ["问大罐到没到"]


def test_without_a_next_time_nothing_is_planned(browser, amy, lin):
    browser.as_(amy).post(f"/customers/{lin.id}/contacts", text="来过电话", next="")
    assert all_of(FollowUp) == []


def test_htmx_gets_an_empty_box_and_a_word(browser, amy, lin):
    answer = browser.as_(amy).htmx.post(f"/customers/{lin.id}/contacts", text="聊了聊")
    assert answer.status_code == 200
    assert answer.headers["HX-Trigger"] == "contact-saved"
    assert "记好了" in answer.text
    assert ">聊了聊<" not in answer.text


def test_the_box_finishes_the_one_that_this_was(browser, amy, lin, at):
    at("2026-08-22 12:00")  # an hour later it is still the same day
    done, other = make.followup(lin, staff=amy, hours=1), make.followup(lin, staff=amy, hours=90)
    box = browser.as_(amy).get(f"/customers/{lin.id}/contacts/new").text
    assert re.search(rf'<input checked[^>]*name="finishes"[^>]*value="{done.id}"', box)
    browser.as_(amy).post(
        f"/customers/{lin.id}/contacts", text="打通了", method="phone", finishes=str(done.id)
    )
    assert [one.state for one in (done, other)] == ["done", "open"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": ""}, "还没有写内容"),
        ({"text": "想要", "next": "custom"}, "再填日期和时间"),
        ({"text": "想要", "next": "custom", "at": "2020-01-01T10:00"}, "已经过去了"),
        ({"text": "想要", "next": "custom", "at": "下周"}, "时间写得不对"),
        ({"text": "想要", "next": "someday"}, "想要"),
        ({"text": "想要", "method": "pigeon"}, "想要"),
    ],
)
def test_what_is_refused_stays_typed_and_nothing_is_saved(browser, amy, lin, fields, reason):
    answer = browser.as_(amy).post(f"/customers/{lin.id}/contacts", **fields)
    assert answer.status_code == 422
    assert reason in answer.text
    assert fields["text"] in answer.text
    assert all_of(Note) == all_of(FollowUp) == []


def test_the_name_of_the_box_never_leads_into_the_answer_beside_it(browser, amy, lin):
    """On a conversation's page the answer to the customer is the field called text."""
    page = browser.as_(amy)
    answer = page.get(f"/inbox/{make.conversation(lin, assignee=amy).id}").text
    box = page.htmx.get(f"/customers/{lin.id}/contacts/new").text
    fields = [set(re.findall(r'<label[^>]* for="([^"]+)"', part)) for part in (answer, box)]
    assert all(fields)
    assert not fields[0] & fields[1]
    for one in fields[1]:
        assert len(re.findall(rf'<(?:input|textarea|select)[^>]* id="{one}"', box)) == 1


def test_a_colleagues_customer_is_not_found(browser, ben, lin):
    theirs = browser.as_(ben)
    assert theirs.get(f"/customers/{lin.id}/contacts/new").status_code == 404
    assert theirs.post(f"/customers/{lin.id}/contacts", text="偷看").status_code == 404
    assert theirs.get(f"/customers/{lin.id}/followups").status_code == 404
    assert theirs.get("/followups/new", customer=str(lin.id)).status_code == 404
    assert theirs.post("/followups", customer=str(lin.id), what="x").status_code == 404
    assert all_of(Note) == []


def test_the_box_says_by_whom_and_a_clerk_does_it_oneself(at, browser, max_, amy, ben, lin):
    at("2026-11-18 09:00")
    assert "下次谁来做" in browser.as_(max_).get(f"/customers/{lin.id}/contacts/new").text
    said = {"text": "聊了", "next": "tomorrow", "what": "再问", "staff": str(ben.id)}
    browser.as_(max_).post(f"/customers/{lin.id}/contacts", **said)
    browser.as_(amy).post(f"/customers/{lin.id}/contacts", **said)
    assert [one.staff_id for one in all_of(FollowUp)] == [ben.id, amy.id]
    one = make.followup(lin, staff=amy, what="问奶粉")
    assert "下次谁来做" not in browser.as_(amy).get(f"/followups/{one.id}").text
    browser.as_(max_).post(f"/followups/{one.id}/result", next="days3", staff=str(ben.id))
    assert all_of(FollowUp)[-1].staff_id == ben.id


# The list -------------------------------------------------------------------------------------


def test_the_list_groups_by_the_clock(at, browser, amy, lin):
    at("2026-11-18 09:00")  # a Wednesday
    for hours, what in (
        (-5, "早该做"),
        (3, "今天做"),
        (24, "明天做"),
        (72, "周六做"),
        (200, "以后做"),
    ):
        make.followup(lin, staff=amy, hours=hours, what=what)
    text = browser.as_(amy).get("/followups").text
    order = ["逾期", "早该做", "今天做", "明天做", "本周", "周六做", "以后做"]
    places = [text.index(word, text.index("group-overdue")) for word in order]
    assert places == sorted(places)


def test_a_long_group_is_cut_and_its_rest_is_paged(browser, amy, lin):
    for number in range(listing.PAGE + 2):
        make.followup(lin, staff=amy, hours=30 * 24 + number, what=f"第{number:02d}件")
    text = browser.as_(amy).get("/followups").text
    assert "还有 24 个" in text
    first = browser.as_(amy).get("/followups", group="later").text
    assert "第29件" in first
    assert "第30件" not in first
    link = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    path, _mark, query = link.partition("?")
    following = (
        browser.as_(amy).get(path, **dict(part.split("=") for part in query.split("&"))).text
    )
    assert "第30件" in following
    assert "第29件" not in following


def test_a_wild_page_link_begins_at_the_top(browser, amy, lin):
    make.followup(lin, staff=amy, what="在的")
    for after in ("x", "9" * 30 + "~1", "~", "-1~-1", "1~99999999999"):
        answer = browser.as_(amy).get("/followups", group="tomorrow", after=after)
        assert answer.status_code == 200


def test_agents_see_their_own_and_managers_all(browser, amy, ben, max_, lin):
    make.followup(lin, staff=amy, what="小艾的事")
    assert "小艾的事" in browser.as_(amy).get("/followups").text
    assert "小艾的事" not in browser.as_(ben).get("/followups", whose="all").text
    assert "小艾的事" not in browser.as_(max_).get("/followups", whose="mine").text
    assert "小艾的事" in browser.as_(max_).get("/followups", whose="all").text


def test_who_has_none_of_their_own_sees_everybodys(browser, amy, max_, lin):
    make.followup(lin, staff=amy, what="小艾的事")
    assert "小艾的事" in browser.as_(max_).get("/followups").text
    make.followup(lin, staff=max_, what="店长的事")
    page = browser.as_(max_).get("/followups").text
    assert "店长的事" in page
    assert "小艾的事" not in page


def test_an_empty_list_says_what_to_do(browser, amy):
    assert "约下次联系" in browser.as_(amy).get("/followups").text


# One follow-up -----------------------------------------------------------------------------


def test_a_new_one_begins_with_a_search(browser, amy, lin):
    assert "和谁联系" in browser.as_(amy).get("/followups/new").text
    assert "林小满" in browser.as_(amy).get("/followups/new", q="小满").text
    assert "没有找到" in browser.as_(amy).get("/followups/new", q="不存在").text
    assert "林小满" in browser.as_(amy).get("/followups/new", customer=str(lin.id)).text


def test_a_new_one_is_planned(browser, amy, lin):
    answer = browser.as_(amy).post(
        "/followups", customer=str(lin.id), what="送样品", next="tomorrow", staff=str(amy.id)
    )
    assert answer.status_code == 303
    (one,) = all_of(FollowUp)
    assert (one.what, one.staff_id, one.by_id) == ("送样品", amy.id, amy.id)


def test_an_agent_cannot_give_work_to_others(browser, amy, ben, lin):
    answer = browser.as_(amy).post(
        "/followups", customer=str(lin.id), what="你去", next="tomorrow", staff=str(ben.id)
    )
    assert answer.status_code == 422
    assert all_of(FollowUp) == []


def test_a_manager_gives_work_to_a_colleague(browser, max_, ben, lin):
    browser.as_(max_).post(
        "/followups", customer=str(lin.id), what="你去", next="tomorrow", staff=str(ben.id)
    )
    assert "你去" in browser.as_(ben).get("/followups").text


def test_a_plan_without_a_time_keeps_what_was_typed(browser, amy, lin):
    answer = browser.as_(amy).post(
        "/followups", customer=str(lin.id), what="送样品", staff=str(amy.id)
    )
    assert answer.status_code == 422
    assert "还没有选时间" in answer.text
    assert "送样品" in answer.text


def test_finishing_asks_for_the_result_and_what_is_next(at, browser, amy, lin):
    at("2026-11-18 09:00")  # no holiday is near
    one = make.followup(lin, staff=amy, what="问奶粉")
    assert "刚才发生了什么" in browser.as_(amy).get(f"/followups/{one.id}").text
    answer = browser.as_(amy).post(
        f"/followups/{one.id}/result", text="要两罐", result="bought", next="week", back="/"
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    db.session.commit()
    assert (one.state, one.result) == ("done", "bought")
    assert [following.what for following in followups.of(lin)] == ["问奶粉"]
    again = browser.as_(amy).post(f"/followups/{one.id}/result", text="再来")
    assert again.status_code == 422
    assert "已经结束" in again.text


def test_finishing_leads_to_no_other_site(browser, amy, lin):
    one = make.followup(lin, staff=amy)
    answer = browser.as_(amy).post(f"/followups/{one.id}/result", text="好", back="//evil.example")
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("to", ["hour", "tomorrow", "days3", "monday"])
def test_each_chip_puts_it_off(browser, amy, lin, to):
    one = make.followup(lin, staff=amy, hours=-30)
    answer = browser.as_(amy).htmx.post(f"/followups/{one.id}/snooze", to=to)
    assert answer.status_code == 200
    assert "推迟好了" in answer.text
    db.session.commit()
    assert one.due_at > one.created_at


def test_putting_off_into_the_past_is_refused(browser, amy, lin):
    one = make.followup(lin, staff=amy)
    answer = browser.as_(amy).post(
        f"/followups/{one.id}/snooze", to="custom", at="2001-01-01T08:00"
    )
    assert answer.status_code == 422
    assert "2001-01-01T08:00" in answer.text


def test_not_wanted_ends_it(browser, amy, lin):
    one = make.followup(lin, staff=amy)
    assert "不用提醒" in browser.as_(amy).htmx.post(f"/followups/{one.id}/closure").text
    db.session.commit()
    assert (one.state, one.outcome) == ("closed", "unwanted")
    assert browser.as_(amy).post(f"/followups/{one.id}/closure").status_code == 409


def test_another_task_another_time(browser, amy, lin):
    one = make.followup(lin, staff=amy, what="问奶粉")
    browser.as_(amy).post(f"/followups/{one.id}", what="问尿不湿", next="days3", staff=str(amy.id))
    db.session.commit()
    assert one.what == "问尿不湿"


def test_others_follow_ups_are_not_found(browser, amy, ben, lin):
    one = make.followup(lin, staff=amy)
    theirs = browser.as_(ben)
    assert theirs.get(f"/followups/{one.id}").status_code == 404
    for noun in ("", "/result", "/snooze", "/closure"):
        assert theirs.post(f"/followups/{one.id}{noun}", to="hour").status_code == 404
    db.session.commit()
    assert one.is_open


def test_the_customers_tab_tells_open_and_ended(browser, amy, lin):
    make.followup(lin, staff=amy, what="还没做")
    followups.finish(make.followup(lin, staff=amy, what="做完了"), by=amy)
    db.session.commit()
    text = browser.as_(amy).get(f"/customers/{lin.id}/followups").text
    assert text.index("还没做") < text.index("做完了")
    part = browser.as_(amy).htmx.get(f"/customers/{lin.id}/followups").text
    assert "<html" not in part


def test_a_list_that_lay_open_too_long_says_so(browser, amy, lin):
    one = make.followup(lin, staff=amy)
    followups.finish(one, by=amy)
    answer = browser.as_(amy).htmx.post(f"/followups/{one.id}/snooze", to="hour")
    assert answer.status_code == 409
    assert "已经结束" in answer.text
