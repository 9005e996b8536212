"""Who has gone quiet: one indexed range of dates, one reminder for each silence.

A silence becomes a reminder only when it began while we were watching: the last visit had been
written down before `quiet_on`. What was quiet already when we learnt of it (an imported history)
is the backlog, and stays a list: docs/decisions/0006-backlog-is-a-list.md.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import case, select

from app.core.batches import batched
from app.core.clock import FAR_OFF_DAY, day_of, end_of, now, start_of, today
from app.core.db import db, insert_once, reading
from app.core.errors import N_
from app.core.jobs import job
from app.core.settings import SettingRow, setting
from app.customers import timeline
from app.customers.models import Customer, Moment
from app.reminders import followups, times
from app.reminders.models import CLOSED, OPEN, QUIET, FollowUp

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
WINDOW = timedelta(days=30)  # longer silences are a list for one deliberate campaign
COOL_DOWN = timedelta(days=30)
TALKED = timedelta(days=3)
EXPIRES = timedelta(days=30)
PAGE = 500
TURN = "reminders.quiet_turn"  # the row that one worker holds while it raises a reminder
RETURNED = "returned"

REASONS = (
    Customer.visits, Customer.usual_gap, Customer.first_visit_on, Customer.last_visit_on,
    Customer.inbound_days, Customer.first_inbound_on, Customer.last_inbound_on,
)  # fmt: skip


@job()
def detect() -> None:
    """Raise today's reminders: the newest silences first, at most PER_DAY a day, one each.

    Each is one short transaction that counts the day again, so that a second worker, a repeated
    run or one that died in the middle changes nothing.
    """
    tidy()
    for customer_id in _candidates():
        if not _raise_for(customer_id):
            break


def _candidates() -> Iterator[int]:
    """Customers to be reminded of, newest silence first."""
    before = (today() + timedelta(days=1), 0)
    while page := _read_page(before):
        yield from _begun_here(page)
        before = (page[-1].quiet_on, page[-1].id)


def _read_page(before: tuple[date, int]) -> Sequence[Any]:
    statement = (
        select(Customer.id, Customer.quiet_on)
        .where(Customer.quiet_on > today() - WINDOW, *_remindable())
        .where(db.tuple_(Customer.quiet_on, Customer.id) < before)
        .order_by(Customer.quiet_on.desc(), Customer.id.desc())
        .limit(PAGE)
    )
    return _read(statement)


def _remindable() -> list[Any]:
    recent = now() - TALKED
    reminded = (
        select(FollowUp.id)
        .where(FollowUp.customer_id == Customer.id, FollowUp.kind == QUIET)
        .where(
            (FollowUp.state == OPEN)
            | (FollowUp.created_at > now() - COOL_DOWN)
            | (FollowUp.lapse_on == _last_day_sql())
        )
        .exists()
    )
    return [
        Customer.quiet_on <= today(), Customer.dormant_on > today(),
        Customer.archived_at.is_(None), ~Customer.do_not_disturb, Customer.left_at.is_(None),
        Customer.last_inbound_at < recent, Customer.last_outbound_at < recent, ~reminded,
    ]  # fmt: skip


def _last_day_sql() -> Any:
    return case((Customer.visits > 0, Customer.last_visit_on), else_=Customer.last_inbound_on)


def _begun_here(page: Sequence[Any]) -> list[int]:
    """Those whose last visit had been written down before their silence began."""
    known = (
        select(Moment.customer_id, db.func.min(Moment.created_at))
        .join(Customer, Customer.id == Moment.customer_id)
        .where(Moment.customer_id.in_([row.id for row in page]), ~Moment.voided)
        .where(Moment.effect == case((Customer.visits > 0, "visit"), else_="in"))
        .where(Moment.on == _last_day_sql())
        .group_by(Moment.customer_id)
    )
    learnt = {customer_id: day_of(at) for customer_id, at in _read(known)}
    return [row.id for row in page if learnt.get(row.id, row.quiet_on) < row.quiet_on]


def _read(statement: Any) -> Sequence[Any]:
    """Rows, read without holding the writer's lock."""
    db.session.commit()
    with reading():
        rows = db.session.execute(statement).all()
        db.session.commit()
    return rows


def _raise_for(customer_id: int) -> bool:
    """One reminder, in a transaction of its own; False when the day is full."""
    _take_turn()
    full = _raised_today() >= PER_DAY()
    if not full and db.session.scalar(
        select(Customer.id).where(Customer.id == customer_id, *_remindable()).with_for_update()
    ):
        customer = db.session.get_one(Customer, customer_id, populate_existing=True)
        why = reason(customer)
        lapse_on, due_at = last_day(customer), times.whole_day(today())
        if followups.plan_once(customer, kind=QUIET, lapse_on=lapse_on, why=why, due_at=due_at):
            timeline.record(WENT_QUIET, customer, **why)
    db.session.commit()
    return not full


def _take_turn() -> None:
    """Hold the one row until the commit: what others raised meanwhile is then counted."""
    insert_once(SettingRow, name=TURN, value=0)
    db.session.execute(select(SettingRow.id).where(SettingRow.name == TURN).with_for_update())


def _raised_today() -> int:
    raised = select(db.func.count()).where(
        FollowUp.kind == QUIET,
        FollowUp.created_at >= start_of(today()), FollowUp.created_at < end_of(today()),
    )  # fmt: skip
    return db.session.scalar(raised) or 0


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
               Customer.quiet_on, _unwelcome().label("unwelcome"))
        .join(Customer, Customer.id == FollowUp.customer_id)
        .where(FollowUp.kind == QUIET, FollowUp.state == OPEN)
    )  # fmt: skip
    for row in batched(_read(open_ones)):
        stale = row.due_at < now() and (row.created_at < late or row.dormant_on <= today())
        if row.unwelcome:
            _end(row.id, "away")
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
    since = one.lapse_on or day
    one.why = {**one.why, "back_on": day.isoformat(), "back_after": (day - since).days}
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
