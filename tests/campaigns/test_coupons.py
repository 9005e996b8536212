"""Coupons: given within their rules, used once, taken back, and never worth more than they say."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.campaigns import coupons, expiring, offers, redeeming, worth
from app.campaigns.models import Coupon, CouponBatch
from app.campaigns.offers import Gives, Rules
from app.core.clock import now, today
from app.core.db import db
from app.core.errors import Refused
from app.customers import identities
from app.customers.models import OPENID, Moment
from app.reminders import followups
from app.reminders.models import COUPON, FollowUp
from app.sales.models import Order
from app.staff.models import AuditLine
from tests import make


def refused(call, *args, **more):
    with pytest.raises(Refused) as no:
        call(*args, **more)
    db.session.rollback()
    return no.value


def use(coupon, by, **more):
    redeeming.redeem(coupon, by=by, **more)
    db.session.commit()
    return coupon


# What it is worth ---------------------------------------------------------------------------------


@given(
    kind=st.sampled_from(["off", "percent", "gift"]), cents=st.integers(1, 10**7),
    percent=st.integers(1, 99), least=st.integers(0, 10**7), total=st.integers(0, 10**9),
    more=st.integers(0, 10**6),
)  # fmt: skip
def test_a_coupon_takes_off_whole_fen_never_more_than_there_are(
    kind, cents, percent, least, total, more
):
    batch = CouponBatch(kind=kind, cents=cents, percent=percent, least_cents=least)
    off = worth.off(batch, total)
    assert 0 <= off <= total
    assert isinstance(off, int)
    assert off <= worth.off(batch, total + more) or total < least
    if total < least or kind == "gift":
        assert off == 0
    elif kind == "off":
        assert off == min(cents, total)
    else:
        assert off * 100 <= total * percent < (off + 1) * 100


def test_a_discount_is_said_as_a_shop_says_it():
    assert [worth.fold(n) for n in (20, 12, 5, 50, 99)] == ["8", "8.8", "9.5", "5", "0.1"]


# Batches ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gives", "field"),
    [
        ({"kind": "joke"}, "kind"),
        ({"cents": 0}, "amount"),
        ({"cents": 20_000}, "amount"),
        ({"kind": "percent", "percent": 0}, "percent"),
        ({"kind": "percent", "percent": 100}, "percent"),
        ({"kind": "gift"}, "gift"),
        ({"least_cents": -1}, "least"),
        ({"days": 731}, "days"),
        ({"days": 0}, "ends_on"),
        ({"days": 0, "ends_on": "yesterday"}, "ends_on"),
        ({"days": 0, "starts_on": "late", "ends_on": "today"}, "starts_on"),
    ],
)
def test_a_batch_that_makes_no_sense_is_refused_at_its_field(app, gives, field):
    days = {
        "yesterday": today() - timedelta(days=1),
        "today": today(),
        "late": today() + timedelta(9),
    }
    gives = {k: days.get(v, v) if k.endswith("_on") else v for k, v in gives.items()}
    assert refused(make.batch, **gives).field == field


@pytest.mark.parametrize(
    ("rules", "field"),
    [({"stock": -1}, "stock"), ({"per_person": -1}, "per_person"), ({"event": "moon"}, "event")],
)
def test_a_rule_that_makes_no_sense_is_refused(app, rules, field):
    assert refused(make.batch, rules=rules).field == field


def test_what_was_promised_is_not_changed_and_the_rest_may_be(lin):
    batch = make.batch()
    gives = Gives("off", 2_000, least_cents=10_000, days=30)
    offers.change(batch, name="开业券", gives=Gives("percent", percent=20, days=7), rules=Rules())
    assert (batch.kind, batch.cents, batch.percent) == ("percent", 0, 20)
    offers.change(batch, name="开业券", gives=gives, rules=Rules())
    make.coupon(lin, of_batch=batch)
    no = refused(offers.change, batch, name="x", gives=Gives("off", 1_000, days=30), rules=Rules())
    assert no.field == "kind"
    offers.change(batch, name="老客券", gives=gives, rules=Rules(stock=1))
    assert (batch.name, batch.stock) == ("老客券", 1)
    make.coupon(make.customer("阿远"), of_batch=make.batch("另一批"))
    batch.granted = 3
    assert (
        refused(offers.change, batch, name="x", gives=gives, rules=Rules(stock=2)).field == "stock"
    )


def test_one_event_gives_from_one_batch(app):
    one = make.batch(rules={"event": "follow"})
    assert refused(make.batch, "第二批", rules={"event": "follow"}).field == "event"
    offers.stop(one)
    make.batch("第二批", rules={"event": "follow"})
    refused(offers.resume, one)


# Giving -------------------------------------------------------------------------------------------


def test_a_coupon_is_given_with_its_days_and_an_unguessable_code(amy, lin):
    coupon = make.coupon(lin, by=amy)
    assert (coupon.starts_on, coupon.ends_on) == (today(), today() + timedelta(days=29))
    assert len(coupon.code) >= 22
    assert len(coupon.number) == 8
    assert coupon.number.isdigit()
    told = db.session.scalars(db.select(Moment).where(Moment.kind == "coupon.granted")).one()
    assert (told.customer_id, told.details["what"]) == (lin.id, "满 100 减 20")


def test_stock_share_and_end_are_kept(amy, max_, lin):
    ben = make.customer("阿远", owner=amy)
    one = make.batch(rules={"stock": 1, "per_person": 1})
    make.coupon(lin, of_batch=one, by=amy)
    assert "发完了" in str(refused(coupons.grant, one, ben, by=amy))
    more = make.batch("两张", rules={"per_person": 2})
    for _turn in range(2):
        make.coupon(lin, of_batch=more, by=amy)
    assert "每人最多" in str(refused(coupons.grant, more, lin, by=amy))
    coupons.withdraw(coupons.of(lin)[0], reason="发错", by=max_)
    make.coupon(lin, of_batch=more, by=amy)  # what was taken back does not count
    offers.stop(more)
    assert "停发" in str(refused(coupons.grant, more, ben, by=amy))


def test_a_fixed_period_that_is_over_gives_no_more(at, amy, lin):
    at("2026-11-01 10:00")
    batch = make.batch(days=0, ends_on=today())
    assert make.coupon(lin, of_batch=batch).ends_on == today()
    at("2026-11-02 10:00")
    assert "过了能用的日子" in str(refused(coupons.grant, batch, make.customer("阿远"), by=amy))


def test_a_fans_coupon_is_for_who_follows_also_when_it_is_used(amy, lin):
    batch = make.batch(rules={"members_only": True})
    assert "关注" in str(refused(coupons.grant, batch, lin, by=amy))
    identities.attach(lin, OPENID, "o-lin", source="wechat", account="wxshop")
    coupon = make.coupon(lin, of_batch=batch, by=amy)
    lin.left_at = now()
    db.session.commit()
    assert "重新关注" in str(refused(redeeming.redeem, coupon, by=amy))
    lin.left_at = None
    assert use(coupon, amy).state == "used"


def test_nobody_gives_to_themselves_and_clerks_have_a_daily_share(amy, max_, lin):
    amy.wechat_account, amy.wechat_openid = "wxshop", "o-amy"
    identities.attach(lin, OPENID, "o-amy", source="wechat", account="wxshop")
    batch = make.batch(rules={"per_person": 0})
    assert "自己" in str(refused(coupons.grant, batch, lin, by=amy))
    other = make.customer("阿远", owner=amy)
    coupons.PER_DAY.put(2)
    for _turn in range(2):
        make.coupon(other, of_batch=batch, by=amy)
    assert "今天已经发了" in str(refused(coupons.grant, batch, other, by=amy))
    make.coupon(other, of_batch=batch, by=max_)
    mine = make.coupon(lin, of_batch=batch, by=max_)
    assert "让同事来核销" in str(refused(redeeming.redeem, mine, by=amy))


def test_a_form_sent_twice_gives_one(browser, amy, lin):
    batch = make.batch(rules={"per_person": 0})
    desk = browser.as_(amy)
    for _press in range(2):
        desk.post(f"/customers/{lin.id}/coupons", batch=batch.id, once="abc")
    assert len(coupons.of(lin)) == 1


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    acts=st.lists(st.tuples(st.sampled_from(["give", "use", "undo", "take"]), st.integers(0, 3)),
                  max_size=12)
)  # fmt: skip
def test_what_is_out_is_what_was_given_and_not_taken_back(app, amy, max_, acts):
    batch = make.batch(f"批{len(acts)}", rules={"stock": 3, "per_person": 0})
    who, held = make.customer("随便", owner=amy), []
    for act, place in acts:
        try:
            if act == "give":
                held.append(coupons.grant(batch, who, by=max_))
            elif held:
                one = held[place % len(held)]
                if act == "take":
                    coupons.withdraw(one, reason="错", by=max_)
                else:
                    (redeeming.redeem if act == "use" else redeeming.undo)(one, by=max_)
            db.session.commit()
        except Refused:
            db.session.rollback()
    out = [one for one in held if one.state != "withdrawn"]
    assert batch.granted == len(out) <= 3
    assert offers.figures(batch).used == len([one for one in held if one.state == "used"])
    offers.stop(batch)
    db.session.commit()


# Using --------------------------------------------------------------------------------------------


def test_it_is_used_once_and_the_second_till_hears_when_and_by_whom(amy, max_, lin):
    coupon = make.coupon(lin, by=amy)
    use(coupon, amy)
    assert (coupon.used_by_id, coupon.order_id) == (amy.id, None)
    no = str(refused(redeeming.redeem, coupon, by=max_))
    assert "小艾" in no
    assert "核销过了" in no


def test_a_purchase_that_is_written_down_at_once_is_tied_to_it(amy, lin):
    coupon = make.coupon(lin, by=amy)
    no = refused(redeeming.redeem, coupon, by=amy, cents=9_999)
    assert no.field == "amount"
    assert coupon.state == "open"
    use(coupon, amy, cents=15_000)
    order = db.session.scalars(db.select(Order)).one()
    assert (order.cents, coupon.order_id, coupon.off_cents) == (13_000, order.id, 2_000)
    assert lin.spent_cents == 13_000
    told = offers.figures(coupon.batch)
    assert (told.used, told.off_cents, told.orders, told.order_cents) == (1, 2_000, 1, 13_000)


def test_one_that_cannot_be_used_says_why(at, amy, max_, lin):
    at("2026-11-01 10:00")
    batch = make.batch(
        days=0, starts_on=today() + timedelta(days=2), ends_on=today() + timedelta(days=5),
        rules={"per_person": 0},
    )  # fmt: skip
    early, taken = make.coupon(lin, of_batch=batch), make.coupon(lin, of_batch=batch)
    assert "2026-11-03" in str(refused(redeeming.redeem, early, by=amy))
    coupons.withdraw(taken, reason="发错人", by=max_)
    db.session.commit()
    assert "发错人" in str(refused(redeeming.redeem, taken, by=amy))
    at("2026-11-07 10:00")
    assert "过期" in str(refused(redeeming.redeem, early, by=amy))
    assert coupons.state_of(early) == "expired"


def test_a_slip_is_undone_within_its_time_by_who_may(at, amy, ben, max_, lin):
    at("2026-11-01 10:00")
    batch = make.batch(rules={"per_person": 0})
    one = use(make.coupon(lin, of_batch=batch), amy, cents=20_000)
    assert not redeeming.may_undo(one, ben)
    refused(redeeming.undo, one, by=ben)
    redeeming.undo(one, by=amy)
    db.session.commit()
    assert (one.state, one.order_id, one.off_cents) == ("open", None, 0)
    assert "没有核销" in str(refused(redeeming.undo, one, by=amy))
    use(one, amy)
    at("2026-11-01 10:31")
    refused(redeeming.undo, one, by=amy)
    assert redeeming.may_undo(one, max_)
    at("2026-11-02 10:01")
    refused(redeeming.undo, one, by=max_)


def test_who_gave_it_today_takes_it_back_and_nobody_a_used_one(at, amy, max_, lin):
    at("2026-11-01 10:00")
    batch = make.batch(rules={"per_person": 0})
    one, two = (make.coupon(lin, of_batch=batch, by=amy) for _turn in range(2))
    coupons.withdraw(one, reason="点错", by=amy)
    assert batch.granted == 1
    refused(coupons.withdraw, one, reason="再来", by=amy)
    at("2026-11-02 10:00")
    refused(coupons.withdraw, two, reason="晚了", by=amy)
    use(two, amy)
    refused(coupons.withdraw, two, reason="用了", by=max_)


def test_a_colleague_who_left_leaves_good_coupons(amy, max_, lin, chief):
    coupon = make.coupon(lin, by=amy)
    amy.is_active = False
    db.session.commit()
    assert use(coupon, max_).used_by_id == max_.id


# Following ----------------------------------------------------------------------------------------


def test_who_follows_gets_the_welcome_coupon_once_in_a_life(phone, work, chief):
    began = int(now().timestamp()) - 600

    def does(event, second):
        phone.does(event, CreateTime=str(began + second))
        work()

    does("subscribe", 0)
    assert db.session.scalars(db.select(Coupon)).all() == []  # the owner has not switched it on
    batch = make.batch("见面礼", kind="gift", gift="奶茶一杯", rules={"event": "follow"})
    for turn in (10, 30):
        does("unsubscribe", turn)
        does("subscribe", turn + 10)
    coupon = db.session.scalars(db.select(Coupon)).one()
    assert (coupon.why, coupon.batch_id, coupon.by_id) == ("follow", batch.id, None)
    offers.stop(batch)
    make.batch("新的见面礼", rules={"event": "follow"})
    does("subscribe", 60)
    followed = db.select(db.func.count(Moment.id)).where(Moment.kind == "wechat.followed")
    assert db.session.scalar(followed) == 4
    assert len(db.session.scalars(db.select(Coupon)).all()) == 1


def test_a_welcome_that_is_used_up_troubles_nobody(phone, work, chief):
    batch = make.batch(rules={"event": "follow", "stock": 1})
    batch.granted = 1
    phone.does("subscribe")
    work()
    assert db.session.scalars(db.select(Coupon)).all() == []


# Ending -------------------------------------------------------------------------------------------


def test_a_coupon_that_ends_soon_is_suggested_once_and_never_sent(at, amy, lin, work):
    at("2026-11-01 10:00")
    batch = make.batch(days=10, rules={"per_person": 0})
    one, two = make.coupon(lin, of_batch=batch), make.coupon(lin, of_batch=batch)
    expiring.remind()
    assert followups.of(lin) == []
    at("2026-11-08 10:00")
    for _run in range(2):
        expiring.remind()
    raised = followups.of(lin)
    assert {(f.kind, f.what, f.key) for f in raised} == {
        (COUPON, batch.name, f"coupon:{one.id}"), (COUPON, batch.name, f"coupon:{two.id}")
    }  # fmt: skip
    use(one, amy)
    work()
    assert [f.key for f in followups.of(lin)] == [f"coupon:{two.id}"]
    at("2026-11-12 10:00")
    expiring.remind()
    assert followups.of(lin) == []
    assert db.session.scalar(db.select(FollowUp.outcome).where(FollowUp.key == f"coupon:{two.id}"))


def test_who_is_not_to_be_disturbed_is_not_suggested(at, amy, lin):
    at("2026-11-01 10:00")
    make.coupon(lin, of_batch=make.batch(days=3))
    lin.do_not_disturb = True
    db.session.commit()
    at("2026-11-02 10:00")
    expiring.remind()
    assert followups.of(lin) == []
    lin.do_not_disturb = False
    expiring.AHEAD.put(0)
    db.session.commit()
    expiring.remind()
    assert followups.of(lin) == []


def test_what_is_done_with_a_coupon_is_in_the_book(browser, amy, lin):
    coupon, desk = make.coupon(lin), browser.as_(amy)
    desk.post(f"/redeem/{coupon.code}")
    desk.post(f"/redeem/{coupon.code}/undoing")
    done = db.session.scalars(db.select(AuditLine.what).order_by(AuditLine.id)).all()
    assert done[-2:] == ["coupon.used", "coupon.undone"]
