"""What a shop that has been open for a while gives its members: points, levels, coupons, thanks.

Through the product's own verbs, at their time, for those customers whom one looks at. All of it
goes with the demo, except what somebody has made their own meanwhile.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from sqlalchemy import select

from app.campaigns import coupons, offers, redeeming, referrals
from app.campaigns.models import Coupon, CouponBatch
from app.campaigns.offers import Gives, Rules
from app.core.clock import LONG_AGO_DAY, at_local, today
from app.core.db import Model, db
from app.core.errors import Refused
from app.customers.models import Customer
from app.portal import levels, points, rating
from app.portal.models import MemberLevel, PointRule
from app.practice.travelling import travelling
from app.sales.models import Order
from app.staff.models import Staff

FEW = 16  # customers with a ledger
RULES = ((rating.YUAN, 1, 100), (rating.VISIT, 5, 0), (rating.REFERRAL, 100, 0))
LEVELS = (
    ("银卡", 500, "生日送一份小礼物"), ("金卡", 3000, "生日礼物，会员日 9 折"),
    ("黑金", 10_000, "新品先到先留，免费送货"),
)  # fmt: skip


@dataclass(frozen=True)
class Offer:
    name: str
    gives: Gives
    rules: Rules


OFFERS = (
    Offer("关注见面礼", Gives("off", 1_000, least_cents=9_900, days=30),
          Rules(event=offers.FOLLOW, members_only=True)),
    Offer("老客满减", Gives("off", 2_000, least_cents=20_000, days=30),
          Rules(text="奶粉除外", stock=200, per_person=2)),
    Offer("会员日 9 折", Gives("percent", percent=10, days=14), Rules(members_only=True)),
    Offer("介绍有礼", Gives("gift", gift="婴儿湿巾一包", days=60),
          Rules(event=offers.REFERRAL, per_person=0)),
    Offer("积分换洗衣液", Gives("gift", gift="洗衣液 2L", days=30),
          Rules(event=offers.POINTS, price=800, per_person=0)),
)  # fmt: skip


def put_on(by: Staff) -> None:
    """Rules and batches first, then what came of them."""
    for kind, count, per_cents in RULES:
        rating.put(kind, points=count, per_cents=per_cents)
    db.session.execute(db.update(PointRule).values(since=LONG_AGO_DAY))
    for name, least, text in LEVELS:
        levels.put(None, name=name, least=least, text=text)
    batches = [offers.draw_up(one.name, one.gives, one.rules) for one in OFFERS]
    found = list(db.session.scalars(select(Customer).order_by(Customer.id).limit(FEW)))
    _settle(found)
    _hand_out(found, batches, by)
    _introduce(found, by)


def _settle(found: list[Customer]) -> None:
    """The ledger as the bell would have written it, purchase by purchase."""
    ids = [one.id for one in found]
    orders = select(Order).where(Order.customer_id.in_(ids)).order_by(Order.at, Order.id)
    with travelling() as to:
        for order in db.session.scalars(orders).all():
            to(order.at)
            points.settle(order, key=f"demo:{order.id}")
            points.visited(order.customer, order.on, key=f"demo:{order.id}")


def _hand_out(found: list[Customer], batches: list[CouponBatch], by: Staff) -> None:
    """Some had a coupon in the last weeks, and some of those used it."""
    day = today()
    with travelling() as to:
        for place, customer in enumerate(found):
            to(at_local(day - timedelta(days=3 + place % 25), time(10 + place % 9)))
            with suppress(Refused):  # not a follower, not enough points: as in a real shop
                _one(place, customer, batches, by)
            if place % 6 == 1:
                to(at_local(day - timedelta(days=1), time(10 + place % 9, 20)))
                _use(customer, by)


def _one(place: int, customer: Customer, batches: list[CouponBatch], by: Staff) -> None:
    follow, regular, day, _thanks, soap = batches
    if place % 7 == 3:
        points.exchange(customer, soap, by=by, key=f"demo:soap:{customer.id}")
    elif place % 5 == 2:
        coupons.grant(day, customer, by=by)
    elif place % 3 == 1:
        coupons.grant(regular, customer, by=by)
    elif coupons.is_fan(customer) and place % 2:
        coupons.grant(follow, customer, by=None, why=offers.FOLLOW, key=f"follow:{customer.id}")


def _use(customer: Customer, by: Staff) -> None:
    for coupon in coupons.of(customer, most=1):
        with suppress(Refused):
            redeeming.redeem(coupon, by=by)


def _introduce(found: list[Customer], by: Staff) -> None:
    """A few regulars brought friends who have not bought yet, or are old acquaintances."""
    regulars = sorted(found, key=lambda one: -one.visits)[:3]
    others = [one for one in found if one not in regulars]
    with travelling() as to:
        to(at_local(today() - timedelta(days=9), time(15)))
        for place, guest in enumerate(others[3:9]):
            with suppress(Refused):
                referrals.introduce(guest, regulars[place % len(regulars)], by=by)


def take_off() -> None:
    """After the demo customers are gone: what nobody uses and nobody has changed."""
    used = select(Coupon.id).where(Coupon.batch_id == CouponBatch.id).exists()
    for one in OFFERS:
        same = [getattr(CouponBatch, name) == value for name, value in one.gives.columns.items()]
        _delete(CouponBatch, CouponBatch.name == one.name, ~used, *same)
    for name, least, text in LEVELS:
        same = [MemberLevel.least == least, MemberLevel.text == text]
        _delete(MemberLevel, MemberLevel.name == name, *same)
    for kind, count, per_cents in RULES:
        same = [PointRule.points == count, PointRule.per_cents == per_cents]
        _delete(PointRule, PointRule.kind == kind, PointRule.since == LONG_AGO_DAY, *same)


def _delete(model: type[Model], *where: Any) -> None:
    gone = db.delete(model).where(*where)
    db.session.execute(gone.execution_options(synchronize_session=False))
