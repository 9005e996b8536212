"""The shop's communities: three from the start, more of each kind, and who answers for them."""

import secrets
from collections.abc import Sequence

from sqlalchemy import Select, select

from app.community import rules
from app.community.models import AFTERSALE, CUSTOMERS, PRESALE, SOLVED, Deputy, Group, Topic
from app.core.clock import now
from app.core.db import db, insert_once
from app.core.errors import N_, Refused
from app.staff import audit
from app.staff.models import Staff
from app.staff.roles import OWNER

KINDS = {PRESALE: N_("售前"), CUSTOMERS: N_("客户"), AFTERSALE: N_("售后")}
PURPOSES = {
    PRESALE: N_("问过、看过、还没买的人：有人接着问，不让意向凉掉"),
    CUSTOMERS: N_("买过东西的老客：新品、补货和关怀都从这里来"),
    AFTERSALE: N_("有售后要办的人：办完、评过才离开"),
}
MOST = 30


def open_first() -> None:
    """A new house begins with one community of each kind. Does nothing where there ever was one."""
    if db.session.scalar(select(Group.id).limit(1)) is None:
        for kind, name in KINDS.items():
            new = insert_once(Group, name=name, kind=kind, purpose=PURPOSES[kind], code=_code())
            if new is not None:  # of two at once one begins it
                rules.begin(new, kind)


def every() -> list[Group]:
    """In the order of the way a customer goes."""
    found = db.session.scalars(select(Group).where(Group.gone_at.is_(None)).order_by(Group.id))
    order = list(KINDS)
    return sorted(found, key=lambda group: order.index(group.kind))


def open_group(name: str, *, kind: str, purpose: str, owner: Staff | None, by: Staff) -> Group:
    """One more community of a kind: of a product, a branch, a season."""
    if len(every()) >= MOST:
        raise Refused(N_("最多 %(n)s 个社群，请先收起不用的"), field="name", n=MOST)
    if kind not in KINDS:
        raise Refused(N_("没有这种社群，请从列表里选一种"), field="kind")
    _free(name, None)
    group = Group(name=name, kind=kind, purpose=purpose, code=_code(), owner=owner)
    db.session.add(group)
    db.session.flush()
    rules.begin(group.id, kind)
    audit.log(by, "group.opened", f"group:{group.id}")
    return group


def edit(
    group: Group, *, name: str, purpose: str, owner: Staff | None, deputies: Sequence[Staff],
    by: Staff,
) -> Group:  # fmt: skip
    _free(name, group)
    group.name, group.purpose, group.owner = name, purpose, owner
    chosen = {person.id for person in deputies} - {owner.id if owner else 0}
    known = {deputy.staff_id: deputy for deputy in deputies_of(group)}
    for staff_id in chosen - set(known):
        db.session.add(Deputy(group_id=group.id, staff_id=staff_id))
    for staff_id in set(known) - chosen:
        db.session.delete(known[staff_id])
    audit.log(by, "group.edited", f"group:{group.id}")
    return group


def close(group: Group, *, by: Staff) -> None:
    """Put it away. The last of its kind stays: a customer always has somewhere to go."""
    if len([one for one in every() if one.kind == group.kind]) < 2:
        raise Refused(N_("这是最后一个这种社群，不能收起；可以改名"))
    unsolved = select(Topic.id).where(Topic.group_id == group.id, Topic.state != SOLVED).limit(1)
    if db.session.scalar(unsolved):
        raise Refused(N_("这里还有没办完的主题，先办完或转给别的社群，再收起"))
    group.gone_at = now()
    audit.log(by, "group.closed", f"group:{group.id}")


def first_of(kind: str) -> Group:
    """The community of a kind that is meant when none is named."""
    open_first()
    return next(group for group in every() if group.kind == kind)


def owner_of(group: Group) -> Staff | None:
    """Who answers for it: its owner, while active, else the shop's. None only in an empty house."""
    if group.owner and group.owner.is_active:
        return group.owner
    mine = select(Staff).where(Staff.role == OWNER, Staff.is_active).order_by(Staff.id)
    return db.session.scalar(mine.limit(1))


def deputies_of(group: Group) -> list[Deputy]:
    mine = select(Deputy).where(Deputy.group_id == group.id).order_by(Deputy.id)
    return list(db.session.scalars(mine))


def leads(person: Staff, group: Group) -> bool:
    """Whether this colleague decides in it: owner, deputy, or who sees every customer."""
    if person.may("customers.all") or group.owner_id == person.id:
        return True
    return any(deputy.staff_id == person.id for deputy in deputies_of(group))


def led_by(person: Staff) -> Select[Group]:
    """The open communities in which this colleague decides."""
    here = select(Group).where(Group.gone_at.is_(None))
    if person.may("customers.all"):
        return here
    mine = select(Deputy.group_id).where(Deputy.staff_id == person.id)
    return here.where((Group.owner_id == person.id) | Group.id.in_(mine))


def _free(name: str, group: Group | None) -> None:
    known = db.session.scalar(select(Group).where(Group.name == name))
    if known is not None and known is not group:
        raise Refused(N_("已经有「%(name)s」了，请改用别的名字"), field="name", name=name)


def _code() -> str:
    return secrets.token_hex(6)
