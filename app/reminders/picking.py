"""Which silences become today's reminders: who may be reminded of, and who comes first."""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import case, select

from app.community import topics
from app.core.clock import FAR_OFF, day_of, end_of, now, start_of, today
from app.core.db import db
from app.core.errors import N_
from app.core.settings import setting
from app.customers import dating, odds, shop_rhythm, silences
from app.customers.models import Customer, Moment
from app.reminders import judging, policy
from app.reminders.models import OPEN, QUIET, FollowUp
from app.sales import gathering

PER_DAY = setting(
    "reminders.quiet_per_day",
    20,
    label=N_("每天最多新增几条「快凉了」提醒"),
    hint=N_("其余的留在「快凉了」名单里，明天再提醒"),
    least=0,
    most=200,
)
PER_PERSON = setting(
    "reminders.quiet_per_person",
    5,
    label=N_("其中每位同事每天最多几条"),
    hint=N_("按一个人一天打得完的电话数来定；没人负责的客户合在一起算一位"),
    least=0,
    most=100,
)
HOLD_OUT = setting(
    "reminders.quiet_hold_out",
    False,
    label=N_("留出十分之一不提醒，用来看提醒有没有用"),
    hint=N_("打开后，每十次该提醒的里面有一次不提醒；两边的回来比例在「怎么判断」页里对照"),
)
WINDOW = timedelta(days=policy.WINDOW)  # longer silences are a list for one deliberate campaign
COOL_DOWN = timedelta(days=policy.COOL_DOWN)
TALKED = timedelta(days=policy.TALKED)
PAGE = 500
HELD = "held"
JUDGED = "quiet"  # the name of the kept result of backtest.judge
MOST_WARMTH = 3.0
NOBODY = 0

C = Customer
COLUMNS = (
    C.id, C.owner_key, C.quiet_on, C.warm_until, C.visits, C.priced_visits, C.spent_cents,
    C.first_visit_on, C.last_visit_on,
)  # fmt: skip


def chosen() -> list[int]:
    """The customers for the places that are left today, the most at risk first."""
    day, pace = today(), shop_rhythm.current()
    left, taken = PER_DAY() - raised_today(), raised_by_person()
    if left <= 0 or not PER_PERSON():
        return []
    warm = warmth()
    ranks = {row: _rank(row, pace, day, warm) for row in _candidates()}
    ranked = sorted(ranks, key=lambda row: (-ranks[row], -row.quiet_on.toordinal(), -row.id))
    by_person: dict[int, list[Any]] = defaultdict(list)
    for row in ranked:
        by_person[row.owner_key].append(row)
    served: set[int] = set()
    for person, rows in by_person.items():
        served |= {row.id for row in _choose(rows, PER_PERSON() - taken[person], PER_PERSON())}
    return [row.id for row in _choose([r for r in ranked if r.id in served], left, PER_DAY())]


def _choose(rows: list[Any], places: int, of_the_day: int) -> list[Any]:
    kept = min(max(0, places), policy.kept_places(of_the_day, today().toordinal()))
    return policy.choose(rows, max(0, places), kept, lambda row: row.visits == 1)


def _rank(row: Any, pace: shop_rhythm.Pace, day: date, warm: float) -> float:
    in_touch = bool(row.visits) and row.warm_until >= day
    return policy.rank(dating.at_risk(row, pace, day), in_touch, warm)


def warmth() -> float:
    """What contact of their own does to the odds of coming back: the shop's own figure, once it
    has seen enough on either side."""
    row = gathering.kept(JUDGED)
    cells = row.facts.get("warm") if row else None
    own = judging.odds_ratio(cells) if isinstance(cells, list) else None
    return min(MOST_WARMTH, max(1.0, own)) if own else odds.WARMTH


def _candidates() -> Iterator[Any]:
    """Everybody who may be reminded of: one range of the days on which silences begin."""
    before = (today() + timedelta(days=1), 0)
    while page := _read_page(before):
        yield from _begun_here(page)
        before = (page[-1].quiet_on, page[-1].id)


def _read_page(before: tuple[date, int]) -> Sequence[Any]:
    statement = (
        select(*COLUMNS)
        .where(C.quiet_on > today() - WINDOW, *remindable())
        .where(db.tuple_(C.quiet_on, C.id) < before)
        .order_by(C.quiet_on.desc(), C.id.desc())
        .limit(PAGE)
    )
    return silences.read(statement)


def remindable() -> list[Any]:
    """What must hold of a customer on the morning of the reminder, and still when it is raised."""
    recent = now() - TALKED
    for_this = (
        (FollowUp.state == OPEN)
        | (FollowUp.created_at > now() - COOL_DOWN)
        | (FollowUp.lapse_on == last_day_sql())
    )
    reminded = (
        select(FollowUp.id)
        .where(FollowUp.customer_id == C.id)
        .where((FollowUp.kind == QUIET) & for_this | (FollowUp.rest_until > today()))
        .exists()
    )
    return [
        C.quiet_on <= today(), C.dormant_on > today(),
        C.archived_at.is_(None), ~C.do_not_disturb, C.left_at.is_(None),
        C.next_due_at >= FAR_OFF,  # somebody has already planned to get in touch
        C.last_inbound_at < recent, C.last_outbound_at < recent, ~reminded,
        ~topics.complains(C.id),  # nobody asks them to come back before it is settled
    ]  # fmt: skip


def last_day_sql() -> Any:
    return case((C.visits > 0, C.last_visit_on), else_=C.last_inbound_on)


def _begun_here(page: Sequence[Any]) -> list[Any]:
    """Those whose last visit had been written down before their silence began."""
    known = (
        select(Moment.customer_id, db.func.min(Moment.created_at))
        .join(C, C.id == Moment.customer_id)
        .where(Moment.customer_id.in_([row.id for row in page]), ~Moment.voided)
        .where(Moment.effect == case((C.visits > 0, "visit"), else_="in"))
        .where(Moment.on == last_day_sql())
        .group_by(Moment.customer_id)
    )
    learnt = {customer_id: day_of(at) for customer_id, at in silences.read(known)}
    return [row for row in page if learnt.get(row.id, row.quiet_on) < row.quiet_on]


def raised_today() -> int:
    return sum(raised_by_person().values())


def raised_by_person() -> Counter[int]:
    """How many of today's reminders each colleague has; those of nobody stand under NOBODY."""
    key = db.func.coalesce(FollowUp.staff_id, NOBODY)
    raised = (
        select(key, db.func.count())
        .where(FollowUp.kind == QUIET, FollowUp.outcome != HELD)
        .where(FollowUp.created_at >= start_of(today()), FollowUp.created_at < end_of(today()))
        .group_by(key)
    )
    return Counter({row[0]: row[1] for row in db.session.execute(raised)})


def is_held_out(customer_id: int, lapse_on: date) -> bool:
    """Whether this silence is the one in ten that gets no reminder: by its own number, so that
    nobody chooses."""
    return HOLD_OUT() and zlib.crc32(f"{customer_id}:{lapse_on}".encode()) % 10 == 0
