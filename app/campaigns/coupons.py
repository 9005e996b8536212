"""Coupons: given, shown, and taken back."""

import secrets
from datetime import date, timedelta

from sqlalchemy import Select, func, select

from app.campaigns import offers
from app.campaigns.models import OPEN, USED, WITHDRAWN, Coupon, CouponBatch
from app.core.clock import day_of, now, start_of, today
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.settings import setting
from app.customers import finding, identities, timeline
from app.customers.models import OPENID, Customer, Identity
from app.staff.models import Staff

GRANTED = timeline.kind("coupon.granted", N_("得到一张券"), "what", "why", group="order")
TAKEN = timeline.kind("coupon.withdrawn", N_("收回一张券"), "what", "reason", group="order")

BY_STAFF = "staff"
WHYS = {
    BY_STAFF: N_("同事发的"), offers.FOLLOW: N_("关注送的"), offers.REFERRAL: N_("介绍朋友送的"),
    offers.INVITED: N_("朋友介绍来送的"), offers.POINTS: N_("积分换的"),
}  # fmt: skip
STATES = {
    OPEN: (N_("可以用"), "jade"), "early": (N_("还没到日子"), "blue"),
    USED: (N_("用过了"), "grey"), "expired": (N_("过期了"), "grey"),
    WITHDRAWN: (N_("已收回"), "red"),
}  # fmt: skip
PER_DAY = setting(
    "campaigns.grants_per_day",
    20,
    label=N_("每位店员一天最多发几张券"),
    hint=N_("店长和店主不限；不要群发"),
    least=1,
    most=500,
    group="customers",
)


def grant(
    batch: CouponBatch, customer: Customer, *, by: Staff | None, why: str = BY_STAFF,
    key: str | None = None,
) -> Coupon:  # fmt: skip
    """One coupon of a batch for a customer, once per `key`. Who gives at the same time takes
    turns at the batch, so that neither its stock nor a person's share is ever overdrawn."""
    db.session.flush()
    db.session.refresh(batch, with_for_update=True)
    known = of_key(key)
    if known:
        return known
    _may_give(batch, by)
    _may_have(batch, customer, by)
    starts, ends = _period(batch)
    batch.granted += 1
    coupon = Coupon(
        batch_id=batch.id, customer_id=customer.id, code=secrets.token_urlsafe(16),
        number=_number(), key=key, why=why, starts_on=starts, ends_on=ends, state=OPEN,
        by_id=by.id if by else None, off_cents=0, reason="",
    )  # fmt: skip
    db.session.add(coupon)
    db.session.flush()
    timeline.record(GRANTED, customer, by=by, subject=coupon, what=batch.name, why=why)
    return coupon


def of_key(key: str | None) -> Coupon | None:
    return db.session.scalar(select(Coupon).where(Coupon.key == key)) if key else None


def _may_give(batch: CouponBatch, by: Staff | None) -> None:
    if batch.gone_at:
        raise Refused(N_("「%(name)s」已经停发了，请换一批"), name=batch.name)
    if batch.ends_on < today():
        raise Refused(N_("「%(name)s」已经过了能用的日子，请换一批"), name=batch.name)
    if offers.is_out(batch):
        raise Refused(
            N_("「%(name)s」已经发完了（%(n)s 张），要再发请先加张数"),
            name=batch.name, n=batch.stock,
        )  # fmt: skip
    if by and not by.may("coupons.write") and _given_today(by) >= PER_DAY():
        raise Refused(N_("你今天已经发了 %(n)s 张券，再要发请找店长"), n=PER_DAY())


def _given_today(by: Staff) -> int:
    since = start_of(today())
    given = select(func.count()).select_from(Coupon)
    mine = given.where(Coupon.by_id == by.id, Coupon.created_at >= since)
    return int(db.session.scalar(mine) or 0)


def _may_have(batch: CouponBatch, customer: Customer, by: Staff | None) -> None:
    if by and identities.is_self(customer, by):
        raise Refused(N_("不能给自己发券，请让同事来发"))
    if batch.members_only and not is_fan(customer):
        raise Refused(N_("「%(name)s」只给关注了公众号的客户，请先请客户关注"), name=batch.name)
    has = select(func.count()).select_from(Coupon).where(Coupon.batch_id == batch.id)
    mine = has.where(Coupon.customer_id == customer.id, Coupon.state != WITHDRAWN)
    if batch.per_person and int(db.session.scalar(mine) or 0) >= batch.per_person:
        raise Refused(
            N_("这位客户已经有过 %(n)s 张「%(name)s」，每人最多这么多"),
            n=batch.per_person, name=batch.name,
        )  # fmt: skip


def is_fan(customer: Customer) -> bool:
    """Whether they follow the shop's account: 粉丝."""
    wechat = select(Identity.id).where(Identity.customer_id == customer.id, Identity.kind == OPENID)
    return customer.left_at is None and db.session.scalar(wechat.limit(1)) is not None


def _period(batch: CouponBatch) -> tuple[date, date]:
    if batch.days:  # today counts as the first of them
        return today(), today() + timedelta(days=batch.days - 1)
    return batch.starts_on, batch.ends_on


def _number() -> str:
    """Eight digits that no other coupon has."""
    while True:
        number = f"{secrets.randbelow(10**8):08d}"
        if db.session.scalar(select(Coupon.id).where(Coupon.number == number)) is None:
            return number


def state_of(coupon: Coupon) -> str:
    """A key of STATES: what the row says, and what the day makes of it."""
    if coupon.state != OPEN:
        return coupon.state
    if coupon.ends_on < today():
        return "expired"
    return "early" if coupon.starts_on > today() else OPEN


def withdraw(coupon: Coupon, *, reason: str, by: Staff) -> Coupon:
    """Take a coupon back that nobody has used: by whoever may, or gave it today and now sees the
    slip. Its place in the batch is free again."""
    db.session.flush()
    db.session.refresh(coupon.batch, with_for_update=True)
    db.session.refresh(coupon, with_for_update=True)
    if coupon.state != OPEN:
        raise Refused(N_("这张券已经用过或者收回了，请刷新页面看最新的情况"))
    if not may_withdraw(coupon, by):
        raise Refused(N_("只能收回自己今天发错的券；别的请找店长"))
    coupon.state, coupon.withdrawn_at, coupon.withdrawn_by_id = WITHDRAWN, now(), by.id
    coupon.reason = reason[:200]
    coupon.batch.granted -= 1
    db.session.flush()
    timeline.record(
        TAKEN, coupon.customer, by=by, subject=coupon, what=coupon.batch.name,
        reason=coupon.reason,
    )  # fmt: skip
    return coupon


def may_withdraw(coupon: Coupon, by: Staff) -> bool:
    own_of_today = coupon.by_id == by.id and day_of(coupon.created_at) == today()
    return coupon.state == OPEN and (by.may("coupons.write") or own_of_today)


def of(customer: Customer, *, most: int = 30) -> list[Coupon]:
    """A customer's coupons, the newest first."""
    mine = select(Coupon).where(Coupon.customer_id == customer.id)
    return list(db.session.scalars(mine.order_by(Coupon.id.desc()).limit(most)))


def visible_to(staff: Staff) -> Select[Coupon]:
    """The coupons of the customers that a colleague may see."""
    found = select(Coupon).join(Customer, Customer.id == Coupon.customer_id)
    return found.where(finding.seen_by(staff))
