"""Whose row this is, and what it adds to the card. The rules: docs/decisions/0007."""

from sqlalchemy import select

from app.core.db import db
from app.core.errors import N_, Refused
from app.customers import identities, words
from app.customers.models import BY_PLATFORMS, EMAIL, PHONE, Customer, Identity
from app.exchange.lines import Line, same_name
from app.staff.models import Staff

SOURCE = "import"

OTHER_NAME = N_("同号不同名：这个手机号已经是“%(name)s”的；请核对称呼，或把号码放到“联系电话”")
OTHER_NAME_EMAIL = N_("同邮箱不同名：这个邮箱已经是“%(name)s”的；请核对称呼或邮箱")
OTHER_NAME_ACCOUNT = N_("同账号不同名：账号“%(value)s”已经是“%(name)s”的；请核对称呼或账号")
NAMESAKES = N_("有 %(n)s 位客户都叫“%(name)s”，分不清是谁；请补上手机")
OTHER_CONTACT = N_("已有一位没有手机的“%(name)s”，联系电话不同，分不清是不是同一人；请补上手机")
NO_STAFF = N_("没有叫“%(name)s”的同事；请先添加这位同事，或不导入“负责人”这一列")
TWO_STAFF = N_("有两位同事都叫“%(name)s”；请改写成登录名")
EMAIL_TAKEN = N_("这个邮箱已经是另一位客户“%(name)s”的；请核对邮箱")
ACCOUNT_TAKEN = N_("账号“%(value)s”已经是另一位客户“%(name)s”的；请核对账号")


def find(line: Line) -> Customer | None:
    """The customer whom a row tells of, or None for a new one. Refused where it is not clear."""
    for kind, value in line.handles:
        if known := identities.find(kind, value):
            return _same(known, line, kind, value)
    return None if line.handles else _by_name(line)


def _same(known: Customer, line: Line, kind: str, value: str) -> Customer:
    if line.name and known.name and not known.unnamed and not same_name(known.name, line.name):
        raise other_name(kind, value, known.name)
    return known


def other_name(kind: str, value: str, name: str) -> Refused:
    """Why a row is refused whose phone, e-mail or account is somebody's of another name."""
    reason = {PHONE: OTHER_NAME, EMAIL: OTHER_NAME_EMAIL}.get(kind, OTHER_NAME_ACCOUNT)
    return Refused(reason, name=name, value=value)


def _by_name(line: Line) -> Customer | None:
    """A purchase belongs to the only one of that name; a card only to one whom an import made
    without a number, because everybody else of that name may be another person."""
    namesakes = of_name(line.name)
    if line.day is None:
        namesakes = [c for c in namesakes if c.source == SOURCE and not _has_handle(c)]
    if len(namesakes) > 1:
        raise Refused(NAMESAKES, n=len(namesakes), name=line.name)
    known = namesakes[0] if namesakes else None
    if known and line.day is None and other_contact(known.contact_phone, line.contact_phone):
        raise Refused(OTHER_CONTACT, name=line.name)
    return known


def other_contact(known: str, said: str) -> bool:
    return bool(known and said and known != said)


def of_name(name: str) -> list[Customer]:
    """All who are called exactly so; the sort key's index finds them."""
    return list(
        db.session.scalars(
            select(Customer)
            .where(Customer.name_key == words.sort_key(name), Customer.name == name)
            .order_by(Customer.id)
            .limit(100)
        )
    )


def _has_handle(customer: Customer) -> bool:
    own = select(Identity.id).where(
        Identity.customer_id == customer.id, Identity.kind.not_in(BY_PLATFORMS)
    )
    return db.session.scalar(own.limit(1)) is not None


def owner_of(line: Line, owners: dict[str, Staff | None]) -> Staff | None:
    """The colleague whom the row names. `owners` holds None for a name that two of them bear."""
    if not line.owner:
        return None
    word = line.owner.casefold()
    if word not in owners:
        raise Refused(NO_STAFF, name=line.owner)
    if owners[word] is None:
        raise Refused(TWO_STAFF, name=line.owner)
    return owners[word]


def missing(known: Customer, line: Line) -> dict[str, object]:
    """The empty fields of a card that a row fills. What is written there stays."""
    changes: dict[str, object] = {}
    if line.name and (known.unnamed or not known.name):
        changes["name"] = line.name
    for field in ("remark", "contact_phone"):
        if getattr(line, field) and not getattr(known, field):
            changes[field] = getattr(line, field)
    if line.do_not_disturb and not known.do_not_disturb:
        changes["do_not_disturb"] = True
    return changes


def new_handles(known: Customer, line: Line) -> list[tuple[str, str]]:
    """The phone and the accounts that a matched card does not have yet."""
    if len(line.handles) < 2:
        return []  # matched by the one that it has, or by a name alone
    found: list[tuple[str, str]] = []
    for kind, value in line.handles:
        owner = identities.find(kind, value)
        if owner is None:
            found.append((kind, value))
        elif owner.id != known.id:
            reason = EMAIL_TAKEN if kind == EMAIL else ACCOUNT_TAKEN
            raise Refused(reason, name=owner.name, value=value)
    return found
