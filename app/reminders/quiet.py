"""Who has gone quiet: one indexed range of dates, one reminder for each silence."""

from datetime import date, timedelta

from sqlalchemy import select

from app.core.batches import batched
from app.core.clock import now, start_of, today
from app.core.db import db
from app.core.errors import N_
from app.core.jobs import job
from app.core.settings import setting
from app.customers import timeline
from app.customers.models import Customer, Moment
from app.reminders import followups
from app.reminders.models import OPEN, QUIET, FollowUp

WENT_QUIET = timeline.kind(
    "customer.quiet", N_("变安静了"), "visits", "usual", "days", "first", group="note"
)

PER_DAY = setting(
    "reminders.quiet_per_day",
    20,
    label=N_("每天最多新增几条「快凉了」提醒"),
    hint=N_("其余的留在「快凉了」名单里，明天再提醒"),
    least=0,
    most=200,
)
BACKLOG = timedelta(days=30)  # longer silences are a list for one deliberate campaign
COOL_DOWN = timedelta(days=30)
TALKED = timedelta(days=3)
EXPIRES = timedelta(days=30)
PAGE = 200


@job()
def detect() -> None:
    """Raise today's reminders: the newest silences first, at most PER_DAY a day, one each."""
    expire()
    room = PER_DAY() - _raised_today()
    if room <= 0:
        return
    for customer_id in batched(_candidates(room * 5)):
        if room <= 0:
            break
        customer = db.session.get_one(Customer, customer_id, with_for_update=True)
        if _raise_for(customer):
            room -= 1


def _raised_today() -> int:
    raised = select(db.func.count()).where(
        FollowUp.kind == QUIET, FollowUp.created_at >= start_of(today())
    )
    return db.session.scalar(raised) or 0


def _candidates(most: int) -> list[int]:
    """Customers whose quiet day has come within the last 30 days and who may be reminded of."""
    recent = now() - TALKED
    reminded = (
        select(FollowUp.id)
        .where(FollowUp.customer_id == Customer.id, FollowUp.kind == QUIET)
        .where((FollowUp.state == OPEN) | (FollowUp.created_at > now() - COOL_DOWN))
        .exists()
    )
    statement = (
        select(Customer.id)
        .where(Customer.quiet_on <= today(), Customer.quiet_on > today() - BACKLOG)
        .where(Customer.archived_at.is_(None), ~Customer.do_not_disturb, Customer.left_at.is_(None))
        .where(Customer.last_inbound_at < recent, Customer.last_outbound_at < recent)
        .where(~reminded)
        .order_by(Customer.quiet_on.desc(), Customer.id.desc())
        .limit(most)
    )
    return list(db.session.scalars(statement))


def _raise_for(customer: Customer) -> bool:
    why = reason(customer)
    new = followups.plan_once(
        customer, kind=QUIET, lapse_on=_last_day(customer), why=why, due_at=start_of(today())
    )
    if new is not None:
        timeline.record(WENT_QUIET, customer, **why)
    return new is not None


def _last_day(customer: Customer) -> date:
    return customer.last_visit_on if customer.visits else customer.last_inbound_on


def reason(customer: Customer) -> dict[str, object]:
    """The parameters of the sentence that says why: visits, usual gap, days of silence."""
    first = customer.first_visit_on if customer.visits else customer.first_inbound_on
    return {
        "visits": customer.visits,
        "usual": customer.usual_gap,
        "days": (today() - _last_day(customer)).days,
        "first": first.isoformat(),
    }


def expire() -> None:
    """A reminder that nobody acted on for 30 days ends by itself."""
    stale = db.session.scalars(
        select(FollowUp)
        .where(FollowUp.kind == QUIET, FollowUp.state == OPEN)
        .where(FollowUp.created_at < now() - EXPIRES)
    ).all()
    for one in batched(stale):
        followups.close(one, outcome="expired")


@job()
def heed(moment_id: int) -> None:
    """Listens to the bell: a purchase closes the reminder, a message marks it 有回应."""
    moment = db.session.get_one(Moment, moment_id)
    for one in followups.of(moment.customer):
        if one.kind != QUIET:
            continue
        if moment.effect == "visit" and not moment.voided and moment.on > (one.lapse_on or moment.on):
            followups.close(one, outcome="returned")
        elif moment.effect == "in" and one.responded_at is None:
            one.responded_at = moment.at


HEEDS = ("order.placed", "message.received")
