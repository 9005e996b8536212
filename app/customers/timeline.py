"""One event stream: declared kinds, their effects on the summary, and the bell."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.core import rows
from app.core.clock import FAR_OFF, day_of, now, today
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.jobs import Task
from app.core.many import insert_all
from app.customers import summary
from app.customers.models import Customer, Moment
from app.staff.models import Staff

VISIT, INBOUND, OUTBOUND = "visit", "in", "out"
EFFECTS = ("", VISIT, INBOUND, OUTBOUND)


@dataclass(frozen=True)
class Kind:
    """A declared kind of moment. `group` is the filter chip it belongs to."""

    name: str
    label: str
    group: str
    effect: str
    details: frozenset[str]
    waits: bool = False  # the customer now waits for an answer
    stirs: bool = False  # moves 最近来往: people met; what only the machine noticed does not
    shown: bool = True  # in the story; another moment tells of what is not shown


kinds: dict[str, Kind] = {}
GROUPS = {
    "talk": N_("消息"),
    "note": N_("跟进"),
    "order": N_("消费"),
    "card": N_("资料"),
}


def _always(_name: str, _customer: Customer) -> bool:
    return True


@dataclass(frozen=True)
class Listener:
    """Kinds by their names, and a job that takes the moment's id; where `concerns` sees at a
    glance that there is nothing to do, none is made."""

    names: Sequence[str]
    task: Task[...]
    concerns: Callable[[str, Customer], bool] = _always


listeners: list[Listener] = []  # handed over in wiring.py
_hushed: ContextVar[bool] = ContextVar("hushed", default=False)


def kind(
    name: str,
    label: str,
    *details: str,
    group: str,
    effect: str = "",
    waits: bool = False,
    stirs: bool = False,
    shown: bool = True,
) -> Kind:
    """Declare a kind of moment once, beside the verb that records it."""
    if name in kinds or effect not in EFFECTS or group not in GROUPS:
        raise ValueError(f"kind {name}")
    kinds[name] = declared = Kind(
        name, label, group, effect, frozenset(details), waits, stirs or bool(effect), shown
    )
    if stirs and not effect:
        summary.stirring.add(name)
    return declared


def record(
    what: Kind,
    customer: Customer,
    /,
    *,
    by: Staff | None = None,
    subject: object | None = None,
    at: datetime | None = None,
    counts_on: date | None = None,
    cents: int = 0,
    **details: object,
) -> None:
    """Add a moment, apply its effect to the customer's summary, and ring the bell.

    All in the caller's transaction. Wrong details raise TypeError at once. `counts_on` is the day
    that it is added to where that is not its own: a refund lessens the day of its purchase.
    """
    _check(what, details)
    moment_at = at or now()
    moment_id = rows.add(
        Moment, customer_id=customer.id, kind=what.name, at=moment_at,
        on=counts_on or day_of(moment_at), effect=what.effect, cents=cents,
        by_id=by.id if by else None, subject=reference(subject), details=details,
    )  # fmt: skip
    _apply(what, customer, moment_at)
    if not _hushed.get():
        _ring(what.name, moment_id, customer)


def record_each(
    what: Kind, lines: Sequence[tuple[int, datetime, dict[str, object]]], *, by: Staff | None = None
) -> None:
    """The same for many customers in one go: (customer, moment, details) of each. Only for a kind
    without an effect, of which nobody above has to hear: no summary moves and no bell rings."""
    if what.effect or what.stirs:
        raise ValueError(f"{what.name} has an effect")
    for _customer, _at, details in lines:
        _check(what, details)
    rows: list[dict[str, object]] = [
        {"customer_id": customer_id, "kind": what.name, "at": at, "on": day_of(at), "effect": "",
         "cents": 0, "voided": False, "by_id": by.id if by else None, "subject": "",
         "details": details}
        for customer_id, at, details in lines
    ]  # fmt: skip
    if rows:
        insert_all(Moment, rows)


def _check(what: Kind, details: dict[str, object]) -> None:
    if set(details) != what.details:
        raise TypeError(f"{what.name} takes {sorted(what.details)}, not {sorted(details)}")


@contextmanager
def hushed() -> Iterator[None]:
    """No bell for what is recorded inside: history, of which nobody above has to hear."""
    token = _hushed.set(True)
    try:
        yield
    finally:
        _hushed.reset(token)


def ring(subject: object) -> None:
    """Ring after all for the moments of a subject that were recorded hushed."""
    about_it = select(Moment.kind, Moment.id, Customer).join(Moment.customer)
    for row in db.session.execute(about_it.where(Moment.subject == reference(subject))).all():
        _ring(*row)


def _ring(name: str, moment_id: int, customer: Customer) -> None:
    for one in listeners:
        if name in one.names and one.concerns(name, customer):
            one.task.later(moment_id)


def _apply(what: Kind, customer: Customer, at: datetime) -> None:
    if what.effect == INBOUND:  # purchases and answers are written down at the same moment
        with rows.changing(customer, summary.KEPT) as kept:
            summary.heard(kept, at)
            _stir(kept, at)
            if what.waits and kept.waiting_since == FAR_OFF:
                kept.waiting_since = at
        return
    if what.stirs:
        _stir(customer, at)
    if what.effect == VISIT:
        summary.visited(customer)
    elif what.effect == OUTBOUND:
        customer.last_outbound_at = max(customer.last_outbound_at, at)


def _stir(customer: Any, at: datetime) -> None:
    customer.last_activity_at = max(customer.last_activity_at, min(at, now()))


def answered(customer: Customer) -> None:
    """The customer no longer waits for an answer."""
    customer.waiting_since = FAR_OFF


def correct(
    what: Kind, subject: object, customer: Customer, /, *, at: datetime, cents: int,
    **details: object,
) -> None:  # fmt: skip
    """What was written down about a subject was wrong: its moment now says otherwise."""
    _check(what, details)
    _change(what, subject, customer, at=at, on=day_of(at), cents=cents, details=details)


def move(what: Kind, subject: object, customer: Customer, /, *, counts_on: date) -> None:
    """Let a subject's moment count on another day."""
    _change(what, subject, customer, on=counts_on)


def _change(what: Kind, subject: object, customer: Customer, **values: object) -> None:
    db.session.execute(
        db.update(Moment)
        .where(Moment.customer_id == customer.id, Moment.subject == reference(subject))
        .where(Moment.kind == what.name)
        .values(**values)
    )
    summary.recompute(customer)


def void(subject: object, customer: Customer) -> None:
    """The moments of a subject no longer count; the summary is recomputed from what remains."""
    db.session.execute(
        db.update(Moment)
        .where(Moment.customer_id == customer.id, Moment.subject == reference(subject))
        .where(Moment.effect != "")
        .values(voided=True)
    )
    summary.recompute(customer)


def about(subject: object, *names: str) -> list[Moment]:
    """What was written down about a subject, the newest first."""
    mine = select(Moment).options(joinedload(Moment.by))
    mine = mine.where(Moment.subject == reference(subject), Moment.kind.in_(names))
    return list(db.session.scalars(mine.order_by(Moment.at.desc(), Moment.id.desc())))


def reference(subject: object | None) -> str:
    """«order:12» for a row, «» for nothing."""
    if subject is None:
        return ""
    return f"{type(subject).__name__.lower()}:{subject.id}"  # type: ignore[attr-defined]


def story(
    customer: Customer,
    *,
    groups: Sequence[str] = (),
    before: tuple[datetime, int] | None = None,
    most: int = 20,
) -> list[Moment]:
    """A customer's moments, newest first, keyset-paged by (at, id)."""
    chosen = [k.name for k in kinds.values() if k.group in groups]
    unseen = [k.name for k in kinds.values() if not k.shown]
    mine = (Moment.customer_id == customer.id, Moment.kind.not_in(unseen))
    statement = select(Moment).options(joinedload(Moment.by)).where(*mine)
    if groups:
        statement = statement.where(Moment.kind.in_(chosen))
    if before:
        statement = statement.where(db.tuple_(Moment.at, Moment.id) < before)
    statement = statement.order_by(Moment.at.desc(), Moment.id.desc()).limit(most)
    return list(db.session.scalars(statement))


def no_future(at: datetime) -> None:
    """Purchases and talks lie in the past: refuse a day after today."""
    if day_of(at) > today():
        raise Refused(N_("日期在今天之后，请改成今天或更早的一天"), field="on")
