"""The days from which a customer's care is counted, and which stage that is now."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from app.core.clock import today
from app.core.db import db
from app.core.errors import N_, Refused
from app.customers import timeline
from app.customers.models import Customer
from app.sales import stages
from app.sales.models import CareDate, CareLine, Product, Stage
from app.staff.models import Staff

DATED = timeline.kind("care.dated", N_("记下日子"), "line", "name", "on", group="card")
UNDATED = timeline.kind("care.undated", N_("去掉日子"), "line", "name", group="card")

MOST = 10  # of one customer
EXPECTED = timedelta(days=300)  # a child may be on its way
OLDEST = timedelta(days=120 * 366)


@dataclass(frozen=True)
class Standing:
    """Where a customer's line is: the stage they are in, the next one, and what is right now."""

    of: CareDate
    now: Stage | None
    next: Stage | None
    next_on: date | None
    products: list[Product]


def put(customer: Customer, line: CareLine, *, name: str, on: date, by: Staff | None) -> CareDate:
    """A day of a customer, or another one for the same name."""
    if on > today() + EXPECTED:
        raise Refused(N_("这个日子太远了，预产期最多十个月以后；请检查年份"), field="on")
    if on < today() - OLDEST:
        raise Refused(N_("这个日子太早了，请检查年份"), field="on")
    known = {(one.line_id, one.name): one for one in of(customer)}
    if (line.id, name) not in known and len(known) >= MOST:
        raise Refused(N_("一位客户最多记 %(n)s 个日子，请先去掉一个"), field="name", n=MOST)
    one = known.get((line.id, name)) or CareDate(
        customer_id=customer.id, line_id=line.id, name=name
    )
    if one.on == on:
        return one
    one.on = on
    db.session.add(one)
    db.session.flush()
    timeline.record(DATED, customer, by=by, line=line.name, name=name, on=on.isoformat())
    return one


def forget(one: CareDate, *, by: Staff | None) -> None:
    timeline.record(UNDATED, one.customer, by=by, line=one.line.name, name=one.name)
    db.session.delete(one)
    db.session.flush()


def of(customer: Customer) -> list[CareDate]:
    mine = select(CareDate).where(CareDate.customer_id == customer.id)
    return list(db.session.scalars(mine.order_by(CareDate.id)))


def standings(customer: Customer) -> list[Standing]:
    """Every line of a customer that the shop still follows."""
    return [_standing(one) for one in of(customer) if one.line.gone_at is None]


def _standing(one: CareDate) -> Standing:
    past: Stage | None = None
    for stage in stages.stages_of(one.line):
        on = stages.day_of(one.on, stage.after, stage.unit)
        if on > today():
            return Standing(one, past, stage, on, _right_for(past))
        past = stage
    return Standing(one, past, None, None, _right_for(past))


def _right_for(stage: Stage | None) -> list[Product]:
    """Products of the shelf that fit a stage."""
    if stage is None:
        return []
    fitting = select(Product).where(Product.stage_id == stage.id, Product.gone_at.is_(None))
    return list(db.session.scalars(fitting.order_by(Product.name_key).limit(5)))


def months_of(on: date) -> int:
    """Whole months since a day: how old a child is."""
    day = today()
    return (day.year - on.year) * 12 + day.month - on.month - (day.day < on.day)
