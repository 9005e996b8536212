"""Points: what the bell writes, what a refund takes back, what is spent once, who corrects."""

import secrets
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.campaigns import coupons
from app.core.clock import LONG_AGO, today
from app.core.db import db
from app.core.errors import Refused
from app.customers import identities
from app.customers.models import OPENID, Moment
from app.portal import levels, points, rating
from app.portal.models import PointEntry
from app.sales import ordering, refunding
from app.sales.models import Order
from app.staff.models import AuditLine
from tests import make
from tests.campaigns.test_coupons import refused
from tests.campaigns.test_tills import at_once


@pytest.fixture
def rules(app):
    """A point for each yuan, five for each day of a visit, thirty for a friend."""
    rating.put("yuan", points=1, per_cents=100)
    rating.put("visit", points=5)
    rating.put("referral", points=30)
    db.session.commit()


def sum_of(customer):
    lines = db.select(db.func.coalesce(db.func.sum(PointEntry.points), 0))
    return db.session.scalar(lines.where(PointEntry.customer_id == customer.id))


def given_points(customer, count, by):
    points.correct(customer, count, reason="开业送", by=by)
    db.session.commit()


def priced(price=100, **more):
    rules = {"event": "points", "price": price, "per_person": 0, **more}
    return make.batch("积分换茶", kind="gift", gift="茶一杯", least_cents=0, cents=0, rules=rules)


def test_a_purchase_brings_points_and_a_refund_takes_them_back(rules, work, amy, lin):
    order = make.order(lin, cents=12_899, by=amy)
    work()
    assert points.balance_of(lin) == 128 + 5
    refund = refunding.refund(order, cents=2_900, on=today(), by=amy)
    work()
    assert points.balance_of(lin) == 99 + 5  # 99.99 yuan are left
    rating.put("yuan", points=10, per_cents=100)  # a later rule is none of its business
    refunding.withdraw(refund, by=amy)
    work()
    assert points.balance_of(lin) == 128 + 5
    ordering.void(order, reason="记错", by=amy)
    work()
    assert points.balance_of(lin) == 0 == sum_of(lin)


def test_a_visit_counts_once_a_day_and_moves_with_its_purchase(work, at, amy, lin):
    at("2026-11-20 10:00")
    rating.put("yuan", points=1, per_cents=100)
    rating.put("visit", points=5)
    first, second = make.order(lin, cents=100), make.order(lin, cents=100)
    work()
    assert points.balance_of(lin) == 2 + 5
    ordering.void(first, reason="重复", by=amy)
    work()
    assert points.balance_of(lin) == 1 + 5
    at("2026-11-21 10:00")
    ordering.edit(second, version=1, on=today(), cents=100, text="", by=amy)
    work()
    assert points.balance_of(lin) == 1 + 5  # the visit is another day's now


def test_the_bell_may_ring_twice_and_late(rules, work, amy, lin):
    make.order(lin, cents=5_000, by=amy)
    work()
    moment = db.session.scalars(db.select(Moment).where(Moment.kind == "order.placed")).one()
    before = len(points.of(lin))
    for _again in range(2):
        points.heed(moment.id)
        db.session.commit()
    assert len(points.of(lin)) == before
    assert points.balance_of(lin) == 55


def test_what_came_before_the_rule_and_a_rule_of_nothing_bring_nothing(at, work, amy, lin):
    at("2026-11-20 10:00")
    make.order(lin, cents=9_900)
    work()
    rating.put("yuan", points=1, per_cents=100)
    make.order(lin, days_ago=3, cents=9_900)
    work()
    assert points.of(lin) == []
    rating.put("yuan", points=0, per_cents=100)
    make.order(lin, cents=9_900)
    work()
    assert (points.balance_of(lin), rating.is_on()) == (0, False)


acts = st.lists(
    st.tuples(
        st.sampled_from(["buy", "refund", "withdraw", "edit", "void", "spend", "correct", "again"]),
        st.integers(0, 5), st.integers(1, 30_000),
    ),
    max_size=12,
)  # fmt: skip


class Life:
    """What happens to one customer, act by act, as a shop would do it."""

    def __init__(self, amy, chief):
        self.who = make.customer("谁都行", owner=amy)
        self.amy, self.chief, self.orders, self.refunds, self.spent = amy, chief, [], [], 0

    def order(self, place):
        if not self.orders:
            raise Refused("nothing bought yet")
        return self.orders[place % len(self.orders)]

    def buy(self, place, number):
        self.orders.append(make.order(self.who, days_ago=place % 2, cents=number, by=self.amy))

    def refund(self, place, number):
        order = self.order(place)
        self.refunds.append(refunding.refund(order, cents=number, on=today(), by=self.amy))

    def withdraw(self, place, _number):
        if self.refunds:
            refunding.withdraw(self.refunds[place % len(self.refunds)], by=self.amy)

    def edit(self, place, number):
        one = self.order(place)
        ordering.edit(one, version=one.version, on=one.on, cents=number, text="", by=self.amy)

    def void(self, place, _number):
        ordering.void(self.order(place), reason="x", by=self.amy)

    def spend(self, _place, number):
        before, price = points.balance_of(self.who), number % 300 + 1
        points.spend(self.who, price, subject=f"test:{self.who.id}:{self.spent}")
        self.spent += 1
        assert points.balance_of(self.who) == before - price >= 0

    def correct(self, _place, number):
        points.correct(self.who, number % 400 - 200, reason="对账", by=self.chief)

    def again(self, place, number):
        points.settle(self.order(place), key=f"again:{self.who.id}:{number}")


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(acts=acts)
def test_the_balance_is_the_sum_of_the_ledger_and_spending_never_overdraws(
    rules, work, amy, chief, acts
):
    life = Life(amy, chief)
    for act, place, number in acts:
        try:
            getattr(life, act)(place, number)
            db.session.commit()
        except Refused:
            db.session.rollback()
        work()
        assert points.balance_of(life.who) == sum_of(life.who)
    earned = {}
    for entry in points.of(life.who, most=200):
        earned[entry.subject] = earned.get(entry.subject, 0) + entry.points
    here = [one for one in life.orders if not one.is_void and one.on == today()]
    assert all(earned.get(f"order:{one.id}", 0) == one.net_cents // 100 for one in here)
    left = any(one.refunded_cents < one.cents or not one.cents for one in here)
    assert earned.get(f"visit:{life.who.id}:{today()}", 0) == (5 if left else 0)


def test_points_are_exchanged_for_a_coupon_once_and_come_back_with_it(work, max_, chief, lin):
    batch = priced(100)
    assert "积分不够" in str(refused(points.exchange, lin, batch, by=None, key="k0"))
    given_points(lin, 250, chief)
    one = points.exchange(lin, batch, by=None, key="k1")
    assert points.exchange(lin, batch, by=None, key="k1").id == one.id
    db.session.commit()
    assert (points.balance_of(lin), one.why) == (150, "points")
    coupons.withdraw(one, reason="不要了", by=max_)
    work()
    assert points.balance_of(lin) == 250 == sum_of(lin)
    assert "不能用积分换" in str(refused(points.exchange, lin, make.batch(), by=None, key="k2"))
    assert refused(make.batch, rules={"event": "points"}).field == "price"


def test_the_same_points_are_not_spent_twice_by_ten_at_once(app, chief, lin):
    given_points(lin, 250, chief)
    batch, lin_id = priced(100).id, lin.id

    def take():
        customer = db.session.get(type(lin), lin_id)
        offer = db.session.get(coupons.CouponBatch, batch)
        points.exchange(customer, offer, by=None, key=secrets.token_hex(8))
        return "had"

    came = at_once(app, take, count=10)
    assert came.count("had") == 2
    assert points.balance_of(lin) == 50 == sum_of(lin)


def test_workers_at_once_write_one_line_of_a_purchase(rules, app, amy, lin):
    order = make.order(lin, cents=5_000, by=amy).id

    def settle():
        points.settle(db.session.get_one(Order, order), key=secrets.token_hex(4))
        return "done"

    assert at_once(app, settle, count=8).count("done") == 8
    assert [one.points for one in points.of(lin)] == [50]


def test_nobody_corrects_their_own_and_a_manager_within_a_limit(browser, amy, max_, chief, lin):
    at = f"/customers/{lin.id}/points"
    assert browser.as_(amy).post(at, points=50, reason="x").status_code == 403
    office = browser.as_(max_)
    assert office.post(at, points=50, reason="开业送").status_code == 303
    assert office.post(at, points=5000, reason="太多").status_code == 422
    assert office.post(at, points=-51, reason="扣光").status_code == 422
    assert office.post(at, points=0, reason="零").status_code == 422
    assert office.post(at, points=5, reason="").status_code == 422
    assert browser.as_(chief).post(at, points=5000, reason="店庆").status_code == 303
    assert points.balance_of(lin) == 5050 == sum_of(lin)
    assert "开业送" in office.get(at).text
    max_.wechat_account, max_.wechat_openid = "wxshop", "o-max"
    identities.attach(lin, OPENID, "o-max", source="wechat", account="wxshop")
    no = office.post(at, points=50, reason="自己")
    assert no.status_code == 422
    assert "自己的积分" in no.text
    done = db.session.scalars(db.select(AuditLine.what).order_by(AuditLine.id)).all()
    assert done[-3:] == ["points.corrected", "points.corrected", "points.own_refused"]


def test_levels_are_by_points_or_by_what_was_spent(work, at, chief, lin):
    at("2026-11-20 10:00")
    assert levels.of(lin) is None
    silver = levels.put(None, name="银卡", least=100, text="")
    gold = levels.put(None, name="金卡", least=500, text="")
    given_points(lin, 120, chief)
    points.spend(lin, 100, subject="test:1")  # what was exchanged still counts
    standing = levels.of(lin)
    assert (standing.level, standing.next, standing.missing) == (silver, gold, 380)
    levels.BY.put("spent")
    make.order(lin, days_ago=400, cents=90_000)
    order = make.order(lin, cents=55_000)
    assert levels.of(lin).level == gold
    refunding.refund(order, cents=50_001, on=today(), by=chief)
    assert (levels.of(lin).level, levels.of(lin).value) == (None, 49)
    assert refused(levels.put, None, name="银卡", least=9, text="").field == "name"
    assert refused(levels.put, None, name="铜卡", least=100, text="").field == "least"
    assert refused(levels.put, None, name="铜卡", least=-1, text="").field == "least"


def test_the_owner_writes_rules_and_levels_on_one_page(browser, max_, chief):
    office, at = browser.as_(chief), "/settings/points"
    assert browser.as_(max_).get(at).status_code == 403
    assert office.post(f"{at}/yuan", points=2, per="10").status_code == 303
    assert rating.rules()["yuan"].per_cents == 1_000
    assert office.post(f"{at}/yuan", points=2, per="0.5").status_code == 422
    assert office.post(f"{at}/visit", points=-1).status_code == 422
    assert office.post(f"{at}/joke", points=1).status_code == 404
    assert office.post(f"{at}/levels", name="银卡", least="100").status_code == 303
    level = levels.every()[0]
    assert office.post(f"{at}/levels", name="银卡", least="200").status_code == 422
    assert office.post(f"{at}/levels/{level.id}", name="金卡", least="300").status_code == 303
    assert (level.name, level.least) == ("金卡", 300)
    page = office.get(at).text
    assert "金卡" in page
    assert page.count('id="points-') == 3
    office.post(f"{at}/levels/{level.id}/removal")
    assert levels.every() == []
    assert office.get("/settings/rules", q="会员等级").status_code == 200


# The member's own pages --------------------------------------------------------------------------


def test_a_member_sees_their_coupons_and_shows_one(browser, amy, max_, lin):
    home = browser.as_member(lin)
    assert "现在没有能用的券" in home.get("/m/coupons").text
    coupon = make.coupon(lin, by=amy)
    assert "1 张" in home.get("/m/").text
    assert "满 ¥100.00 减 ¥20.00" in home.get("/m/coupons").text
    shown = home.get(f"/m/coupons/{coupon.id}").text
    assert f"{coupon.number[:4]} {coupon.number[4:]}" in shown
    assert coupon.code not in shown
    drawn = home.get(f"/m/coupons/{coupon.id}/picture.svg")
    assert drawn.mimetype == "image/svg+xml"
    other = browser.as_member(make.customer("阿远"))
    assert other.get(f"/m/coupons/{coupon.id}").status_code == 404
    assert other.get(f"/m/coupons/{coupon.id}/picture.svg").status_code == 404
    browser.as_(amy).post(f"/redeem/{coupon.code}")
    used = home.get(f"/m/coupons/{coupon.id}").text
    assert "核销过了" in used
    assert "picture.svg" not in used
    assert home.get(f"/m/coupons/{coupon.id}/picture.svg").status_code == 404
    assert "用过和过期的" in home.get("/m/coupons").text


def test_a_coupon_that_is_not_good_says_so_to_its_member(browser, max_, lin):
    start = today() + timedelta(days=2)
    batch = make.batch(days=0, starts_on=start, ends_on=start, rules={"per_person": 0})
    early, taken = make.coupon(lin, of_batch=batch), make.coupon(lin, of_batch=batch)
    coupons.withdraw(taken, reason="发错人了", by=max_)
    home = browser.as_member(lin)
    assert f"{start} 起才能用" in home.get(f"/m/coupons/{early.id}").text
    assert "已经收回了" in home.get(f"/m/coupons/{taken.id}").text


def test_a_member_exchanges_points_and_cannot_buy_what_they_lack(browser, chief, lin):
    home, batch = browser.as_member(lin), priced(100)
    assert "还没有积分" in home.get("/m/points").text
    no = home.post("/m/points/exchanges", batch=batch.id, once="a")
    assert no.status_code == 422
    assert "积分不够" in no.text
    given_points(lin, 150, chief)
    levels.put(None, name="银卡", least=200, text="生日小礼物")
    for _press in range(2):
        done = home.post("/m/points/exchanges", batch=batch.id, once="b")
        assert done.status_code == 303
    assert points.balance_of(lin) == 50
    page = home.get("/m/points").text
    assert "再得 50 积分就是银卡" in page
    assert "-100" in page
    assert home.post("/m/points/exchanges", batch=make.batch("别的").id).status_code == 422
    assert "50" in home.get("/m/").text


def test_the_counter_exchanges_for_a_customer(browser, amy, ben, chief, lin):
    batch, at = priced(100), f"/customers/{lin.id}/points"
    given_points(lin, 150, chief)
    desk = browser.as_(amy)
    assert "用积分换券" in desk.get(at).text
    assert "换好了" in desk.htmx.post(f"{at}/exchanges", batch=batch.id, once="x").text
    again = desk.post(f"{at}/exchanges", batch=batch.id, once="y")
    assert again.status_code == 422
    assert browser.as_(ben).get(at).status_code == 404
    assert len(coupons.of(lin)) == 1


def test_who_goes_up_is_told_so_once_in_their_story_and_on_their_card(
    rules, work, browser, amy, chief, lin
):
    levels.put(None, name="银卡", least=100, text="")
    levels.put(None, name="金卡", least=500, text="")
    order = make.order(lin, cents=20_000, by=amy)
    work()
    work()

    def risen():
        told = db.select(Moment.details).where(Moment.kind == "member.risen")
        return [one["level"] for one in db.session.scalars(told.order_by(Moment.id))]

    assert risen() == ["银卡"]
    make.order(lin, cents=1_000, by=amy)  # more of the same level is no news
    work()
    assert risen() == ["银卡"]
    assert "今天升到这一级" in browser.as_member(lin).get("/m/points").text
    story = browser.as_(amy).get(f"/customers/{lin.id}").text
    assert "会员等级升了" in story
    assert "到了银卡" in story
    refunding.refund(order, cents=20_000, on=today(), by=amy)  # down is no news, up again is
    work()
    assert levels.of(lin).since is None
    given_points(lin, 600, chief)
    work()
    assert risen() == ["银卡", "金卡"]


def test_a_level_from_before_we_looked_is_no_news(rules, work, amy, lin):
    levels.put(None, name="银卡", least=100, text="")
    make.order(lin, cents=20_000, by=amy)
    work()
    account = points.account_of(lin)
    account.level, account.risen_at = -2, LONG_AGO  # as the migration leaves who is there
    db.session.execute(db.delete(Moment).where(Moment.kind == "member.risen"))
    db.session.commit()
    make.order(lin, cents=1_000, by=amy)
    work()
    assert db.session.scalar(db.select(Moment.id).where(Moment.kind == "member.risen")) is None
    assert levels.of(lin).since is None
