"""Friends bring friends: who came is counted once, at one level, and never oneself or the old."""

from datetime import timedelta

import pytest

from app.campaigns import coupons, referrals, welcoming
from app.campaigns.models import InviteVisit, Referral
from app.core.clock import now
from app.core.db import db
from app.customers import identities
from app.customers.models import OPENID
from app.portal import binding, points, rating
from app.sales import portrait
from tests import make
from tests.campaigns.test_coupons import refused


def link_of(browser, customer):
    """A member's own link: made by one press, and the same at the next."""
    home = browser.as_member(customer)
    for _press in range(2):
        home.post("/m/invite")
    mark = referrals.mark_of(customer)
    assert f"/m/i/{mark}" in home.get("/m/invite").text
    assert home.get("/m/invite/picture.svg").mimetype == "image/svg+xml"
    return f"/m/i/{mark}"


def introduced(guest, inviter, by):
    one = referrals.introduce(guest, inviter, by=by)
    db.session.commit()
    return one


def the_guest():
    found = identities.find(OPENID, "o-friend", account="wxshop")
    assert found is not None
    return found


def test_a_friend_who_joins_by_the_link_is_counted_and_rewarded(
    browser, wechat, work, amy, lin, chief
):
    rating.put("referral", points=30)
    make.batch("谢谢介绍", rules={"event": "referral"})
    make.batch("新朋友礼", kind="gift", gift="奶茶", rules={"event": "invited"})
    link = link_of(browser, lin)
    shown = wechat.comes_in("o-friend", path=link)
    page = wechat.get(shown.headers["Location"])
    assert "送奶茶" in page.text
    assert db.session.scalars(db.select(InviteVisit)).all() == []  # looking writes nothing
    wechat.post(link)
    assert "记下了：是朋友介绍你来的" in wechat.get(link).text
    wechat.post("/m/join", agree="y")
    work()
    guest, brought = the_guest(), referrals.of(lin)
    assert [one.guest_id for one in brought] == [guest.id]
    assert [c.batch.name for c in coupons.of(guest)] == ["新朋友礼"]
    assert referrals.tally(lin) == (1, 0)
    assert (points.balance_of(lin), coupons.of(lin)) == (0, [])  # first the friend buys
    for _purchase in range(2):
        make.order(guest, cents=5_000)
        work()
    assert points.balance_of(lin) == 30
    assert [c.batch.name for c in coupons.of(lin)] == ["谢谢介绍"]
    assert referrals.tally(lin) == (1, 1)
    home = browser.as_member(lin).get("/m/invite").text
    assert "1 位" in home
    assert "30 积分" in home
    assert db.session.scalars(db.select(InviteVisit)).all() == []


def test_a_friend_who_follows_counts_too_and_only_the_first_time(
    browser, wechat, phone, work, amy, lin
):
    referrals.REWARD_AT.put("came")
    rating.put("referral", points=30)
    link = link_of(browser, lin)
    wechat.comes_in("o-lin-0001", path=link)
    wechat.post(link)
    for event in ("subscribe", "unsubscribe", "subscribe"):
        phone.does(event)
        work()
    assert referrals.tally(lin) == (1, 0)
    assert points.balance_of(lin) == 30
    assert "你已经是店里的客户了" in wechat.get(link).text
    assert wechat.post(link).status_code == 409


def test_oneself_an_old_customer_and_a_stranger_outside_wechat_bring_nobody(
    browser, wechat, work, amy, lin
):
    link, other = link_of(browser, lin), make.customer("老客", owner=amy)
    assert "你自己的邀请链接" in browser.as_member(lin).get(link).text
    assert "你已经是店里的客户了" in browser.as_member(other).get(link).text
    assert browser.as_member(other).post(link).status_code in (401, 409)
    assert browser.get(link).headers["Location"].startswith("/m/entry?to=")
    assert browser.post(link).status_code == 401
    assert browser.get("/m/i/nobody-has-this").status_code == 404
    assert browser.post("/m/i/nobody-has-this").status_code == 404
    assert db.session.scalars(db.select(Referral)).all() == []


def test_what_a_friend_said_holds_for_a_month_and_the_last_word_counts(
    browser, wechat, work, amy, lin
):
    first, last = link_of(browser, lin), link_of(browser, make.customer("阿远", owner=amy))
    wechat.comes_in("o-friend", path=first)
    for link in (first, last):
        wechat.post(link)
    visit = db.session.scalars(db.select(InviteVisit)).one()
    assert visit.inviter_id != lin.id
    visit.at = now() - timedelta(days=31)
    db.session.commit()
    wechat.post("/m/join", agree="y")
    work()
    assert the_guest()
    assert db.session.scalars(db.select(Referral)).all() == []


def test_a_colleague_writes_down_who_brought_whom(browser, work, amy, ben, chief, lin):
    rating.put("referral", points=30)
    new, old = make.customer("新来的", owner=amy), make.customer("老主顾", owner=amy)
    hidden = make.customer("别人的", owner=ben)
    make.order(old, cents=100)
    desk, at = browser.as_(amy), f"/customers/{new.id}/referrals"
    assert "是 林小满" in desk.get(at, q="林").text
    assert desk.post(at, inviter=hidden.id).status_code == 404
    assert desk.post(at, inviter="").status_code == 422
    assert desk.post(at, inviter=lin.id).status_code == 303
    again = desk.post(at, inviter=old.id)
    assert again.status_code == 422
    assert "只有一位介绍人" in again.text
    assert "林小满" in desk.get(at).text
    assert "新来的" in desk.get(f"/customers/{lin.id}/referrals").text
    assert browser.as_(ben).get(at).status_code == 404
    introduced(old, lin, amy)
    make.order(old, cents=100)
    make.order(new, cents=100)
    work()
    assert points.balance_of(lin) == 30  # an old customer is nobody's new friend
    assert "互相介绍" in str(refused(referrals.introduce, lin, new, by=amy))
    assert "自己不能介绍自己" in str(refused(referrals.introduce, hidden, hidden, by=amy))
    chief.wechat_account, chief.wechat_openid = "wxshop", "o-chief"
    identities.attach(old, OPENID, "o-chief", source="wechat", account="wxshop")
    assert "给自己记介绍" in str(refused(referrals.introduce, hidden, old, by=chief))


def test_a_friends_name_is_shown_to_who_may_see_them(browser, amy, ben, lin):
    guest = make.customer("小本的客户", owner=ben)
    introduced(guest, lin, ben)
    assert "小本的客户" not in browser.as_(amy).get(f"/customers/{lin.id}/referrals").text
    assert "别的同事的客户" in browser.as_(ben).get(f"/customers/{guest.id}/referrals").text


def test_who_brought_three_buyers_is_a_super_user(work, amy, lin):
    make.order(lin, cents=100)
    for number in range(3):
        assert not portrait.is_super(lin)
        guest = make.customer(f"朋友{number}", owner=amy)
        introduced(guest, lin, amy)
        make.order(guest, cents=100)
    assert portrait.is_super(lin)
    assert referrals.buyers_of(lin) == 3


@pytest.mark.parametrize("at", ["came", "bought"])
def test_the_owner_says_when_a_friend_counts(work, amy, lin, at):
    referrals.REWARD_AT.put(at)
    rating.put("referral", points=7)
    guest = make.customer("朋友", owner=amy)
    introduced(guest, lin, amy)
    work()
    assert points.balance_of(lin) == (7 if at == "came" else 0)
    make.order(guest, cents=100)
    work()
    assert points.balance_of(lin) == 7


def test_a_new_friend_who_turns_out_to_be_an_old_customer_counts_no_more(work, at, amy, chief, lin):
    at("2026-08-01 10:00")
    old = make.customer("老主顾", owner=amy, phone="13800130009")
    points.correct(old, 20, reason="开业送", by=chief)
    at("2026-11-01 10:00")
    referrals.REWARD_AT.put("came")
    rating.put("referral", points=30)
    make.batch(rules={"event": "invited"})
    stranger = make.customer("", source="wechat")
    points.correct(stranger, 7, reason="关注送", by=chief)
    introduced(stranger, lin, amy)
    work()
    assert points.balance_of(lin) == 30
    binding.bring(stranger, old, by=amy)
    db.session.commit()
    work()
    assert points.balance_of(lin) == 0
    assert referrals.tally(lin) == (0, 0)
    assert (points.balance_of(old), points.balance_of(stranger)) == (27, 0)
    assert len(coupons.of(old)) == 1
    welcoming.give(old, "invited", "again")  # they had theirs on the card that is gone
    assert len(coupons.of(old)) == 1


def test_who_brought_themselves_by_another_card_brings_nobody(work, amy, lin):
    stranger = make.customer("", source="wechat")
    introduced(stranger, lin, amy)
    binding.bring(stranger, lin, by=amy)
    db.session.commit()
    make.order(lin, cents=100)
    work()
    assert referrals.tally(lin) == (0, 0)


def test_a_card_that_the_counter_made_the_same_day_is_no_old_customer(work, amy, lin):
    friend, stranger = make.customer("新朋友", owner=amy), make.customer("", source="wechat")
    introduced(stranger, lin, amy)
    binding.bring(stranger, friend, by=amy)
    db.session.commit()
    assert referrals.tally(lin) == (1, 0)
    assert referrals.of_guest(friend).inviter_id == lin.id
