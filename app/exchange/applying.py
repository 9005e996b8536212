"""One understood row into the database, through the same verbs as a colleague's own hands."""

import hashlib

from app.core.clock import FAR_OFF, now
from app.core.db import db, insert_of
from app.customers import finding, identities, people, shop_rhythm, timeline
from app.customers.models import PHONE, Customer
from app.exchange import tagging
from app.exchange.lines import Line
from app.exchange.matching import SOURCE, find, missing, new_handles, owner_of
from app.exchange.models import ImportSeen
from app.sales import ordering
from app.sales.models import Order
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
        customer, moved = _create(line, owner, by), ["created"]
    else:
        customer, moved = known, ["updated"] if _fill(known, line, owner, by) else []
    if line.day:
        moved.append("orders" if _buy(customer, line, run_id, by) else "known")
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


def _buy(customer: Customer, line: Line, run_id: int, by: Staff | None) -> bool:
    """True for a purchase that no import has brought before."""
    digest = purchase_digest(customer.id, line)
    nth = 1 if line.order_no else _times(run_id, digest)
    key = purchase_key(digest, nth)
    if db.session.scalar(db.select(Order.id).where(Order.key == key)):
        return False
    if line.day:
        first = shop_rhythm.current()[0] == shop_rhythm.CONTACT
        with timeline.hushed():
            order = ordering.place(
                customer,
                on=line.day,
                cents=line.cents,
                text=line.text,
                by=by,
                key=key,
                owed=line.owed,
            )
        # ten thousand old purchases are ten thousand jobs, unless there is something to close
        if first or customer.next_due_at != FAR_OFF:
            timeline.ring(order)
    return True


def purchase_digest(who: int | str, line: Line) -> str:
    """One purchase of one customer, however often and from whichever file it comes."""
    parts = (str(who), str(line.day), str(line.cents), line.text, line.order_no)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def purchase_key(digest: str, nth: int) -> str:
    return f"import:{digest}:{nth}"


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
