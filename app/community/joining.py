"""Membership, computed: one statement a community says for whom it should differ from what stands.

It is asked for a range of customers, for a few, or for one; what it names is then written. So all
and one are the same computation, and doing it twice does it once.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, and_, bindparam, case, func, select

from app.community import rules
from app.community.conditions import SOME, beginnings, edges, fits
from app.community.models import Group, Hold, Membership
from app.community.rules import EXCLUDED, PINNED, Line
from app.core.clock import at_local, now, start_of, today
from app.core.db import ask, db, looking
from app.core.errors import N_
from app.core.many import insert_each_once
from app.customers import timeline
from app.customers.models import Customer
from app.staff.models import Staff

JOINED = timeline.kind("group.joined", N_("加入社群"), "group", "why", "what", group="card")
LEFT = timeline.kind("group.left", N_("离开社群"), "group", "why", "what", "how", group="card")
LAPSED, TAKEN_OUT = "lapsed", "excluded"

C, M, H = Customer, Membership, Hold
NOBODY, BY_HAND = -1, 0  # instead of a rule's number: no member; a member by a colleague's word
RANGE = (C.id > bindparam("low", type_=Integer), C.id <= bindparam("high", type_=Integer))


MOVE = (
    db.update(M)
    .where(M.id == bindparam("member"))
    .values(why=bindparam("new_why"), what=bindparam("new_what"), rule_id=bindparam("new_rule"))
)


# The statement ------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _differing(lines: tuple[Line, ...], whole: bool) -> Any:
    """For whom what should be is not what is; with the id of what is, and what should be."""
    by_rules = [(fits(line), line.id) for line in lines]
    should = case(
        (H.kind == EXCLUDED, NOBODY),
        (H.kind == PINNED, BY_HAND),
        (C.archived_at.is_not(None), NOBODY),
        *by_rules,
        else_=NOBODY,
    )
    here = bindparam("group_id", type_=Integer)
    columns = (C.id,) if whole else (C.id, M.id.label("member_id"), should.label("should"))
    return (
        select(*columns)
        .outerjoin(M, and_(M.customer_id == C.id, M.group_id == here))
        .outerjoin(H, and_(H.customer_id == C.id, H.group_id == here))
        .where(*(RANGE if whole else SOME), should != func.coalesce(M.rule_id, NOBODY))
        .order_by(C.id)
    )


def differing(group: Group, lines: tuple[Line, ...], low: int, high: int) -> list[int]:
    """The customers of a range for whom something is to be written."""
    asked = {"group_id": group.id, "low": low, "high": high, **edges(lines)}
    return list(ask(_differing(lines, True), asked).scalars())


def differing_among(group: Group, lines: tuple[Line, ...], ids: Sequence[int]) -> list[int]:
    """Those of some customers for whom something is to be written."""
    return [row.id for row in _stand(group, lines, ids)]


def _stand(group: Group, lines: tuple[Line, ...], ids: Sequence[int]) -> Sequence[Any]:
    asked = {"group_id": group.id, "ids": ids, **edges(lines)}
    found: Sequence[Any] = ask(_differing(lines, False), asked).all()
    return found


# Writing ------------------------------------------------------------------------------------------


def refresh(customer: Customer, *, by: Staff | None = None) -> None:
    """Bring one customer's memberships in line with what has happened."""
    open_ones = every()
    for group, lines in zip(open_ones, _lines(open_ones), strict=True):
        settle(group, lines, [customer.id], by=by)


def every() -> list[Group]:
    return list(db.session.scalars(select(Group).where(Group.gone_at.is_(None)).order_by(Group.id)))


def _lines(groups: Sequence[Group]) -> list[tuple[Line, ...]]:
    found = rules.lines_of(groups)
    return [found[group.id] for group in groups]


def settle(
    group: Group, lines: tuple[Line, ...], ids: Sequence[int], *, by: Staff | None = None
) -> None:
    """Write for these customers what should be, and tell it in their story."""
    if not ids:
        return
    rows = _stand(group, lines, ids)
    if not rows:
        return
    coming = [row for row in rows if row.member_id is None]
    going = [row.member_id for row in rows if row.should == NOBODY]
    staying = [row for row in rows if row.member_id is not None and row.should != NOBODY]
    known = {line.id: line for line in lines}
    joined = _come(group, coming, known, by)
    left = _go(group, going, by)
    _move(staying, known)
    _count(group, joined, left)


def _reasons(rows: Sequence[Any], known: dict[int, Line]) -> dict[int, dict[str, Any]]:
    """{customer: since, why, what, rule_id} of those who are members by these rows."""
    found: dict[int, dict[str, Any]] = {}
    for rule_id in sorted({row.should for row in rows}):
        ids = [row.id for row in rows if row.should == rule_id]
        if rule_id == BY_HAND:
            pinned = {"since": now(), "why": PINNED, "what": "", "rule_id": BY_HAND}
            found |= dict.fromkeys(ids, pinned)
            continue
        line = known[rule_id]
        told = {"ids": ids, "what": line.what, **edges([line])}
        for one, began, what in ask(beginnings(line), told):
            found[one] = {
                "since": _moment(began), "why": line.kind, "what": (what or "")[:60],
                "rule_id": rule_id,
            }  # fmt: skip
    return found


def _moment(began: datetime | date | None) -> datetime:
    if began is None:
        return now()
    at = began if isinstance(began, datetime) else max(at_local(began), start_of(began))
    return min(at, now())


def _come(
    group: Group, rows: Sequence[Any], known: dict[int, Line], by: Staff | None
) -> int:  # fmt: skip
    if not rows:
        return 0
    new = [
        {"group_id": group.id, "customer_id": one, **reason}
        for one, reason in sorted(_reasons(rows, known).items())
    ]
    came = sorted(insert_each_once(M, new, "customer_id", "since", "why", "what"))
    timeline.record_each(
        JOINED,
        [(row.customer_id, row.since, {"group": group.name, "why": row.why, "what": row.what})
         for row in came],
        by=by,
    )  # fmt: skip
    return len(came)


def _go(group: Group, ids: Sequence[int], by: Staff | None) -> int:
    if not ids:
        return 0
    went = ask(
        db.delete(M).where(M.id.in_(ids)).returning(M.customer_id, M.why, M.what)
    ).all()  # fmt: skip
    out = _excluded(group, [row.customer_id for row in went])
    timeline.record_each(
        LEFT,
        [(row.customer_id, now(), {
            "group": group.name, "why": row.why, "what": row.what,
            "how": TAKEN_OUT if row.customer_id in out else LAPSED,
        }) for row in went],
        by=by,
    )  # fmt: skip
    return len(went)


def _excluded(group: Group, ids: Sequence[int]) -> set[int]:
    out = (H.group_id == group.id, H.kind == EXCLUDED, H.customer_id.in_(ids))
    return set(ask(select(H.customer_id).where(*out)).scalars())


def _move(rows: Sequence[Any], known: dict[int, Line]) -> None:
    """Still members, but for another reason than before: the day stays."""
    reasons = _reasons(rows, known)
    moved = [
        {"member": row.member_id, "new_why": reasons[row.id]["why"],
         "new_what": reasons[row.id]["what"], "new_rule": reasons[row.id]["rule_id"]}
        for row in rows
    ]  # fmt: skip
    if moved:
        ask(MOVE, moved)


def _count(group: Group, joined: int, left: int) -> None:
    """The community's own numbers move with each membership, in the same transaction."""
    if not joined and not left:
        return
    day = today()
    ask(
        db.update(Group)
        .where(Group.id == group.id)
        .values(
            members=Group.members + joined - left,
            gone_members=case((Group.gone_on == day, Group.gone_members + left), else_=left),
            gone_on=day,
        )
    )
    db.session.expire(group, ["members", "gone_members", "gone_on"])


NUMBERS = select(
    Group.id, Group.members,
    select(func.count(M.id)).where(M.group_id == Group.id).scalar_subquery().label("inside"),
)  # fmt: skip


def recount() -> None:
    """Where rows went without us (somebody was forgotten), the numbers follow. Counted without the
    lock, in one look; what is written is the difference, so whoever came meanwhile still counts."""
    with looking():
        rows = ask(NUMBERS).all()
    for row in rows:
        if row.members != row.inside:
            lost = row.inside - row.members
            ask(db.update(Group).where(Group.id == row.id).values(members=Group.members + lost))
    db.session.expire_all()
