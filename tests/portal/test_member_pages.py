"""The members' pages: their card, what they bought and owe, what they tell, and the shop's page."""

from datetime import date

import pytest

from app.core.db import db
from app.customers.models import Customer
from app.inbox.places import ADDRESS
from app.portal import cards, profile
from app.portal.models import MemberAnswer, MemberCard
from app.sales import ages, ordering, stages
from tests import make
from tests.outside import Browser


@pytest.fixture
def joined(lin):
    card = cards.join(lin, service=True, marketing=False)
    db.session.commit()
    return card


def test_the_card_has_a_number_that_nobody_guesses_and_a_code(browser, lin, joined, amy, ben):
    mine = browser.as_member(lin)
    assert cards.grouped(joined.number) in mine.get("/m/").text
    picture = mine.get("/m/card.svg")
    assert picture.mimetype == "image/svg+xml"
    assert picture.headers["Cache-Control"] == "no-store"
    assert len(joined.number) == 12
    assert browser.as_(amy).get(f"/members/{joined.number}").headers["Location"] == (
        f"/customers/{lin.id}"
    )
    assert browser.as_(ben).get(f"/members/{joined.number}").status_code == 404
    for number in ("1", "x", "000000000000", joined.number[:-1], joined.number + "1"):
        assert browser.as_(amy).get(f"/members/{number}").status_code == 404
    assert (
        Browser(mine.app).get(f"/members/{joined.number}").headers["Location"].startswith("/login")
    )
    assert cards.by_number(f"https://shop.cn/members/{joined.number}").customer_id == lin.id


def test_joining_twice_is_joining_once(lin, joined):
    again = cards.join(lin, service=True, marketing=True)
    assert again.number == joined.number
    assert len(db.session.scalars(db.select(MemberCard)).all()) == 1


def test_a_member_sees_what_they_bought_and_owe_and_nobody_elses(browser, lin, amy, ben):
    other = make.customer("赵敏", owner=ben)
    make.order(other, text="别人的东西")
    for n in range(3):
        make.order(lin, days_ago=n, cents=12_300, text=f"奶粉{n}", by=amy)
    ordering.place(lin, on=date(2026, 1, 5), cents=5_000, owed=5_000, text="推车", by=amy)
    db.session.commit()
    page = browser.as_member(lin).get("/m/purchases").text
    assert "奶粉2" in page
    assert "¥123.00" in page
    assert "¥50.00" in page
    assert "别人的东西" not in page
    assert "还欠 ¥50.00" in browser.as_member(lin).get("/m/").text
    assert "还没有消费记录" in browser.as_member(make.customer("新人")).get("/m/purchases").text


def test_one_small_question_at_a_time_and_not_again_for_a_month(browser, lin, joined, at):
    at("2026-11-22 10:00")
    mine = browser.as_member(lin)
    assert "常穿、常用哪个尺码" in mine.get("/m/").text
    assert mine.post("/m/profile/size", skip="1").headers["Location"] == "/m/"
    home = mine.get("/m/").text
    assert "什么时候联系你方便" in home
    assert "常穿" not in home
    mine.post("/m/profile/hour", answer="晚上八点后")
    assert 'name="answer"' not in mine.get("/m/").text
    at("2026-12-23 10:00")
    mine = browser.as_member(lin)
    assert "常穿、常用哪个尺码" in mine.get("/m/").text
    assert db.session.scalars(db.select(MemberAnswer.answer)).all().count("") == 1


def test_a_childs_birthday_is_told_by_a_parent_and_begins_their_stages(browser, lin, joined):
    stages.add_line("宝宝月龄", basis=stages.AGE)
    db.session.commit()
    mine = browser.as_member(lin)
    assert "宝宝哪天出生" in mine.get("/m/").text
    assert mine.post("/m/profile/baby", on="2026-05-01").status_code == 422
    assert mine.post("/m/profile/baby", on="1950-13-01", agrees="y").status_code == 422
    assert mine.post("/m/profile/baby", on="2099-01-01", agrees="y").status_code == 422
    assert mine.post("/m/profile/baby", on="2026-05-01", agrees="y").status_code == 303
    assert ages.of(lin)[0].on == date(2026, 5, 1)
    assert "现在的阶段" in mine.get("/m/profile").text


def test_what_is_asked_is_what_the_shop_follows(browser, lin, joined):
    mine = browser.as_member(lin)
    assert mine.get("/m/profile/baby").status_code == 404
    assert mine.post("/m/profile/secret", answer="x").status_code == 404
    assert mine.post("/m/profile/size", answer="").status_code == 422
    assert mine.post("/m/profile/size", answer="x" * 61).status_code == 422


def test_a_name_names_who_had_none_and_changes_no_name_of_ours(browser, lin, amy, joined):
    newcomer = make.customer("")
    browser.as_member(newcomer).post("/m/profile/name", answer="豆豆妈妈")
    assert db.session.get_one(Customer, newcomer.id, populate_existing=True).name == "豆豆妈妈"
    browser.as_member(lin).post("/m/profile/name", answer="小满妈妈")
    assert db.session.get_one(Customer, lin.id, populate_existing=True).name == "林小满"
    assert "小满妈妈" in browser.as_member(lin).get("/m/").text
    assert "小满妈妈" in browser.as_(amy).get(f"/customers/{lin.id}/member").text
    story = browser.as_(amy).get(f"/customers/{lin.id}").text
    assert "会员填了资料" in story
    assert "成为会员" in story


def test_the_shops_page_is_for_guests_too(browser, chief):
    bare = browser.get("/m/shop").text
    assert "营业中" in bare
    assert "地图" not in bare
    ADDRESS.put("人民路 1 号")
    db.session.commit()
    page = browser.get("/m/shop").text
    assert "人民路 1 号" in page
    assert "https://apis.map.qq.com/" in page
    assert browser.get("/m/notice").status_code == 200


def test_the_pages_speak_the_members_language(app, lin):
    mine = Browser(app).as_member(lin)
    mine.headers = {"Accept-Language": "en-GB,en;q=0.9"}
    page = mine.get("/m/").text
    assert '<html lang="en">' in page
    assert "Member area" in page
    assert 'lang="zh-CN"' in Browser(app).as_member(lin).get("/m/").text


def test_the_next_question_costs_no_more_than_a_look(lin, joined):
    assert profile.next_of(lin, profile.answers_of(lin)) == profile.SIZE
