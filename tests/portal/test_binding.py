"""The counter's code, phone numbers that prove nothing by themselves, and whose card it becomes."""

import re

import pytest

from app.core.clock import FAR_OFF
from app.core.db import db
from app.core.errors import Refused
from app.customers import identities
from app.customers.models import PHONE, Customer, Moment
from app.inbox.models import Conversation
from app.portal import binding, browsers, consents, counter
from app.portal.models import CounterCode, MemberSession, PhoneClaim
from app.staff import throttle
from app.wechat import followers
from tests import make
from tests.outside import Browser

HER_NUMBER = "138 0013 0001"


def code_from(page):
    return re.search(r"进入码 (\d{6})", page.text)[1]


@pytest.fixture
def code(browser, lin, amy):
    return lambda: code_from(browser.as_(amy).htmx.post(f"/customers/{lin.id}/member/code"))


@pytest.fixture
def follower(phone, work, chief):
    """Somebody of whom only WeChat's number is known, and what they wrote."""
    phone.says("在吗")
    work()
    return db.session.scalars(db.select(Customer).where(Customer.unnamed)).one()


def test_outside_wechat_one_comes_in_by_phone_and_a_code_of_the_counter(app, code, lin):
    mine, made = Browser(app), code()
    assert mine.get("/m/entry", to="/m/purchases").status_code == 200
    answer = mine.post("/m/entry", phone=HER_NUMBER, code=f"{made[:3]} {made[3:]}")
    assert answer.headers["Location"] == "/m/purchases"
    assert "林小满" in mine.get("/m/").text
    assert Browser(app).post("/m/entry", phone=HER_NUMBER, code=made).status_code == 422  # used


def test_a_code_lives_for_ten_minutes_and_a_newer_one_ends_it(app, code, at):
    at("2026-11-22 10:00")
    first = code()
    second = code()
    if first != second:
        assert Browser(app).post("/m/entry", phone=HER_NUMBER, code=first).status_code == 422
    at("2026-11-22 10:11")
    assert Browser(app).post("/m/entry", phone=HER_NUMBER, code=second).status_code == 422


def test_who_guesses_codes_is_slowed_and_learns_no_number(app, lin, code):
    mine, made = Browser(app), code()
    wrong = "000000" if made != "000000" else "000001"
    known = mine.post("/m/entry", phone=HER_NUMBER, code=wrong)
    unknown = mine.post("/m/entry", phone="13800139999", code=wrong)
    assert known.status_code == unknown.status_code == 422
    assert known.text.replace(HER_NUMBER, "") == unknown.text.replace("13800139999", "")
    for _try in range(throttle.PER_CODE - 1):
        mine.post("/m/entry", phone=HER_NUMBER, code=wrong)
    answer = mine.post("/m/entry", phone=HER_NUMBER, code=made)
    assert answer.status_code == 429
    assert db.session.scalar(db.select(MemberSession)) is None


def test_the_code_is_shown_once_and_only_its_hash_is_kept(browser, lin, amy, code):
    made = code()
    assert made not in browser.as_(amy).get(f"/customers/{lin.id}/member").text
    assert made not in str(db.session.scalars(db.select(CounterCode)).one().code_hash)
    assert counter.use(lin, made)
    assert not counter.use(lin, made)


def test_a_number_without_proof_is_a_claim_and_looks_the_same_whosever_it_is(
    browser, lin, follower
):
    mine = browser.as_member(follower)
    assert mine.post("/m/phone", phone=HER_NUMBER).status_code == 422  # did not agree
    for number in (HER_NUMBER, "13800130077"):
        answer = mine.post("/m/phone", phone=number, agree="y")
        assert answer.headers["Location"] == "/m/phone"
    page = mine.get("/m/phone").text
    assert page.count("等店里核对") == 2
    assert "林小满" not in page
    assert identities.find(PHONE, "+8613800130001").id == lin.id
    assert identities.find(PHONE, "+8613800130077") is None
    assert consents.holds(follower, consents.PHONE)
    assert mine.post("/m/phone", phone="12", agree="y").status_code == 422


def test_a_number_with_a_code_of_ones_own_card_is_an_identity(browser, follower, chief):
    made = counter.make(follower, by=chief)
    db.session.commit()
    mine = browser.as_member(follower)
    wrong = "000000" if made != "000000" else "000001"
    assert mine.post("/m/phone", phone="13800130088", code=wrong, agree="y").status_code == 422
    answer = mine.post("/m/phone", phone="13800130088", code=made, agree="y")
    assert answer.headers["Location"] == "/m/"
    assert identities.find(PHONE, "+8613800130088").id == follower.id


def test_with_the_counters_code_wechat_comes_to_the_card_that_is_there(
    app, browser, phone, lin, follower, code
):
    old = browser.as_member(lin)  # who was in before by that card has to come in anew
    mine = browser.as_member(follower)
    assert mine.post("/m/phone", phone=HER_NUMBER, code=code(), agree="y").status_code == 303
    assert "林小满" in mine.get("/m/").text
    assert old.get("/m/").status_code == 302
    chat = db.session.scalars(db.select(Conversation)).one()
    assert chat.customer_id == lin.id
    assert followers.of(chat.account, phone.openid).customer_id == lin.id
    kept = db.session.get_one(Customer, lin.id, populate_existing=True)
    assert kept.inbound_days == 1
    assert kept.waiting_since < FAR_OFF
    assert kept.visits == lin.visits
    assert db.session.get_one(Customer, follower.id, populate_existing=True).is_archived


def test_after_that_what_they_write_is_the_cards(phone, work, browser, lin, follower, code):
    browser.as_member(follower).post("/m/phone", phone=HER_NUMBER, code=code(), agree="y")
    phone.says("还是我")
    work()
    last = db.select(Moment).where(Moment.kind == "message.received").order_by(Moment.id.desc())
    assert db.session.scalars(last).first().customer_id == lin.id


def test_two_known_people_are_never_one_without_a_colleague(browser, lin, ben, code):
    other = make.customer("赵敏", owner=ben)
    answer = browser.as_member(other).post("/m/phone", phone=HER_NUMBER, code=code(), agree="y")
    assert answer.status_code == 422
    assert "不能直接合并" in answer.text
    assert identities.find(PHONE, "+8613800130001").id == lin.id
    with pytest.raises(Refused):
        binding.bring(other, lin, by=None)


def test_a_colleague_looks_and_decides_once(browser, lin, follower, amy, ben, chief):
    browser.as_member(follower).post("/m/phone", phone=HER_NUMBER, agree="y")
    claim = db.session.scalars(db.select(PhoneClaim)).one()
    box = browser.as_(amy).get(f"/customers/{follower.id}/member").text
    assert "说手机" in box
    assert "林小满" in box
    path = f"/customers/{follower.id}/member/claims/{claim.id}"
    assert browser.as_(ben).post(f"{path}/acceptance").status_code == 422  # amy's customer
    answer = browser.as_(amy).post(f"{path}/acceptance")
    assert answer.headers["Location"] == f"/customers/{lin.id}"
    assert "微信并到这张卡" in browser.as_(amy).get(f"/customers/{lin.id}").text
    claim = db.session.get_one(PhoneClaim, claim.id, populate_existing=True)
    assert (claim.state, claim.by_id) == ("accepted", amy.id)
    assert browser.as_(chief).post(f"{path}/refusal").status_code == 404  # moved with the card


def test_a_refused_number_is_not_asked_again(browser, follower, chief):
    mine = browser.as_member(follower)
    mine.post("/m/phone", phone="13800130077", agree="y")
    claim = db.session.scalars(db.select(PhoneClaim)).one()
    path = f"/customers/{follower.id}/member/claims/{claim.id}/refusal"
    assert browser.as_(chief).htmx.post(path).status_code == 200
    mine.post("/m/phone", phone="13800130077", agree="y")
    kept = db.session.scalars(db.select(PhoneClaim)).one()
    assert kept.state == "refused"
    customer = db.session.get_one(Customer, follower.id, populate_existing=True)
    assert customer.contact_phone == ""
    assert browser.as_(chief).post(path).status_code == 409


def test_a_colleague_ends_what_is_open_of_a_member(browser, lin, amy, ben):
    mine = browser.as_member(lin)
    assert mine.get("/m/").status_code == 200
    assert browser.as_(ben).post(f"/customers/{lin.id}/member/sessions/end").status_code == 404
    assert "结束登录（1）" in browser.as_(amy).get(f"/customers/{lin.id}/member").text
    assert browser.as_(amy).post(f"/customers/{lin.id}/member/sessions/end").status_code == 303
    assert mine.get("/m/").status_code == 302
    assert browsers.of(lin) == []
