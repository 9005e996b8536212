"""核销: a coupon is used in the shop, once, whoever presses first; and a slip is undone."""

from datetime import timedelta

from sqlalchemy import select

from app.campaigns import coupons, worth
from app.campaigns.models import OPEN, USED, WITHDRAWN, Coupon
from app.core.clock import now, today
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.formats import exact, money
from app.customers import identities, timeline
from app.sales import ordering
from app.sales.turns import take_turn
from app.staff.models import Staff

REDEEMED = timeline.kind("coupon.used", N_("用了一张券"), "what", group="order", stirs=True)
UNDONE = timeline.kind("coupon.undone", N_("撤销核销"), "what", group="order")

OWN_SLIP, ANY_SLIP = timedelta(minutes=30), timedelta(hours=24)
NUMBER = 8  # digits
NO_SUCH = N_("没有这张券：请再看一遍号码，或者扫客户手机上的码")


def by_code(code: str) -> Coupon | None:
    """The coupon of a QR."""
    return db.session.scalar(select(Coupon).where(Coupon.code == code[:32]))


def typed(text: str) -> Coupon:
    """The coupon of what somebody typed, or a scanner at the till did: number, code or address."""
    digits = text.replace(" ", "").replace("-", "")
    if digits.isascii() and digits.isdigit() and len(digits) == NUMBER:
        found = db.session.scalar(select(Coupon).where(Coupon.number == digits))
    else:
        found = by_code(text.strip().rstrip("/").rpartition("/")[2])
    if found is None:
        raise Refused(NO_SUCH, field="number")
    return found


def redeem(coupon: Coupon, *, by: Staff, cents: int | None = None) -> Coupon:
    """Use a coupon, exactly once. With `cents`, what the purchase comes to before it, the
    purchase is written down as well, with what is left to pay."""
    take_turn(coupon.customer, coupon)
    refuse_unusable(coupon)
    if identities.is_self(coupon.customer, by):
        raise Refused(N_("自己的券请让同事来核销"))
    off = 0
    if cents is not None:
        if cents < coupon.batch.least_cents:
            least = money(coupon.batch.least_cents)
            raise Refused(N_("没到门槛：满 %(least)s 才能用这张券"), field="amount", least=least)
        off = worth.off(coupon.batch, cents)
    _take(coupon, by, off)
    if cents is not None:
        order = ordering.place(
            coupon.customer, on=today(), cents=cents - off, text=coupon.batch.name, by=by
        )
        coupon.order_id = order.id
    timeline.record(REDEEMED, coupon.customer, by=by, subject=coupon, what=coupon.batch.name)
    db.session.flush()
    return coupon


def _take(coupon: Coupon, by: Staff, off: int) -> None:
    """Compare and set: of two tills one wins."""
    won = db.session.scalar(
        db.update(Coupon)
        .where(Coupon.id == coupon.id, Coupon.state == OPEN)
        .values(state=USED, used_at=now(), used_by_id=by.id, off_cents=off)
        .returning(Coupon.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(coupon)
    if won is None:
        refuse_unusable(coupon)


def refuse_unusable(coupon: Coupon) -> None:
    """Why it cannot be used now, in words for who stands at the till."""
    if coupon.state == USED:
        who = coupon.used_by.display if coupon.used_by else ""
        raise Refused(
            N_("这张券 %(when)s 已经由 %(who)s 核销过了，不能再用"),
            when=exact(coupon.used_at), who=who,
        )  # fmt: skip
    if coupon.state == WITHDRAWN:
        raise Refused(N_("这张券已经收回了，不能用：%(reason)s"), reason=coupon.reason)
    if coupon.ends_on < today():
        raise Refused(N_("这张券 %(day)s 就过期了，不能用"), day=coupon.ends_on)
    if coupon.starts_on > today():
        raise Refused(N_("还没到日子：这张券 %(day)s 起才能用"), day=coupon.starts_on)
    if coupon.batch.members_only and not coupons.is_fan(coupon.customer):
        raise Refused(N_("这张券只给关注了公众号的客户：请客户重新关注后再用"))


def may_undo(coupon: Coupon, staff: Staff) -> bool:
    """Who pressed it may take it back for half an hour, the manager for a day."""
    if coupon.state != USED or coupon.used_at is None:
        return False
    passed = now() - coupon.used_at
    if staff.may("coupons.write"):
        return passed <= ANY_SLIP
    return coupon.used_by_id == staff.id and passed <= OWN_SLIP


def undo(coupon: Coupon, *, by: Staff) -> Coupon:
    """It was a slip: the coupon is good again. A purchase that was written down with it stays,
    and is voided on its own page."""
    take_turn(coupon.customer, coupon)
    if coupon.state != USED:
        raise Refused(N_("这张券没有核销过，不用撤销"))
    if not may_undo(coupon, by):
        raise Refused(N_("只能在半小时内撤销自己核销的券；一天内可以请店长撤销"))
    coupon.state, coupon.used_at, coupon.used_by_id = OPEN, None, None
    coupon.order_id, coupon.off_cents = None, 0
    db.session.flush()
    timeline.record(UNDONE, coupon.customer, by=by, subject=coupon, what=coupon.batch.name)
    return coupon
