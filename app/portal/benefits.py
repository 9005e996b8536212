"""What a member has at this shop, for their first page: points, level, coupons that are good."""

from dataclasses import dataclass

from sqlalchemy import func, select

from app.campaigns.models import OPEN, Coupon
from app.core.clock import today
from app.core.db import ask
from app.customers.models import Customer
from app.portal import levels, points, rating
from app.portal.levels import Standing


@dataclass(frozen=True)
class Benefits:
    balance: int
    has_points: bool  # whether the shop gives any, or the member still has some
    standing: Standing | None
    coupons: int


def of(customer: Customer) -> Benefits:
    balance = points.balance_of(customer)
    good = (
        select(func.count())
        .select_from(Coupon)
        .where(Coupon.customer_id == customer.id, Coupon.state == OPEN, Coupon.ends_on >= today())
    )
    return Benefits(
        balance, bool(balance) or rating.is_on(), levels.of(customer), int(ask(good).scalar())
    )
