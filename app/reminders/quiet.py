"""Who has gone quiet: one indexed range of dates, one reminder for each silence.

A silence becomes a reminder only when it began while we were watching: the last visit had been
written down before `quiet_on`. What was quiet already when we learnt of it (an imported history)
is the backlog, and stays a list: docs/decisions/0006-backlog-is-a-list.md.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.community import topics
from app.core.batches import batched
from app.core.clock import FAR_OFF, FAR_OFF_DAY, day_of, now, today
from app.core.db import db, insert_once
from app.core.errors import N_, Refused
from app.core.jobs import job
from app.core.settings import SettingRow
from app.customers import silences, timeline
from app.customers.models import Customer, Moment
from app.reminders import followups, picking, policy, times
from app.reminders.models import CLOSED, OPEN, QUIET, FollowUp
from app.staff.models import Staff

WENT_QUIET = timeline.kind(
    "customer.quiet", N_("变安静了"), "visits", "usual", "days", "first", group="note"
)

EXPIRES = timedelta(days=policy.EXPIRES)
TURN = "reminders.quiet_turn"  # the row that one worker holds while it raises a reminder
RETURNED, RESTING = "returned", "resting"
LONGEST_REST = timedelta(days=366)

REASONS = (
    Customer.visits, Customer.usual_gap, Customer.first_visit_on, Customer.last_visit_on,
    Customer.inbound_days, Customer.first_inbound_on, Customer.last_inbound_on,
)  # fmt: skip


@job()
def detect() -> None:
    """Raise today's reminders: the most at risk first, as many as the team can do, one each.

    Each is one short transaction that counts the day again, so that a second worker, a repeated
    run or one that died in the middle changes nothing.
    """
    tidy()
    for customer_id in picking.chosen():
        if not _raise_for(customer_id):
            break


def _raise_for(customer_id: int) -> bool:
    """One reminder, in a transaction of its own; False when the day is full."""
    _take_turn()
    raised = picking.raised_by_person()
    full = sum(raised.values()) >= picking.PER_DAY()
    if not full and db.session.scalar(
        select(Customer.id)
        .where(Customer.id == customer_id, *picking.remindable())
        .with_for_update()
    ):
        customer = db.session.get_one(Customer, customer_id, populate_existing=True)
        if raised[customer.owner_id or picking.NOBODY] < picking.PER_PERSON():
            _remind(customer)
    db.session.commit()
    return not full


def _remind(customer: Customer) -> None:
    why, lapse_on = reason(customer), last_day(customer)
    due_at = times.whole_day(today())
    new = followups.plan_once(customer, kind=QUIET, lapse_on=lapse_on, why=why, due_at=due_at)
    if new is None:
        return
    if picking.is_held_out(customer.id, lapse_on):
        one = db.session.get_one(FollowUp, new)
        one.state, one.outcome, one.done_at = CLOSED, picking.HELD, now()
        followups.refresh_due(customer)
        return
    timeline.record(WENT_QUIET, customer, **why)


def rest(one: FollowUp, *, until: date, by: Staff) -> FollowUp:
    """停一段时间: this reminder ends, and none comes again before a day."""
    if not today() < until <= today() + LONGEST_REST:
        raise Refused(N_("请选明天到一年以内的一天，到那天以后才会再提醒"), field="until")
    followups.close(one, outcome=RESTING, by=by)
    one.rest_until = until
    return one


def _take_turn() -> None:
    """Hold the one row until the commit: what others raised meanwhile is then counted."""
    insert_once(SettingRow, name=TURN, value=0)
    db.session.execute(select(SettingRow.id).where(SettingRow.name == TURN).with_for_update())


def last_day(c: Any) -> date:
    """The day since which a customer is silent: a visit, or a contact in a shop without any."""
    return c.last_visit_on if c.visits else c.last_inbound_on  # type: ignore[no-any-return]


def reason(c: Any, since: date | None = None) -> dict[str, Any]:
    """The parameters of the sentence that says why: visits, usual gap, days of silence.

    `c` is a customer, or a row with the columns REASONS.
    """
    usual, first = c.usual_gap, c.first_visit_on
    if not c.visits:
        span, first = (c.last_inbound_on - c.first_inbound_on).days, c.first_inbound_on
        usual = max(1, round(span / (c.inbound_days - 1))) if c.inbound_days > 1 else 0
    days = (today() - (since or last_day(c))).days
    return {"visits": c.visits, "usual": usual, "days": days, "first": first.isoformat()}


def tidy() -> None:
    """End the reminders that have had their time, or whose silence no longer stands."""
    late = now() - EXPIRES
    open_ones = (
        select(FollowUp.id, FollowUp.due_at, FollowUp.created_at, Customer.dormant_on,
               Customer.quiet_on, _unwelcome().label("unwelcome"),
               topics.complains(Customer.id).label("complains"))
        .join(Customer, Customer.id == FollowUp.customer_id)
        .where(FollowUp.kind == QUIET, FollowUp.state == OPEN)
    )  # fmt: skip
    for row in batched(silences.read(open_ones)):
        stale = row.due_at < now() and (row.created_at < late or row.dormant_on <= today())
        if row.unwelcome:
            _end(row.id, "away")
        elif row.complains:
            _end(row.id, "complains")
        elif row.quiet_on == FAR_OFF_DAY:
            _end(row.id, "ended")
        elif stale:
            _end(row.id, "expired")
    db.session.commit()


def _unwelcome() -> Any:
    away = Customer.archived_at.is_not(None) | Customer.left_at.is_not(None)
    return Customer.do_not_disturb | away


def _end(followup_id: int, outcome: str) -> None:
    one = db.session.get_one(FollowUp, followup_id, with_for_update=True, populate_existing=True)
    if one.is_open:
        followups.close(one, outcome=outcome)


HEEDS = (
    "order.placed", "order.voided", "order.edited", "order.refunded", "refund.withdrawn",
    "message.received",
)  # fmt: skip


def concerns(name: str, customer: Customer) -> bool:
    """A message of somebody with whom nothing is planned answers no reminder."""
    return name != "message.received" or customer.next_due_at != FAR_OFF


@job()
def heed(moment_id: int) -> None:
    """Listens to the bell: a purchase closes the reminder, a message marks it 有回应.

    It looks at how things stand now, not at the one moment, so that jobs that come late, twice
    or in another order end the same way.
    """
    moment = db.session.get_one(Moment, moment_id)
    settle(moment.customer)
    if moment.effect == "visit":
        _end_contact_rhythm()


def settle(customer: Customer) -> None:
    """Bring a customer's reminders in line with what has happened to them."""
    reminders = db.session.scalars(
        select(FollowUp)
        .where(FollowUp.customer_id == customer.id, FollowUp.kind == QUIET)
        .where((FollowUp.state == OPEN) | (FollowUp.outcome == RETURNED))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not reminders:
        return
    db.session.refresh(customer)
    for one in reminders:
        came_back = bool(customer.visits) and customer.last_visit_on > (one.lapse_on or FAR_OFF_DAY)
        if one.is_open:
            one.responded_at = one.responded_at or _answer_to(one)
            if came_back:
                _came_back(one, customer.last_visit_on)
        elif not came_back and _still_silent(one, customer):
            followups.reopen(one)  # the purchase that closed it was voided


def _answer_to(one: FollowUp) -> Any:
    return db.session.scalar(
        select(db.func.min(Moment.at)).where(
            Moment.customer_id == one.customer_id, Moment.effect == "in", ~Moment.voided,
            Moment.on >= day_of(one.created_at), Moment.at > one.created_at,
        )
    )  # fmt: skip


def _came_back(one: FollowUp, day: date) -> None:
    since, asked = one.lapse_on or day, day_of(one.created_at)
    one.why = {
        **one.why, "back_on": day.isoformat(), "back_after": (day - since).days,
        "asked_before": max(0, (day - asked).days),
    }  # fmt: skip
    followups.close(one, outcome=RETURNED)


def _still_silent(one: FollowUp, customer: Customer) -> bool:
    same = one.state == CLOSED and one.lapse_on == last_day(customer)
    return same and customer.quiet_on <= today() < customer.dormant_on


def _end_contact_rhythm() -> None:
    """The shop's first purchase: nobody is quiet by contacts any more."""
    ended = (
        select(FollowUp.id)
        .join(Customer, Customer.id == FollowUp.customer_id)
        .where(FollowUp.kind == QUIET, FollowUp.state == OPEN)
        .where(FollowUp.created_at > now() - 2 * EXPIRES, Customer.quiet_on == FAR_OFF_DAY)
    )
    for followup_id in batched(db.session.scalars(ended).all()):
        _end(followup_id, "ended")
