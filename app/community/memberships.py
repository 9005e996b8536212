"""Who is in a community, and in which a customer is; and a colleague's word above all rules."""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select

from app.community import joining, rules
from app.community.models import Group, Hold, Membership
from app.community.rules import EXCLUDED, PINNED
from app.core import paging
from app.core.clock import today
from app.core.db import db, put_row
from app.core.errors import N_, Refused
from app.core.paging import Arm, By
from app.customers import finding
from app.customers.models import Customer
from app.staff.models import Staff

M, C = Membership, Customer
NEWEST = By(M.id, M.since)
COLUMNS = (M.id, M.since, M.why, M.what, M.customer_id, C.name, C.owner_id)


@dataclass(frozen=True)
class Standing:
    """How a customer stands to one community: a member since when and why, and whose word holds."""

    group: Group
    member: Membership | None
    hold: Hold | None

    @property
    def is_pinned(self) -> bool:
        return self.hold is not None and self.hold.kind == PINNED

    @property
    def is_excluded(self) -> bool:
        return self.hold is not None and self.hold.kind == EXCLUDED


def of(customer: Customer) -> list[Standing]:
    """All communities, in their order, as this customer stands to them."""
    rows = db.session.execute(
        select(Group, Membership, Hold)
        .outerjoin(M, (M.group_id == Group.id) & (M.customer_id == customer.id))
        .outerjoin(Hold, (Hold.group_id == Group.id) & (Hold.customer_id == customer.id))
        .where(Group.gone_at.is_(None))
        .order_by(Group.id)
    )
    return [Standing(*row) for row in rows]


def in_group(group: Group, customer: Customer) -> bool:
    mine = select(M.id).where(M.customer_id == customer.id, M.group_id == group.id)
    return db.session.scalar(mine) is not None


def pin(customer: Customer, group: Group, *, by: Staff) -> None:
    """In, whatever the rules say."""
    _hold(customer, group, PINNED, by)


def exclude(customer: Customer, group: Group, *, by: Staff) -> None:
    """Out, whatever the rules say."""
    _hold(customer, group, EXCLUDED, by)


def _hold(customer: Customer, group: Group, kind: str, by: Staff) -> None:
    if group.gone_at:
        raise Refused(N_("这个社群已经收起来了，请刷新页面"))
    put_row(Hold, {"customer_id": customer.id, "group_id": group.id}, kind=kind, by_id=by.id)
    _settle(customer, group, by)


def let_go(customer: Customer, group: Group, *, by: Staff) -> None:
    """No word of ours any more: the rules decide again."""
    db.session.execute(
        db.delete(Hold)
        .where(Hold.customer_id == customer.id, Hold.group_id == group.id)
        .execution_options(synchronize_session=False)
    )
    _settle(customer, group, by)


def _settle(customer: Customer, group: Group, by: Staff) -> None:
    joining.settle(group, rules.lines_of([group])[group.id], [customer.id], by=by)


# A community's list -------------------------------------------------------------------------------


def page(group: Group, staff: Staff, after: paging.Key | None = None) -> paging.Page:
    """The members whom this colleague may see, the newest first."""
    return _query(group.id, staff.id, staff.may("customers.all")).page(after=after)


@lru_cache(maxsize=256)
def _query(group_id: int, staff_id: int, sees_all: bool) -> paging.Query:
    fits = () if sees_all else (finding.within_sight_of(staff_id),)
    arm = Arm((M.group_id == group_id,), fits, ((C, C.id == M.customer_id),), start=M)
    return paging.Query(COLUMNS, [arm], NEWEST)


def left_today(group: Group) -> int:
    return group.gone_members if group.gone_on == today() else 0
