"""Follow-ups that care raises: a stage that has come, and what will be used up soon.

Each is raised once, by the key of what raised it: a stage of a child, a stage after a purchase,
or a product since the day it was last bought. So a second run, or a second worker, changes
nothing. What came due longer ago than its window is history, and stays a list.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.core.batches import batched
from app.core.clock import end_of, now, start_of, today
from app.core.db import db, looking
from app.core.errors import N_
from app.core.jobs import job
from app.core.settings import setting
from app.customers import timeline
from app.customers.models import Customer, Moment
from app.reminders import followups, times
from app.reminders.models import OPEN, REFILL, STAGE, FollowUp
from app.sales import stages
from app.sales.models import CareDate, CareLine, Product, Stage, Supply

RAISED = timeline.kind("care.raised", N_("该关怀了"), "what", group="note")
REFILLED = timeline.kind("care.refill", N_("该补货了"), "what", group="note")
KINDS = (STAGE, REFILL)
PER_DAY = setting(
    "reminders.care_per_day",
    30,
    label=N_("每天最多新增几条关怀和补货跟进"),
    hint=N_("消费多的客户排在前面；多出来的第二天再建"),
    least=0,
    most=500,
)
WINDOW = timedelta(days=7)
SOON = timedelta(days=2)  # before it is used up
EXPIRES = timedelta(days=30)
MOST = 2000  # candidates of one stage, or of all supplies, that are read


@dataclass(frozen=True)
class Task:
    """A follow-up that is to be raised."""

    customer_id: int
    spent: int
    kind: str
    key: str
    what: str
    why: dict[str, object] = field(default_factory=dict)


@job(lane="long")
def remind() -> None:
    """Raise what has come due, the best customers first, at most PER_DAY a day."""
    tidy()
    left = PER_DAY() - _raised_today()
    found = sorted((*_stages(), *_refills()), key=lambda one: -one.spent)
    for task in batched(one for one in found if not _known(one.key)):
        if left <= 0:
            break
        left -= _raise(task)
    db.session.commit()


def _raise(task: Task) -> bool:
    customer = db.session.get_one(Customer, task.customer_id)
    new = followups.plan_once(
        customer, kind=task.kind, key=task.key, what=task.what, why=task.why,
        due_at=times.whole_day(today()),
    )  # fmt: skip
    if new is None:
        return False
    timeline.record(RAISED if task.kind == STAGE else REFILLED, customer, what=task.what)
    return True


def _known(key: str) -> bool:
    return db.session.scalar(select(FollowUp.id).where(FollowUp.key == key)) is not None


def _raised_today() -> int:
    of_today = (FollowUp.created_at >= start_of(today()), FollowUp.created_at < end_of(today()))
    raised = select(db.func.count()).where(FollowUp.kind.in_(KINDS), *of_today)
    return int(db.session.scalar(raised) or 0)


def _read(statement: Any) -> Sequence[Any]:
    """Rows, read without holding the writer's lock."""
    with looking():
        return db.session.execute(statement).all()


def _welcome() -> tuple[Any, ...]:
    here = (Customer.archived_at.is_(None), Customer.left_at.is_(None))
    return (*here, ~Customer.do_not_disturb)


# Stages -----------------------------------------------------------------------------------------


def _stages() -> Iterator[Task]:
    for line, points in stages.everything():
        for stage in points:
            yield from (_of_ages if line.basis == stages.AGE else _of_purchases)(line, stage)


def _anchors(stage: Stage) -> tuple[date, date]:
    """Days between which one must lie for the stage to come within the window; a little wide."""
    last = today() + timedelta(days=stage.ahead)
    if stage.unit == "day":
        return last - WINDOW - timedelta(days=stage.after), last - timedelta(days=stage.after)
    slack = timedelta(days=4)  # of months of unlike length
    first = stages.day_of(last - WINDOW, -stage.after, "month") - slack
    return first, stages.day_of(last, -stage.after, "month") + slack


def _comes(stage: Stage, anchor: date) -> bool:
    """Whether it is time, and not long past."""
    on = stages.day_of(anchor, stage.after, stage.unit) - timedelta(days=stage.ahead)
    return today() - WINDOW < on <= today()


def _of_ages(line: CareLine, stage: Stage) -> Iterator[Task]:
    rows = _read(
        select(CareDate.id, CareDate.name, CareDate.on, Customer.id.label("customer_id"),
               Customer.name.label("called"), Customer.spent_cents)
        .join(Customer, Customer.id == CareDate.customer_id)
        .where(CareDate.line_id == line.id, CareDate.on.between(*_anchors(stage)), *_welcome())
        .order_by(CareDate.on.desc(), CareDate.id)
        .limit(MOST)
    )  # fmt: skip
    for row in rows:
        if _comes(stage, row.on):
            key = f"stage:{stage.id}:date:{row.id}:{row.on}"
            what = said(stage, row.called, row.name)
            yield Task(row.customer_id, row.spent_cents, STAGE, key, what, {"stage": stage.name})


def _of_purchases(line: CareLine, stage: Stage) -> Iterator[Task]:
    """Counted from the last purchase of the line's category, or of anything."""
    for row in _read(_last_bought(line, *_anchors(stage))):
        if _comes(stage, row.on):
            key = f"stage:{stage.id}:{row.id}:{row.on}"
            what = said(stage, row.name, "")
            yield Task(row.id, row.spent_cents, STAGE, key, what, {"stage": stage.name})


def _last_bought(line: CareLine, first: date, last: date) -> Any:
    columns = (Customer.id, Customer.name, Customer.spent_cents)
    if not line.category:
        seen = select(*columns, Customer.last_visit_on.label("on"))
        return seen.where(Customer.last_visit_on.between(first, last), *_welcome()).limit(MOST)
    latest = db.func.max(Supply.last_on)
    of_line = select(*columns, latest.label("on")).join(Supply, Supply.customer_id == Customer.id)
    return (
        of_line.join(Product, Product.id == Supply.product_id)
        .where(Product.category == line.category, Supply.last_on >= first, *_welcome())
        .group_by(*columns)
        .having(latest <= last)
        .limit(MOST)
    )


def said(stage: Stage, called: str, whose: str) -> str:
    """What the owner wrote, with the names in it."""
    name = whose or called
    return stage.says.replace(stages.NAME_OF, called).replace(stages.WHOSE, name)[:200]


# Refills ----------------------------------------------------------------------------------------


def _refills() -> Iterator[Task]:
    edge = today() + SOON
    rows = _read(
        select(Supply.product_id, Supply.last_on, Supply.due_on, Supply.gap_days, Supply.times,
               Product.name, Customer.id.label("customer_id"), Customer.spent_cents)
        .join(Customer, Customer.id == Supply.customer_id)
        .join(Product, Product.id == Supply.product_id)
        .where(Supply.due_on <= edge, Supply.due_on > edge - WINDOW, *_welcome())
        .where(Product.gone_at.is_(None))
        .order_by(Supply.due_on.desc(), Supply.id)
        .limit(MOST)
    )  # fmt: skip
    for row in rows:
        key = f"refill:{row.customer_id}:{row.product_id}:{row.last_on}"
        why = {
            "product": row.product_id, "last_on": row.last_on.isoformat(),
            "days": (row.due_on - row.last_on).days, "own": bool(row.gap_days),
        }  # fmt: skip
        yield Task(row.customer_id, row.spent_cents, REFILL, key, row.name, why)


# Ending -----------------------------------------------------------------------------------------


def tidy() -> None:
    """End those that have had their time, and those of customers who are not to be asked."""
    unwelcome = ~db.and_(*_welcome())
    rows = _read(
        select(FollowUp.id, FollowUp.due_at, FollowUp.created_at, unwelcome.label("unwelcome"))
        .join(Customer, Customer.id == FollowUp.customer_id)
        .where(FollowUp.kind.in_(KINDS), FollowUp.state == OPEN)
    )
    for row in batched(rows):
        if row.unwelcome:
            _end(row.id, "away")
        elif row.due_at < now() and row.created_at < now() - EXPIRES:
            _end(row.id, "expired")
    db.session.commit()


def _end(followup_id: int, outcome: str) -> None:
    one = db.session.get_one(FollowUp, followup_id, with_for_update=True, populate_existing=True)
    if one.is_open:
        followups.close(one, outcome=outcome)


HEEDS = ("order.placed", "order.edited")


@job()
def heed(moment_id: int) -> None:
    """Listens to the bell: who has bought it needs no reminder of it any more."""
    customer_id = db.session.get_one(Moment, moment_id).customer_id
    mine = select(FollowUp).where(FollowUp.customer_id == customer_id, FollowUp.state == OPEN)
    for one in db.session.scalars(mine.where(FollowUp.kind == REFILL)).all():
        last = db.session.scalar(
            select(Supply.last_on).where(
                Supply.customer_id == customer_id, Supply.product_id == one.why.get("product")
            )
        )
        if last and last.isoformat() > str(one.why.get("last_on")):
            _end(one.id, "bought")
