"""The pages of coupons: drawn up by who may, given, scanned, typed, and refused in clear words."""

from datetime import timedelta

from app.campaigns import coupons, offers
from app.campaigns.models import Coupon, CouponBatch
from app.core.clock import today
from app.core.db import db
from app.sales.models import Order
from tests import make


def fields(**more):
    return {
        "name": "满百减二十", "kind": "off", "amount": "20", "least": "100", "period": "days",
        "days": "30", "per_person": "1", **more,
    }  # fmt: skip


def test_a_manager_draws_a_batch_up_and_a_clerk_only_looks(browser, amy, max_, chief):
    office = browser.as_(max_)
    assert office.post("/coupons/batches", **fields(event="follow")).status_code == 303
    batch = db.session.scalars(db.select(CouponBatch)).one()
    assert (batch.cents, batch.least_cents, batch.days) == (2_000, 10_000, 30)
    assert batch.event == ""  # what gives by itself is the owner's to decide
    again = office.post("/coupons/batches", **fields(amount="200"))
    assert again.status_code == 422
    assert "减的比要花的还多" in again.text
    clerk = browser.as_(amy)
    assert "满 ¥100.00 减 ¥20.00" in clerk.get("/coupons").text
    assert clerk.get(f"/coupons/batches/{batch.id}").status_code == 200
    assert clerk.get("/coupons/batches/new").status_code == 403
    assert clerk.post(f"/coupons/batches/{batch.id}/stop").status_code == 403
    owner = browser.as_(chief)
    owner.post(f"/coupons/batches/{batch.id}", **fields(event="follow", members_only="y"))
    assert (batch.event, batch.members_only) == ("follow", True)
    owner.post(f"/coupons/batches/{batch.id}/stop")
    assert batch.gone_at
    assert "满百减二十" in owner.get("/coupons", gone="1").text
    owner.post(f"/coupons/batches/{batch.id}/restoration")
    assert batch.gone_at is None


def test_a_fixed_period_is_read_from_the_form(browser, max_):
    last = today() + timedelta(days=9)
    browser.as_(max_).post(
        "/coupons/batches",
        **fields(kind="percent", percent="20", period="fixed", ends_on=last.isoformat()),
    )
    batch = db.session.scalars(db.select(CouponBatch)).one()
    assert (batch.kind, batch.percent, batch.cents, batch.days) == ("percent", 20, 0, 0)
    assert batch.ends_on == last
    page = browser.as_(max_).get(f"/coupons/batches/{batch.id}")
    assert "打 8 折" in page.text


def test_a_coupon_is_given_from_the_customers_page_and_looked_at(browser, amy, ben, max_, lin):
    batch, desk = make.batch(), browser.as_(amy)
    part = desk.htmx.get(f"/customers/{lin.id}/coupons")
    assert "发一张券" in part.text
    assert f"/customers/{lin.id}/coupons" in desk.get(f"/customers/{lin.id}").text
    done = desk.htmx.post(f"/customers/{lin.id}/coupons", batch=batch.id, once="x")
    assert "发好了" in done.text
    coupon = db.session.scalars(db.select(Coupon)).one()
    again = desk.htmx.post(f"/customers/{lin.id}/coupons", batch=batch.id, once="y")
    assert again.status_code == 422
    assert "每人最多" in again.text
    shown = desk.get(f"/coupons/{coupon.id}")
    assert f"{coupon.number[:4]} {coupon.number[4:]}" in shown.text
    stranger = browser.as_(ben)
    assert stranger.get(f"/coupons/{coupon.id}").status_code == 404
    assert stranger.get(f"/customers/{lin.id}/coupons").status_code == 404
    assert stranger.post(f"/coupons/{coupon.id}/withdrawal", reason="x").status_code == 404
    assert desk.post(f"/coupons/{coupon.id}/withdrawal", reason="").status_code == 422
    desk.post(f"/coupons/{coupon.id}/withdrawal", reason="发错了")
    assert coupon.state == "withdrawn"
    assert "发错了" in desk.get(f"/coupons/{coupon.id}").text


def test_a_few_are_ticked_and_each_refusal_is_told(browser, amy, ben, lin):
    batch = make.batch()
    other, foreign = make.customer("阿远", owner=amy), make.customer("别人", owner=ben)
    make.coupon(lin, of_batch=batch)
    desk, at = browser.as_(amy), f"/coupons/batches/{batch.id}/grants"
    assert "林小满" in desk.get(at, q="林").text
    told = desk.post(at, customers=[lin.id, other.id, foreign.id]).text
    assert "发好了 1 张" in told
    assert "每人最多" in told
    assert "别人" not in told
    assert len(coupons.of(other)) == 1
    assert coupons.of(foreign) == []
    assert desk.post(at).status_code == 200


def test_the_till_scans_looks_and_redeems_once(browser, amy, lin):
    coupon, till = make.coupon(lin), browser.as_(amy)
    before = coupon.state
    seen = till.get(f"/redeem/{coupon.code}")
    assert "核销这张券" in seen.text
    assert "林小满" in seen.text
    assert coupon.state == before == "open"  # looking uses nothing
    low = till.post(f"/redeem/{coupon.code}", amount="50")
    assert low.status_code == 422
    assert "没到门槛" in low.text
    assert till.post(f"/redeem/{coupon.code}", amount="128").status_code == 303
    assert db.session.scalars(db.select(Order.cents)).one() == 10_800
    again = till.post(f"/redeem/{coupon.code}")
    assert again.status_code == 422
    assert "核销过了" in again.text
    mine = till.get(f"/redeem/{coupon.code}").text
    assert "核销好了" in mine
    assert "撤销核销" in mine
    till.post(f"/redeem/{coupon.code}/undoing")
    assert coupon.state == "open"
    assert till.get("/redeem/nothing-of-ours").status_code == 404


def test_a_colleagues_customer_is_served_without_a_look_at_their_card(browser, ben, lin):
    coupon, till = make.coupon(lin), browser.as_(ben)
    seen = till.get(f"/redeem/{coupon.code}").text
    assert "林小满" not in seen
    assert "别的同事的客户" in seen
    till.post(f"/redeem/{coupon.code}", amount="200")
    assert coupon.state == "used"
    assert db.session.scalars(db.select(Order)).all() == []


def test_a_number_is_typed_scanned_or_guessed_in_vain(browser, amy, lin):
    coupon, till = make.coupon(lin), browser.as_(amy)
    for typed in (
        f"{coupon.number[:4]} {coupon.number[4:]}",
        coupon.code,
        f"https://shop.example/redeem/{coupon.code}",
    ):
        found = till.post("/redeem", number=typed)
        assert found.headers["Location"] == f"/redeem/{coupon.code}"
    wrong = f"{(int(coupon.number) + 1) % 10**8:08d}"
    for _try in range(10):
        no = till.post("/redeem", number=wrong)
        assert no.status_code == 422
        assert "没有这张券" in no.text
    locked = till.post("/redeem", number=coupon.number)
    assert locked.status_code == 422
    assert "输错太多次" in locked.text


def test_who_has_no_batch_yet_is_told_where_to_begin(browser, amy, max_, lin):
    assert "还没有券" in browser.as_(amy).get("/coupons").text
    assert "先建一批券" in browser.as_(max_).get(f"/customers/{lin.id}/coupons").text
    assert offers.every() == []
