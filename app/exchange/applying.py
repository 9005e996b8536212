"""One understood row into the database, through the same verbs as a colleague's own hands."""

from app.core.clock import FAR_OFF, now
from app.core.db import db, insert_of
from app.core.errors import Refused
from app.core.formats import money
from app.customers import finding, identities, people, shop_rhythm, timeline
from app.customers.models import PHONE, Customer
from app.exchange import tagging
from app.exchange.lines import Line
from app.exchange.matching import SOURCE, find, missing, new_handles, owner_of
from app.exchange.models import ImportSeen
from app.exchange.returns import NOT_FOUND, purchase_digest, purchase_key, purchase_of
from app.sales import ordering, refunding
from app.sales.models import Order, Refund
from app.staff import accounts
from app.staff.models import Staff

Owners = dict[str, Staff | None]


def colleagues() -> Owners:
    """Active colleagues by both their names; None where two of them bear one."""
    found: Owners = {}
    for person in accounts.active():
        for word in {person.name.casefold(), person.display.casefold()}:
            found[word] = None if word in found else person
    return found


def write(line: Line, *, run_id: int, by: Staff | None, owners: Owners) -> list[str]:
    """Write a row down; the names of the counters that it moves. All of it, or Refused."""
    owner, known = owner_of(line, owners), find(line)
    if known is None:
        if line.is_refund:
            raise Refused(NOT_FOUND, amount=money(-line.cents))
        customer, moved = _create(line, owner, by), ["created"]
    else:
        customer, moved = known, ["updated"] if _fill(known, line, owner, by) else []
    if line.day:
        moved += (_give_back if line.is_refund else _buy)(customer, line, run_id, by)
    return moved if set(moved) - {"known"} else [*moved, "unchanged"]


def _create(line: Line, owner: Staff | None, by: Staff | None) -> Customer:
    customer = people.create(
        line.name, source=SOURCE, by=by, owner=owner, phone=line.phone,
        contact_phone=line.contact_phone, remark=line.remark,
    )  # fmt: skip
    for kind, value in line.handles:
        if kind != PHONE:
            identities.attach(customer, kind, value, source=SOURCE, by=by)
    if line.do_not_disturb:
        customer.do_not_disturb = True
    tagging.put(customer, line, by=by)
    return customer


def _fill(known: Customer, line: Line, owner: Staff | None, by: Staff | None) -> bool:
    changes, handles = missing(known, line), new_handles(known, line)
    if changes:
        people.edit(known, version=known.version, by=by, **changes)
    for kind, value in handles:
        identities.attach(known, kind, value, source=SOURCE, by=by)
    if any(kind == PHONE for kind, _value in handles):
        finding.index(known)
    takes_over = owner is not None and known.owner_id is None
    if takes_over:
        people.hand_over(known, to=owner, by=by)
    tagged = tagging.put(known, line, by=by)
    return bool(changes or handles or takes_over or tagged)


def _buy(customer: Customer, line: Line, run_id: int, by: Staff | None) -> list[str]:
    """A purchase that no import has brought before, and what of it was given back."""
    key = _key(customer, line, run_id)
    order = db.session.scalar(db.select(Order).where(Order.key == key))
    moved = ["known" if order else "orders"]
    order = order or _place(customer, line, key, by)
    more = line.back - order.refunded_cents
    if more > 0:
        _refund(order, line, more, f"{key}:{line.back}", by)
        moved.append("refunds")
    return moved


def _place(customer: Customer, line: Line, key: str, by: Staff | None) -> Order:
    assert line.day  # noqa: S101 - who calls has asked
    first = shop_rhythm.current()[0] == shop_rhythm.CONTACT
    with timeline.hushed():
        order = ordering.place(
            customer, on=line.day, cents=line.cents, text=line.text, by=by, key=key,
            owed=line.owed,
        )  # fmt: skip
    # ten thousand old purchases are ten thousand jobs, unless there is something to close
    if first or customer.next_due_at != FAR_OFF:
        timeline.ring(order)
    return order


def _give_back(customer: Customer, line: Line, run_id: int, by: Staff | None) -> list[str]:
    """A row that is a refund, once."""
    key = _key(customer, line, run_id)
    if db.session.scalar(db.select(Refund.id).where(Refund.key == key)):
        return ["known"]
    _refund(purchase_of(customer.id, line), line, -line.cents, key, by)
    return ["refunds"]


def _refund(order: Order, line: Line, cents: int, key: str, by: Staff | None) -> None:
    with timeline.hushed():
        one = refunding.refund(order, cents=cents, on=line.day or order.on, by=by, key=key)
    if order.customer.next_due_at != FAR_OFF:
        timeline.ring(one)


def _key(customer: Customer, line: Line, run_id: int) -> str:
    digest = purchase_digest(customer.id, line)
    return purchase_key(digest, 1 if line.order_no else _times(run_id, digest))


def _times(run_id: int, digest: str) -> int:
    """The how-manieth such purchase of this file it is: counted in the transaction of the row."""
    insert = insert_of(db.engine.dialect.name)
    counted = (
        insert(ImportSeen)
        .values(run_id=run_id, digest=digest, times=1, created_at=now())
        .on_conflict_do_update(
            index_elements=["run_id", "digest"], set_={"times": ImportSeen.times + 1}
        )
        .returning(ImportSeen.times)
    )
    return int(db.session.scalars(counted).one())
