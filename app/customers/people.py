"""Customers come, change hands, are put away and brought back."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select

from app.core.clock import FAR_OFF, now
from app.core.db import db
from app.core.errors import N_, Refused
from app.customers import finding, identities, timeline, words
from app.customers.models import PHONE, Customer, Helper, Moment
from app.staff.models import Staff

CREATED = timeline.kind("customer.created", N_("建档"), "source", group="card", stirs=True)
IMPORTED = timeline.kind("customer.imported", N_("从表格导入"), "source", group="card")
NAMED = timeline.kind("customer.named", N_("命名"), group="card")
EDITED = timeline.kind("customer.edited", N_("修改资料"), "fields", group="card")
ARCHIVED = timeline.kind("customer.archived", N_("收起"), group="card")
RESTORED = timeline.kind("customer.restored", N_("恢复"), group="card")
CLAIMED = timeline.kind("customer.claimed", N_("认领"), group="card")
HANDED = timeline.kind("customer.handed", N_("交给同事"), "to", group="card")

TAKEN = N_("已经被%(name)s认领了")
JUST_NOW = timedelta(minutes=10)  # how long a screen may still show somebody in the pool
EDITABLE = ("name", "remark", "contact_phone", "do_not_disturb")


class ChangedMeanwhile(Refused):
    """Somebody saved first: the form shows what they changed, and the second person decides."""

    def __init__(self, customer: Customer) -> None:
        super().__init__(N_("你打开之后，这位客户已经被别人改过了。请看下面的不同，再决定"))
        self.customer = customer


def create(
    name: str, *, source: str, by: Staff | None = None, owner: Staff | None = None,
    phone: str = "", contact_phone: str = "", remark: str = "",
) -> Customer:  # fmt: skip
    """A new customer with our own id; `phone` becomes an identity. Refused when it is taken."""
    contact_phone = contact_number(contact_phone)
    if phone:
        phone = identities.normal_phone(phone)
        taken = identities.find(PHONE, phone)
        if taken:
            raise identities.TakenBy(taken, "phone")
    customer = Customer(
        name=name, name_key=words.sort_key(name), unnamed=not name, source=source,
        owner_id=owner.id if owner else None, contact_phone=contact_phone, remark=remark,
        do_not_disturb=False, version=1,
    )  # fmt: skip
    db.session.add(customer)
    db.session.flush()
    db.session.refresh(customer)
    timeline.record(IMPORTED if source == "import" else CREATED, customer, by=by, source=source)
    if phone:
        identities.attach(customer, PHONE, phone, source=source, by=by)
    finding.index_new(customer, phone)
    return customer


def edit(customer: Customer, *, version: int, by: Staff | None, **changes: object) -> Customer:
    """Change the card. Refused with ChangedMeanwhile when somebody saved after `version`."""
    if set(changes) - set(EDITABLE):
        raise TypeError(f"cannot edit {set(changes) - set(EDITABLE)}")
    if "contact_phone" in changes:
        changes["contact_phone"] = contact_number(str(changes["contact_phone"]))
    changed = {f: v for f, v in changes.items() if getattr(customer, f) != v}
    if not changed:
        return customer
    _take_turn(customer, version)
    for field, value in changed.items():
        setattr(customer, field, value)
    if "name" in changed:
        _named(customer, by)
    timeline.record(EDITED, customer, by=by, fields=sorted(changed))
    finding.index(customer)
    return customer


def contact_number(typed: str) -> str:
    """A number that reaches the customer and identifies nobody: a family shares it."""
    try:
        return identities.normal_phone(typed) if typed else ""
    except Refused as no:
        raise Refused(no.message, field="contact_phone") from no


def _take_turn(customer: Customer, version: int) -> None:
    mine = db.session.scalar(
        db.update(Customer)
        .where(Customer.id == customer.id, Customer.version == version)
        .values(version=version + 1)
        .returning(Customer.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(customer)
    if mine is None:
        raise ChangedMeanwhile(customer)


def _named(customer: Customer, by: Staff | None) -> None:
    customer.name_key = words.sort_key(customer.name)
    if customer.unnamed and customer.name:
        customer.unnamed = False
        timeline.record(NAMED, customer, by=by)


def set_phone(customer: Customer, typed: str, *, source: str, by: Staff | None) -> None:
    """Attach a phone as an identity, if it is not there yet."""
    if typed and identities.attach(
        customer, PHONE, identities.normal_phone(typed), source=source, by=by
    ):
        finding.index(customer)


def archive(customer: Customer, *, by: Staff | None) -> Customer:
    if customer.is_archived:
        raise Refused(N_("这位客户已经收起来了"))
    customer.archived_at = now()
    timeline.record(ARCHIVED, customer, by=by)
    return customer


def restore(customer: Customer, *, by: Staff | None) -> Customer:
    if not customer.is_archived:
        raise Refused(N_("这位客户没有被收起，不用恢复"))
    customer.archived_at = None
    timeline.record(RESTORED, customer, by=by)
    return customer


def claimable_by(staff: Staff) -> Select[Customer]:
    """Whom a colleague may try to claim: all they see, and whoever left the pool just now.

    The latter were in everybody's sight until then, so who comes second may hear who won.
    """
    return select(Customer).where(finding.seen_by(staff) | just_claimed(Customer.id))


def just_claimed(customer_id: Any) -> Any:
    """The condition that a customer has been taken out of the pool within the last minutes."""
    return (
        select(Moment.id)
        .where(Moment.customer_id == customer_id, Moment.kind == CLAIMED.name)
        .where(Moment.at > now() - JUST_NOW)
        .exists()
    )


def tell_who_won(customer: Customer, *, by: Staff) -> None:
    """Refuse whoever comes second and may look no longer; everybody else goes on."""
    seen = finding.visible_to(by).where(Customer.id == customer.id)
    if db.session.scalar(seen) is None:
        raise _taken(customer)


def _taken(customer: Customer) -> Refused:
    return Refused(TAKEN, name=customer.owner.display if customer.owner else "")


def claim(customer: Customer, *, by: Staff) -> Customer:
    """Take a customer out of the public pool. Of two at once one wins, the other is told who."""
    won = db.session.scalar(
        db.update(Customer)
        .where(Customer.id == customer.id, Customer.owner_id.is_(None))
        .values(owner_id=by.id)
        .returning(Customer.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(customer)
    if won is None and customer.owner_id != by.id:
        raise _taken(customer)
    if won is not None:
        timeline.record(CLAIMED, customer, by=by)
        finding.index(customer)
    return customer


def name_and_claim(customer: Customer, name: str, *, by: Staff) -> Customer:
    """A follower whom nobody knew: who they are, and that I look after them, in one go."""
    if not name:
        raise Refused(N_("还没有写称呼：写一个你们平时的叫法"), field="name")
    claim(customer, by=by)
    if not customer.unnamed:
        raise Refused(N_("已经有称呼了：%(name)s"), field="name", name=customer.name)
    return edit(customer, version=customer.version, by=by, name=name)


def last_editor(customer: Customer) -> Staff | None:
    """Who changed the card last."""
    return db.session.scalar(
        select(Staff)
        .join(Moment, Moment.by_id == Staff.id)
        .where(Moment.customer_id == customer.id, Moment.kind == EDITED.name)
        .order_by(Moment.at.desc(), Moment.id.desc())
        .limit(1)
    )


def hand_over(customer: Customer, *, to: Staff | None, by: Staff | None) -> Customer:
    """Give a customer to a colleague, or back to the public pool."""
    if to and not to.is_active:
        raise Refused(N_("%(name)s 已经停用，请选另一位同事"), name=to.display)
    customer.owner_id = to.id if to else None
    db.session.flush()
    db.session.refresh(customer)
    timeline.record(HANDED, customer, by=by, to=to.display if to else "")
    finding.index(customer)
    return customer


def let_help(customer: Customer, *, staff: Staff, why: str) -> None:
    """A colleague who is given a task of this customer may see the customer."""
    known = select(Helper.id).where(Helper.customer_id == customer.id, Helper.staff_id == staff.id)
    if customer.owner_id == staff.id or db.session.scalar(known):
        return
    db.session.add(Helper(customer_id=customer.id, staff_id=staff.id, why=why))
    finding.helpers_changed()
    finding.index(customer)


def set_next_due(customer: Customer, at: datetime | None) -> None:
    """The earliest open follow-up, kept here so that lists can sort by it."""
    customer.next_due_at = at or FAR_OFF


def left(customer: Customer, at: datetime) -> None:
    """They unfollowed us: no reminder until they come back by themselves."""
    customer.left_at = at


def came_back(customer: Customer) -> None:
    customer.left_at = None
