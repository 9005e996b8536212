"""Colleagues who lend a hand: they may see a customer who is not theirs."""

from sqlalchemy import select

from app.core.db import db
from app.core.errors import N_, Refused
from app.customers import finding, people, timeline
from app.customers.models import Customer, Helper
from app.staff.models import Staff

BEGUN = timeline.kind("customer.helped", N_("请同事协助"), "to", group="card")
ENDED = timeline.kind("customer.unhelped", N_("不再协助"), "to", group="card")


def of(customer: Customer) -> list[Staff]:
    helping = select(Staff).join(Helper, Helper.staff_id == Staff.id)
    helping = helping.where(Helper.customer_id == customer.id).order_by(Helper.id)
    return list(db.session.scalars(helping))


def may_choose(customer: Customer, by: Staff) -> bool:
    """Whose customer it is, and whoever assigns."""
    return customer.owner_id == by.id or by.may("customers.assign")


def begin(customer: Customer, staff: Staff, *, by: Staff) -> None:
    """Let a colleague see the customer and lend a hand."""
    _check_choice(customer, by)
    if not staff.is_active:
        raise Refused(N_("%(name)s 已经停用，请选另一位同事"), field="staff", name=staff.display)
    if customer.owner_id in (None, staff.id):
        raise Refused(N_("%(name)s 本来就看得到这位客户"), field="staff", name=staff.display)
    if staff.id in {person.id for person in of(customer)}:
        raise Refused(N_("%(name)s 已经在协助了"), field="staff", name=staff.display)
    people.let_help(customer, staff=staff, why="asked")
    timeline.record(BEGUN, customer, by=by, to=staff.display)


def end(customer: Customer, staff: Staff, *, by: Staff) -> None:
    """The colleague sees the customer no more; a helper may also stop by themselves."""
    if staff.id != by.id:
        _check_choice(customer, by)
    mine = Helper.customer_id == customer.id, Helper.staff_id == staff.id
    helper = db.session.scalar(select(Helper).where(*mine))
    if helper is None:
        raise Refused(N_("%(name)s 已经不在协助了"), name=staff.display)
    db.session.delete(helper)
    finding.helpers_changed()
    timeline.record(ENDED, customer, by=by, to=staff.display)
    finding.index(customer)


def _check_choice(customer: Customer, by: Staff) -> None:
    if not may_choose(customer, by):
        owner = customer.owner.display if customer.owner else ""
        raise Refused(N_("请谁协助，由负责人%(name)s或店长决定"), name=owner)
