"""The shop's own unit of time: the median days between two visits, measured again every week."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from app.core.clock import FAR_OFF_DAY, now
from app.core.db import ask, db, insert_once, reading
from app.core.errors import N_
from app.core.jobs import Task, job
from app.core.settings import setting
from app.customers import odds
from app.customers.models import Customer, Moment, Rhythm

VISIT, CONTACT = "visit", "contact"
CHUNK = 20_000  # customers read at once
LONGEST = 40_000  # days of a gap: more than a century

MOVED, DEARER = 0.01, 0.05  # days of the unit, share of the usual amount: less moves nothing

# Handed over in wiring.py: the jobs that move every customer's dates to a new unit, and the
# values of who is quiet to another usual amount.
movers: list[Task[[]]] = []
valuers: list[Task[[]]] = []

# Days between two visits that are usual in a trade, until the shop's own history says better.
TRADES = {
    "": 30, "breakfast": 7, "food": 14, "care": 30, "baby": 35, "clothes": 60, "home": 120,
}  # fmt: skip
TRADE = setting(
    "customers.trade",
    "",
    label=N_("做哪一行"),
    hint=N_("自己的消费记录还少的时候，按行业估计老客多久来一次；记得多了，就按本店自己的"),
    choices=(
        ("", N_("其他（约 30 天）")),
        ("breakfast", N_("早餐、奶茶、便利店（约 7 天）")),
        ("food", N_("餐饮、生鲜、烘焙（约 14 天）")),
        ("care", N_("美发、美甲、宠物、洗车（约 30 天）")),
        ("baby", N_("母婴、美妆（约 35 天）")),
        ("clothes", N_("服装（约 60 天）")),
        ("home", N_("家居、数码（约 120 天）")),
    ),
    changed=lambda: _measure_again(),
    group="shop",
)


SHARES = {"early": 0.6, "": odds.QUIET, "late": 0.4}
SENSITIVITY = setting(
    "customers.quiet_share",
    "",
    label=N_("什么时候算「变安静」"),
    hint=N_("早一点：名单长些，有的客户自己也会回来；少打扰：名单短些，提醒得晚些"),
    choices=(("early", N_("早一点")), ("", N_("标准")), ("late", N_("少打扰"))),
    changed=lambda: _measure_again(),
    group="shop",
)


class Pace(NamedTuple):
    """By what quiet customers are told: purchases or contacts, the unit in days, the share of the
    expected visits at which quiet begins, and the usual amount of a visit in 分 (0: unknown)."""

    basis: str
    unit: float
    share: float = odds.QUIET
    typical: int = 0


# Asked with every event, so built once.
PACE = db.select(Rhythm.basis, Rhythm.unit_days, Rhythm.share, Rhythm.typical_cents).where(
    Rhythm.id == 1
)


def current() -> Pace:
    """The shop's pace at present."""
    row = ask(PACE).first()
    if row:
        return Pace(*row)
    return Pace(CONTACT, float(TRADES[TRADE()]))


def gaps_known() -> int:
    """From how many gaps between visits the unit was measured."""
    row = _row()
    return row.gaps if row else 0


def _row() -> Rhythm | None:
    return db.session.get(Rhythm, 1)


def first_purchase() -> None:
    """The shop's first purchase ends the rhythm of contacts and clears the dates it gave."""
    row = _row()
    if row and row.basis == VISIT:
        return
    _put(Pace(VISIT, float(TRADES[TRADE()]), SHARES[SENSITIVITY()]), 0)
    db.session.execute(
        db.update(Customer)
        .where(Customer.visits == 0, Customer.quiet_on < FAR_OFF_DAY)
        .values(
            quiet_on=FAR_OFF_DAY, dormant_on=FAR_OFF_DAY, lost_on=FAR_OFF_DAY, at_risk_cents=None
        )
    )


def _put(pace: Pace, gaps: int) -> None:
    values = {
        "basis": pace.basis, "unit_days": pace.unit, "share": pace.share,
        "typical_cents": pace.typical, "gaps": gaps, "computed_at": now(),
    }  # fmt: skip
    insert_once(Rhythm, id=1, **values)
    row = db.session.get_one(Rhythm, 1)
    for name, value in values.items():
        setattr(row, name, value)
    db.session.flush()


@job()
def measure() -> None:
    """Measure the unit and the usual amount from all visits; where they moved, the dates and
    values of the customers move with them.

    A shop whose only purchases were slips, since voided, goes back to the rhythm of contacts.
    """
    was = current()
    bought = db.session.scalar(db.select(Customer.id).where(Customer.visits > 0).limit(1))
    gaps, amounts = _counted(VISIT if bought else CONTACT)
    unit = odds.unit(gaps, float(TRADES[TRADE()]))
    pace = Pace(VISIT if bought else CONTACT, unit, SHARES[SENSITIVITY()], odds.middle(amounts))
    _put(pace, sum(gaps))
    db.session.commit()
    _tell(was, pace)


def _tell(was: Pace, now_is: Pace) -> None:
    rules = (was.basis, was.share) != (now_is.basis, now_is.share)
    if rules or abs(now_is.unit - was.unit) > MOVED:
        for mover in movers:
            mover.later()
    elif abs(now_is.typical - was.typical) > DEARER * was.typical:
        for valuer in valuers:
            valuer.later()


def _counted(basis: str) -> tuple[list[int], Counter[int]]:
    """How many gaps between visits were n days, and how often each amount was spent in a day."""
    gaps, amounts = [0] * LONGEST, Counter[int]()
    for lines in _lines_of(basis):
        amounts.update(cents for _day, cents in lines)
        for (day, _cents), (later, _more) in zip(lines, lines[1:], strict=False):
            gaps[min((later - day).days, LONGEST - 1)] += 1
    return gaps, amounts


def _lines_of(basis: str) -> Iterator[list[tuple[date, int]]]:
    """The visit days of one customer after another, each with what it came to."""
    effect, last = ("visit" if basis == VISIT else "in"), 0
    top = db.session.scalar(db.select(db.func.max(Customer.id))) or 0
    while last < top:
        with reading():
            db.session.commit()
            rows = db.session.execute(
                db.select(Moment.customer_id, Moment.on, db.func.sum(Moment.cents))
                .where(Moment.customer_id > last, Moment.customer_id <= last + CHUNK)
                .where(Moment.effect == effect, ~Moment.voided)
                .group_by(Moment.customer_id, Moment.on)
                .having((db.func.sum(Moment.cents) > 0) | (db.func.min(Moment.cents) >= 0))
                .order_by(Moment.customer_id, Moment.on)
            ).all()
            db.session.commit()
        for _customer, lines in groupby(rows, key=itemgetter(0)):
            yield [(day, int(cents)) for _id, day, cents in lines]
        last += CHUNK


def _measure_again() -> None:
    measure.later()
