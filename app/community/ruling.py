"""The owner's rules: put and taken away; each change is looked at for everybody."""

from sqlalchemy import func, select

from app.community import community, rules, signs
from app.community.conditions import edges, fits
from app.community.models import Group, Rule
from app.community.rules import Line
from app.core.db import ask, db
from app.core.errors import N_, Refused
from app.customers.models import Customer
from app.staff import audit
from app.staff.models import Staff

C = Customer
LOOK = 5000  # customers that a preview looks at


def of(group: Group) -> list[Rule]:
    mine = select(Rule).where(Rule.group_id == group.id).order_by(Rule.id)
    return list(db.session.scalars(mine))


def put(
    group: Group, rule: Rule | None, *, kind: str, value: str, days: int, fresh: bool, by: Staff
) -> Rule:
    """A new condition, or another one in the place of a known one of the same kind."""
    known = rules.KINDS.get(kind)
    if known is None:
        raise Refused(N_("没有这种规则，请从列表里选一种"), field="kind")
    if rule is None and len(of(group)) >= rules.MOST:
        raise Refused(N_("一个社群最多 %(n)s 条规则，请先去掉不用的"), n=rules.MOST)
    if not 0 <= days <= rules.MOST_DAYS:
        raise Refused(
            N_("天数不对，请填 0 到 %(most)s 之间的数"), field="days", most=rules.MOST_DAYS
        )
    new = rule or Rule(group_id=group.id, kind=kind, value="")
    was = new.value if rule else None
    new.value = rules.TAKES[known.takes](value)
    new.days = days if known.days is not None else 0
    new.fresh = fresh and known.can_be_fresh
    db.session.add(new)
    db.session.flush()
    if kind in rules.SIGNS:
        _listen_anew(new, had=was not in (None, new.value))
    community.refresh.later(line=community.LINE)
    audit.log(by, "group.rule_put", f"group:{group.id}", rule=new.id, kind=kind)
    return new


def remove(rule: Rule, *, by: Staff) -> None:
    audit.log(by, "group.rule_removed", f"group:{rule.group_id}", rule=rule.id, kind=rule.kind)
    db.session.delete(rule)
    db.session.flush()
    signs.forget.later(rule.id, line=community.LINE)
    community.refresh.later(line=community.LINE)


def _listen_anew(rule: Rule, *, had: bool) -> None:
    """What it listened for before no longer counts; what was said lately is read through for it."""
    if had:
        signs.forget.later(rule.id, line=community.LINE)
    signs.read_back.later(rule.id, line=community.LINE)


def would_hold(group: Group, kind: str, *, value: str, days: int, fresh: bool) -> tuple[int, bool]:
    """The same look at what is typed, before it is a rule."""
    kept = rules.TAKES[rules.KINDS[kind].takes](value)
    lasting = rules.lasting() if kind == rules.WARRANTY else ()
    return preview(Line(group.id, 0, kind, kept, days, fresh, "", lasting))


def preview(line: Line) -> tuple[int, bool]:
    """How many of the newest customers a rule would hold, and whether these are all there are."""
    newest = select(C.id).order_by(C.id.desc()).limit(LOOK + 1)
    ids = list(db.session.scalars(newest))
    condition = C.id.in_(signs.who_said(line)) if line.kind in rules.SIGNS else fits(line)
    low = ids[LOOK - 1] if len(ids) > LOOK else 1
    held = select(func.count(C.id)).where(C.id >= low, C.archived_at.is_(None), condition)
    return int(ask(held, edges([line])).scalar() or 0), len(ids) <= LOOK
