"""One sentence on the page: understood, shown, and kept by the button alone."""

import re

import pytest

from app.core.db import db
from app.customers import finding
from app.reminders.models import FollowUp
from tests import make


@pytest.fixture
def wang(at, amy):
    at("2026-11-25 14:10")
    return make.customer("王姐", owner=amy)


def all_of():
    db.session.commit()
    return db.session.scalars(db.select(FollowUp)).all()


def fields_of(text):
    """What the form of the preview would send."""
    inputs = re.findall(r"<input[^>]*>", text[text.index('action="/followups"') :])
    found = {}
    for one in inputs:
        name, value = re.search(r'name="(\w+)"', one), re.search(r'value="([^"]*)"', one)
        if name and value and ("radio" not in one or "checked" in one):
            found[name[1]] = value[1]
    return found


def test_a_sentence_is_shown_first_and_kept_by_the_button(browser, amy, wang):
    mine = browser.as_(amy)
    shown = mine.htmx.get("/followups/said", q="明天下午3点回访王姐 试用装")
    assert shown.status_code == 200
    assert "明天 15:00" in shown.text
    assert "农历十月十八" in shown.text
    assert all_of() == []
    answer = mine.post("/followups", **{**fields_of(shown.text), "csrf_token": None})
    assert answer.status_code == 303
    (one,) = all_of()
    assert (one.what, one.customer_id, one.staff_id) == ("回访王姐 试用装", wang.id, amy.id)
    assert one.due_at.isoformat() == "2026-11-26T07:00:00+00:00"


@pytest.mark.parametrize("sentence", ["给王姐打电话 周五", "周五 8821", "周五问问王姐要不要大罐"])
def test_the_customer_is_found_in_the_sentence(browser, amy, wang, sentence):
    wang.contact_phone = "13800138821"
    finding.index(wang)
    make.customer("王芳", owner=amy)
    shown = browser.as_(amy).get("/followups/said", q=sentence).text
    assert fields_of(shown)["customer"] == str(wang.id)


def test_of_two_that_may_be_meant_one_is_chosen_by_hand(browser, amy, wang):
    make.customer("王姐(红衣服)", owner=amy)
    make.customer("王姐夫", owner=amy)
    shown = browser.as_(amy).get("/followups/said", q="明天回访王姐").text
    assert shown.count('name="customer"') == 3
    other = browser.as_(amy).get("/followups/said", q="明天回访姓名不明").text
    assert "没看出是哪位客户" in other
    found = browser.as_(amy).get("/followups/said", q="明天回访姓名不明", who="红衣服").text
    assert "王姐(红衣服)" in found


def test_a_colleagues_customer_is_not_offered(browser, ben, wang):
    assert "没看出是哪位客户" in browser.as_(ben).get("/followups/said", q="明天回访王姐").text
    by_number = browser.as_(ben).get("/followups/said", q="明天回访", customer=str(wang.id))
    assert "没看出是哪位客户" in by_number.text


def test_a_manager_names_who_is_to_do_it(browser, max_, ben, amy, wang):
    shown = browser.as_(max_).get("/followups/said", q="让小本明天回访王姐").text
    assert re.search(rf'<option selected value="{ben.id}">', shown)
    mine = browser.as_(amy).get("/followups/said", q="让小本明天回访王姐").text
    assert fields_of(mine)["staff"] == str(amy.id)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("2月30日回访王姐", "2 月没有 30 日"),
        ("昨天回访王姐", "已经过去了"),
        ("回访王姐", "没看出是什么时候"),
    ],
)
def test_what_cannot_be_is_said_and_stays_typed(browser, amy, wang, sentence, reason):
    answer = browser.as_(amy).get("/followups/said", q=sentence)
    assert answer.status_code == 422
    assert reason in answer.text
    assert sentence in answer.text


def test_a_phrase_is_as_good_as_a_picked_time(browser, amy, wang):
    mine = browser.as_(amy)
    answer = mine.post(
        f"/customers/{wang.id}/contacts",
        text="聊了",
        next="custom",
        said="下周三下午2点",
        what="再问",
    )
    assert answer.status_code == 303
    (one,) = all_of()
    assert one.due_at.isoformat() == "2026-12-02T06:00:00+00:00"
    mine.post(f"/followups/{one.id}/snooze", to="custom", said="农历腊月廿三")
    db.session.commit()
    assert one.due_at.isoformat() == "2027-01-30T02:00:00+00:00"
    wrong = mine.post(f"/followups/{one.id}/snooze", to="custom", said="2月30日")
    assert wrong.status_code == 422
    assert "2 月没有 30 日" in wrong.text
