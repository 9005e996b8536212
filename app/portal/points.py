"""Points: the ledger, and what the bell writes into it.

Each purchase, each day of a visit, each friend and each exchanged coupon is a subject. What it is
worth now is worked out anew from what stands, and only the difference is written: so a job that
runs twice, or runs late, changes nothing, and a refund takes back what it brought, at the rule of
the day on which it was brought.
"""

from collections.abc import Callable
from datetime import date

from sqlalchemy import func, select

from app.campaigns import coupons, offers
from app.campaigns.models import WITHDRAWN, Coupon, CouponBatch, Referral
from app.core.clock import today
from app.core.db import ask, db, insert_once
from app.core.errors import N_, Refused
from app.core.jobs import job
from app.core.settings import setting
from app.customers import identities
from app.customers.models import Customer, Moment
from app.portal import levels
from app.portal.models import PointAccount, PointEntry
from app.portal.rating import MOST_POINTS, REFERRAL, VISIT, YUAN, Rate, rate_of
from app.sales.models import Order, Refund
from app.staff.models import Staff

CORRECTION, SPENT = "correction", "spent"
KINDS = {
    YUAN: N_("消费"), VISIT: N_("到店"), REFERRAL: N_("介绍朋友"), CORRECTION: N_("店里调整"),
    SPENT: N_("换券"),
}  # fmt: skip
MOST_CHANGED = setting(
    "points.most_changed",
    1000,
    label=N_("店长一次最多调整多少积分"),
    hint=N_("店主不限；店员不能调整，谁都不能调整自己的"),
    least=0,
    most=MOST_POINTS,
    group="customers",
)


# The ledger -------------------------------------------------------------------------------------


def account_of(customer: Customer) -> PointAccount | None:
    mine = select(PointAccount).where(PointAccount.customer_id == customer.id)
    return db.session.scalar(mine)


def balance_of(customer: Customer) -> int:
    account = account_of(customer)
    return account.balance if account else 0


def of(customer: Customer, *, most: int = 30) -> list[PointEntry]:
    """The last lines of a customer's ledger, the newest first."""
    mine = select(PointEntry).where(PointEntry.customer_id == customer.id)
    return list(db.session.scalars(mine.order_by(PointEntry.id.desc()).limit(most)))


def _turn(customer: Customer) -> PointAccount:
    """The customer's account; whoever else writes about it waits."""
    insert_once(PointAccount, customer_id=customer.id, balance=0, earned=0)
    mine = select(PointAccount).where(PointAccount.customer_id == customer.id)
    mine = mine.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(mine).one()


def _write(
    account: PointAccount, kind: str, points: int, subject: str, *, key: str | None,
    rate: Rate | None = None, reason: str = "", by: Staff | None = None,
) -> None:  # fmt: skip
    db.session.add(
        PointEntry(
            customer_id=account.customer_id, kind=kind, points=points, subject=subject, key=key,
            rate=rate.points if rate else 0, per_cents=rate.per_cents if rate else 0,
            reason=reason[:200], by_id=by.id if by else None,
        )
    )  # fmt: skip
    account.balance += points
    account.earned += points if kind != SPENT else 0
    db.session.flush()


def _bring_to(
    customer: Customer, kind: str, subject: str, worth: Callable[[], int], *, key: str,
    rate: Rate | None = None,
) -> None:  # fmt: skip
    """Write what is missing for a subject to come to what it is worth; nothing where it is there.

    Asked under the account's lock: who waited for another worker must see what that one saw.
    """
    account = _turn(customer)
    written = select(func.coalesce(func.sum(PointEntry.points), 0)).where(
        PointEntry.subject == subject, PointEntry.kind == kind
    )
    missing = worth() - int(ask(written).scalar())
    if missing:
        _write(account, kind, missing, subject, key=key, rate=rate)


def spend(customer: Customer, points: int, *, subject: str, reason: str = "") -> None:
    """Points go for something, once for each subject: never more than there are."""
    account = _turn(customer)
    _enough(account, points)
    _write(account, SPENT, -points, subject, key=f"spent:{subject}", reason=reason)


def _enough(account: PointAccount, points: int) -> None:
    if points <= 0:
        raise Refused(N_("要花的积分不对，请刷新页面再试"))
    if account.balance < points:
        raise Refused(N_("积分不够：要 %(n)s 分，现在有 %(has)s 分"), n=points, has=account.balance)


def correct(customer: Customer, points: int, *, reason: str, by: Staff) -> None:
    """A colleague puts the ledger right, and says why."""
    if identities.is_self(customer, by):
        raise Refused(N_("不能调整自己的积分，请让同事来做"), field="points")
    if not points or abs(points) > MOST_POINTS:
        raise Refused(N_("积分不对，加就填正数，减就填负数"), field="points")
    if not by.may("settings.write") and abs(points) > MOST_CHANGED():
        raise Refused(N_("一次最多调整 %(n)s 分，再多请找店主"), field="points", n=MOST_CHANGED())
    account = _turn(customer)
    if points < 0 and account.balance + points < 0:
        raise Refused(N_("只有 %(has)s 分，不能扣成负数"), field="points", has=account.balance)
    _write(account, CORRECTION, points, "", key=None, reason=reason, by=by)
    if steps := levels.every():
        levels.note(account, steps)


def exchange(customer: Customer, batch: CouponBatch, *, by: Staff | None, key: str) -> Coupon:
    """Points for a coupon: both or none, once per `key`."""
    known = coupons.of_key(key)
    if known:
        return known
    if batch.event != offers.POINTS:
        raise Refused(N_("这种券不能用积分换，请刷新页面看现在有什么"))
    _enough(_turn(customer), batch.price)  # in one order everywhere: the account, then the batch
    coupon = coupons.grant(batch, customer, by=by, why=offers.POINTS, key=key)
    spend(customer, batch.price, subject=f"coupon:{coupon.id}", reason=batch.name)
    return coupon


# What the bell writes ---------------------------------------------------------------------------

HEEDS = (
    "order.placed", "order.edited", "order.voided", "order.refunded", "refund.withdrawn",
    "referral.counted", "referral.uncounted", "coupon.withdrawn",
)  # fmt: skip


@job()
def heed(moment_id: int) -> None:
    """Listens to the bell: what happened changes what its subject is worth."""
    moment = db.session.get_one(Moment, moment_id)
    about, _sep, number = moment.subject.partition(":")
    if about == "referral":
        friend(moment.customer, moment.subject, key=f"m{moment_id}")
    elif about == "coupon":
        _give_back(int(number), f"m{moment_id}")
    elif order := _order(about, int(number or 0)):
        settle(order, key=f"m{moment_id}")
        for day in _days(moment, order):
            visited(order.customer, day, key=f"m{moment_id}")
    if steps := levels.every():
        levels.note(_turn(moment.customer), steps)


def _order(about: str, number: int) -> Order | None:
    if about == "refund":
        refund = db.session.get(Refund, number)
        return refund.order if refund else None
    return db.session.get(Order, number) if about == "order" else None


def _days(moment: Moment, order: Order) -> set[date]:
    """The days whose visit may have come or gone: a purchase may have moved."""
    told = [moment.details.get(name) for name in ("was", "now")]
    said = [str(one["on"]) for one in told if isinstance(one, dict) and one.get("on")]
    return {order.on, *(date.fromisoformat(day) for day in said)}


def settle(order: Order, *, key: str) -> None:
    """What is left of a purchase, in points."""
    subject = f"order:{order.id}"
    rate = rate_of(YUAN, subject, order.on)
    if rate is None:
        return

    def worth() -> int:
        db.session.refresh(order)
        return 0 if order.is_void else rate.of(order.net_cents)

    _bring_to(order.customer, YUAN, subject, worth, key=f"{key}:{subject}", rate=rate)


def visited(customer: Customer, day: date, *, key: str) -> None:
    """A day on which something was bought and not wholly given back."""
    subject = f"visit:{customer.id}:{day}"
    rate = rate_of(VISIT, subject, day)
    if rate is None:
        return
    left = (Order.refunded_cents < Order.cents) | (Order.cents == 0)
    standing = select(Order.id).where(
        Order.customer_id == customer.id, Order.on == day, Order.voided_at.is_(None), left
    )

    def worth() -> int:
        return rate.points if db.session.scalar(standing.limit(1)) else 0

    _bring_to(customer, VISIT, subject, worth, key=f"{key}:{subject}", rate=rate)


def friend(customer: Customer, subject: str, *, key: str) -> None:
    """A friend whom they brought, while that counts."""
    rate = rate_of(REFERRAL, subject, today())
    if rate is None:
        return
    counts = select(Referral.id).where(
        Referral.id == int(subject.partition(":")[2]), Referral.counts,
        Referral.counted_at.is_not(None),
    )  # fmt: skip

    def worth() -> int:
        return rate.points if db.session.scalar(counts) else 0

    _bring_to(customer, REFERRAL, subject, worth, key=f"{key}:{subject}", rate=rate)


def add_up(customer: Customer) -> None:
    """Lines have come from another card, or gone to one: the account says what there is now."""
    account = _turn(customer)
    spent = db.case((PointEntry.kind == SPENT, PointEntry.points), else_=0)
    sums = select(func.coalesce(func.sum(PointEntry.points), 0), func.coalesce(func.sum(spent), 0))
    total, gone = ask(sums.where(PointEntry.customer_id == customer.id)).one()
    account.balance, account.earned = int(total), int(total) - int(gone)
    db.session.flush()


def _give_back(coupon_id: int, key: str) -> None:
    """An exchanged coupon was taken back: its points return."""
    coupon = db.session.get(Coupon, coupon_id)
    if coupon and coupon.state == WITHDRAWN and coupon.why == offers.POINTS:
        subject = f"coupon:{coupon.id}"
        _bring_to(coupon.customer, SPENT, subject, lambda: 0, key=f"{key}:{subject}")
