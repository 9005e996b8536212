"""A coupon that ends soon is a reason to get in touch: suggested to a colleague, never sent."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.campaigns.models import OPEN, Coupon, CouponBatch
from app.core.batches import batched
from app.core.clock import day_of, today
from app.core.db import db, looking
from app.core.errors import N_
from app.core.jobs import job
from app.core.settings import setting
from app.customers import timeline
from app.customers.models import Customer, Moment
from app.reminders import followups, times
from app.reminders.models import COUPON, FollowUp
from app.reminders.models import OPEN as WAITS

AHEAD = setting(
    "campaigns.remind_ahead",
    3,
    label=N_("券到期前几天提醒跟进"),
    hint=N_("给负责的同事建一条跟进，不会自动给客户发消息；填 0 就不提醒"),
    least=0,
    most=30,
    group="reminders",
)
MOST = 30  # new ones a day, the best customers first
HEEDS = ("coupon.used", "coupon.withdrawn")
REMINDED = timeline.kind("coupon.expiring", N_("券快到期了"), "what", group="note")


@job(lane="long")
def remind() -> None:
    """Raise a follow-up for each coupon that ends in the next days, once."""
    tidy()
    for row in batched(_ending() if AHEAD() else []):
        customer = db.session.get_one(Customer, row.customer_id)
        new = followups.plan_once(
            customer, kind=COUPON, key=f"coupon:{row.id}", what=row.name,
            why={"coupon": row.id, "ends_on": row.ends_on.isoformat()},
            due_at=times.whole_day(today()),
        )  # fmt: skip
        if new is not None:
            timeline.record(REMINDED, customer, what=row.name)
    db.session.commit()


def _ending() -> Any:
    """Of customers who may be asked, not reminded yet; a coupon given a moment ago is fresh."""
    known = select(FollowUp.id).where(
        FollowUp.key == db.literal("coupon:") + db.cast(Coupon.id, db.String)
    )
    last = today() + timedelta(days=AHEAD())
    with looking():
        rows = db.session.execute(
            select(Coupon.id, Coupon.customer_id, Coupon.ends_on, Coupon.created_at,
                   CouponBatch.name)
            .join(Customer, Customer.id == Coupon.customer_id)
            .join(CouponBatch, CouponBatch.id == Coupon.batch_id)
            .where(Coupon.state == OPEN, Coupon.ends_on >= today(), Coupon.ends_on <= last)
            .where(Customer.archived_at.is_(None), Customer.left_at.is_(None))
            .where(~Customer.do_not_disturb, ~known.exists())
            .order_by(Customer.spent_cents.desc(), Coupon.id)
            .limit(MOST)
        ).all()  # fmt: skip
    return [row for row in rows if day_of(row.created_at) < today()]


def tidy() -> None:
    """End those whose coupon has ended meanwhile."""
    waiting = select(FollowUp.id, FollowUp.why).where(
        FollowUp.kind == COUPON, FollowUp.state == WAITS
    )
    with looking():
        rows = db.session.execute(waiting).all()
    for row in batched(rows):
        if str(row.why.get("ends_on")) < today().isoformat():
            _end(row.id, "expired")
    db.session.commit()


@job()
def heed(moment_id: int) -> None:
    """Listens to the bell: a coupon that was used or taken back needs no reminder."""
    subject = db.session.get_one(Moment, moment_id).subject
    waiting = select(FollowUp.id).where(FollowUp.key == subject, FollowUp.state == WAITS)
    for followup_id in db.session.scalars(waiting).all():
        _end(followup_id, "used")


def _end(followup_id: int, outcome: str) -> None:
    one = db.session.get_one(FollowUp, followup_id, with_for_update=True, populate_existing=True)
    if one.is_open:
        followups.close(one, outcome=outcome)
