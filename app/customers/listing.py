"""The list of customers: seven views, sorts and filters, each one range of one index."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from app.core import paging
from app.core.clock import FAR_OFF, FAR_OFF_DAY, LONG_AGO, end_of, now, today
from app.core.db import ask
from app.core.errors import N_
from app.core.paging import Arm, By
from app.customers import finding, identities, rhythm, shop_rhythm
from app.customers.finding import POOL
from app.customers.models import Customer, Helper, Tagging
from app.staff.models import Staff

C = Customer
COLUMNS = (
    C.id, C.name, C.name_key, C.unnamed, C.owner_id, C.visits, C.spent_cents, C.last_visit_on,
    C.last_activity_at, C.waiting_since, C.next_due_at, C.quiet_on, C.dormant_on, C.lost_on,
    C.warm_until, C.at_risk_cents, C.archived_at, C.do_not_disturb, C.contact_phone,
)  # fmt: skip
# How a state is called, and its colour.
STATES = {
    "lead": (N_("潜在客户"), "violet"), "new": (N_("新客"), "blue"),
    "active": (N_("活跃"), "jade"), "quiet": (N_("变安静"), "amber"),
    "quiet_warm": (N_("安静但还有来往"), "flame"), "dormant": (N_("沉睡"), "slate"),
    "lost": (N_("基本流失"), "grey"), "fading": (N_("来往变少"), "amber"),
}  # fmt: skip


@dataclass(frozen=True)
class View:
    """A named list: its order, the range of that order's index, and what else must fit."""

    label: str
    by: By
    where: Callable[[], tuple[Any, ...]] = tuple
    fits: Callable[[], tuple[Any, ...]] = tuple
    hint: str = ""


CAMPAIGN = timedelta(days=30)  # a silence older than this is never a reminder
KEPT = C.archived_at.is_(None)

VIEWS = {
    "today": View(
        N_("今天要联系"), By(C.id, C.next_due_at, descending=False),
        lambda: (C.next_due_at < end_of(today()),),
        hint=N_("今天没有约好要联系的人。记跟进时选一个下次时间，到时候会出现在这里"),
    ),
    "waiting": View(
        N_("等我回复"), By(C.id, C.waiting_since, descending=False),
        lambda: (C.waiting_since < FAR_OFF,),
        hint=N_("没有人在等回复。客户发来消息后会出现在这里"),
    ),
    "quiet": View(
        N_("快凉了"), By(C.id, C.at_risk_cents),  # what is at risk of who is quiet, most first
        lambda: (C.at_risk_cents >= 0,),
        lambda: (C.quiet_on <= today(), C.lost_on > today(), ~C.do_not_disturb),
        hint=N_("没有正在变安静的老客。记下每一笔消费，这里才看得出谁很久没来"),
    ),
    "asleep": View(
        N_("沉睡名单"), By(C.id, C.at_risk_cents),  # no reminders: one deliberate campaign
        lambda: (C.at_risk_cents >= 0,),
        lambda: (C.quiet_on < today() - CAMPAIGN, C.lost_on > today(), ~C.do_not_disturb),
        hint=N_("安静了一个多月、还没流失的客户会在这里：不逐个提醒，适合做一次活动"),
    ),
    "warm": View(
        N_("静默但有温度"), By(C.id, C.warm_until),
        lambda: (C.warm_until >= today(),),
        lambda: (C.quiet_on <= today(),),
        hint=N_("很久没来消费、但最近还联系过我们的客户会出现在这里"),
    ),
    "unnamed": View(
        N_("新关注未命名"), By(C.id), lambda: (C.unnamed,),
        hint=N_("新关注公众号、还不知道是谁的人会出现在这里"),
    ),
    "all": View(N_("全部"), By(C.id)),
    "archived": View(
        N_("已收起"), By(C.id, C.archived_at), lambda: (C.archived_at > LONG_AGO,),
        hint=N_("收起来的客户会在这里，随时可以恢复"),
    ),
}  # fmt: skip

# The sorts of «全部».
SORTS = {
    "activity": (N_("最近来往"), By(C.id, C.last_activity_at)),
    "visit": (N_("最近消费"), By(C.id, C.last_visit_on)),
    "spent": (N_("消费金额"), By(C.id, C.spent_cents)),
    "name": (N_("称呼"), By(C.id, C.name_key, descending=False)),
    "new": (N_("新建"), By(C.id)),
}

# The states that «全部» can be narrowed to: ranges of quiet_on, in its order.
NARROWED = {
    "lead": View(
        N_("潜在客户"), By(C.id), lambda: (C.quiet_on == FAR_OFF_DAY,),
        lambda: (C.visits == 0,),
    ),
    "active": View(
        N_("活跃"), By(C.id, C.quiet_on),
        lambda: (C.quiet_on > today(), C.quiet_on < FAR_OFF_DAY), lambda: (C.visits > 0,),
    ),
    "quiet": View(
        N_("变安静"), By(C.id, C.quiet_on), lambda: (C.quiet_on <= today(),),
        lambda: (C.dormant_on > today(),),
    ),
    "dormant": View(
        N_("沉睡和流失"), By(C.id, C.quiet_on, descending=False),
        lambda: (C.quiet_on <= today(),), lambda: (C.dormant_on <= today(),),
    ),
}  # fmt: skip

UNANSWERED, UNDONE, BACK_FOR = timedelta(hours=24), timedelta(days=3), timedelta(days=30)
OF = select(*COLUMNS).where(C.id.in_(bindparam("ids", expanding=True)))
TAGGED = By(Tagging.customer_id)  # the order of those who bear one tag
NAMES = select(Staff.id, Staff.display)
OWNERS = {"": N_("全部"), "mine": N_("我的"), "pool": N_("公海")}


@dataclass(frozen=True)
class Choice:
    """What of the list is asked for."""

    view: str = "all"
    sort: str = "activity"
    owner: str = ""
    state: str = ""
    tag: int = 0
    source: int = 0

    @property
    def by(self) -> By:
        if self.tag or self.source:
            return TAGGED
        if self.view != "all":
            return VIEWS[self.view].by
        return NARROWED[self.state].by if self.state else SORTS[self.sort][1]


def page(
    staff: Staff, choice: Choice, after: paging.Key | None = None, *, brief: bool = False
) -> paging.Page:
    """One page of what this colleague may see; `brief` for who counts the rows and shows a few."""
    sees_all = staff.may("customers.all")
    helps = not sees_all and finding.helps(staff.id)
    return _query(staff.id, sees_all, helps, choice, today(), brief).page(after=after)


@lru_cache(maxsize=512)
def _query(
    staff_id: int, sees_all: bool, helps: bool, choice: Choice, _day: date, brief: bool
) -> paging.Query:
    """Built once for each colleague, choice and day: building it costs more than asking it."""
    if choice.tag or choice.source:
        return paging.Query(
            (*COLUMNS, Tagging.customer_id), [_tagged(staff_id, sees_all, choice)], TAGGED
        )
    view = NARROWED[choice.state] if choice.view == "all" and choice.state else VIEWS[choice.view]
    fits = view.fits() if choice.view == "archived" else (KEPT, *view.fits())
    arms = [
        Arm((*scope.where, *view.where()), (*scope.fits, *fits), scope.joins, scope.small)
        for scope in _scopes(staff_id, sees_all, helps, choice.owner)
    ]
    few = dict.fromkeys((C.id, C.name, C.next_due_at, *choice.by.columns))
    return paging.Query(list(few) if brief else COLUMNS, arms, choice.by)


def _tagged(staff_id: int, sees_all: bool, choice: Choice) -> Arm:
    """Whoever bears a tag, newest first: a range of its own index, all else asked of each row."""
    fits = [KEPT, *(() if sees_all else (finding.within_sight_of(staff_id),))]
    if choice.owner:
        fits.append(C.owner_key == (staff_id if choice.owner == "mine" else POOL))
    if choice.state:
        fits += [*NARROWED[choice.state].where(), *NARROWED[choice.state].fits()]
    if choice.tag and choice.source:
        other = aliased(Tagging)
        both = (other.customer_id == C.id, other.tag_id == choice.source)
        fits.append(select(other.id).where(*both).exists())
    joins = ((C, C.id == Tagging.customer_id),)
    first = choice.tag or choice.source
    return Arm((Tagging.tag_id == first,), tuple(fits), joins, start=Tagging)


def _scopes(staff_id: int, sees_all: bool, helps: bool, owner: str) -> list[Arm]:
    """Whose customers: one range, or own ∪ pool ∪ helped as arms of an index each."""
    mine, pool = Arm((C.owner_key == staff_id,)), Arm((C.owner_key == POOL,))
    if owner:
        return [mine if owner == "mine" else pool]
    if sees_all:
        return [Arm()]
    if not helps:
        return [mine, pool]
    helped = Arm(
        (Helper.staff_id == staff_id, C.owner_key.not_in((POOL, staff_id))),
        joins=((Helper, Helper.customer_id == C.id),),
        small=True,
    )
    return [mine, pool, helped]


def of(ids: list[int]) -> list[Any]:
    """The rows of these customers, in this order."""
    found = {r.id: r for r in ask(OF, {"ids": ids})}
    return [found[i] for i in ids if i in found]


def tails(rows: list[Any]) -> dict[int, str]:
    """The last four digits that tell two of the same name apart."""
    phones = identities.phones_for([row.id for row in rows])
    return {r.id: (phones.get(r.id) or r.contact_phone)[-4:] for r in rows}


def owners() -> dict[int, str]:
    """The names of all colleagues: a shop has few."""
    return {row.id: row.display for row in ask(NAMES)}


def state_of(row: Any) -> str:
    """The state of a row or a customer, from its dates."""
    day = today()
    if not row.visits and row.quiet_on <= day:
        return "fading"  # a shop without purchases listens to contacts
    return rhythm.state(row.visits, day, row.quiet_on, row.dormant_on, row.lost_on, row.warm_until)


# Handed over in wiring.py: what upper rooms say beside the state of a customer.
flaggers: list[Callable[[Customer], list[tuple[str, str]]]] = []


def flags_of(customer: Customer, visits: list[date]) -> list[tuple[str, str]]:
    """(label, colour) of what is told beside the state."""
    back = _came_back(visits)
    waits = customer.waiting_since < now() - UNANSWERED
    late = customer.next_due_at < now() - UNDONE
    left = late and customer.last_outbound_at < customer.next_due_at
    own = [(N_("回流"), "jade")] * back + [(N_("未跟进"), "amber")] * (waits or left)
    return [flag for flagger in flaggers for flag in flagger(customer)] + own


def _came_back(visits: list[date]) -> bool:
    """Whether the newest visit, of these 30 days, ended a silence."""
    if len(visits) < 2 or today() - visits[-1] > BACK_FOR:
        return False
    *before, last = visits
    pace = shop_rhythm.current()
    return (
        rhythm.horizon(before[0], before[-1], len(before), pace.unit, pace.share).quiet_on <= last
    )


def is_late(row: Any) -> bool:
    return bool(row.next_due_at < now())
