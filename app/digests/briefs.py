"""The owner's report: last week's figures on Monday, last month's on the first, once each.

A shop that was closed then gets it within the next days; later it is no news any more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from app.core.clock import local, now, today
from app.core.db import db, looking
from app.core.jobs import job
from app.digests import delivering, digests, figures
from app.digests.models import MONTH, WEEK, Delivery
from app.digests.reports import BEFORE, SEEN
from app.staff.models import Staff

DAYS = 3  # for which a report that was missed is still sent


@dataclass(frozen=True)
class Period:
    kind: str
    first: date
    end: date  # the day after the last
    before: date  # the first day of the period before


def week_before(day: date) -> Period:
    monday = day - timedelta(days=day.weekday())
    return Period(WEEK, monday - timedelta(days=7), monday, monday - timedelta(days=14))


def month_before(day: date) -> Period:
    end = day.replace(day=1)
    first = (end - timedelta(days=1)).replace(day=1)
    return Period(MONTH, first, end, (first - timedelta(days=1)).replace(day=1))


PERIODS: tuple[Callable[[date], Period], ...] = (week_before, month_before)


@job()
def send() -> None:
    """Every few minutes: whose hour has come on a day on which a report is due."""
    for period in (find(today()) for find in PERIODS):
        readers = _readers(period) if today() < period.end + timedelta(days=DAYS) else []
        if not readers:
            continue
        facts = _counted(period)
        for person in readers:
            delivering.start(
                person, period.kind, _key(person, period), on=period.first,
                due_at=digests.hour_of(person, today()), facts=facts,
                empty=not any(facts.values()),
            )  # fmt: skip
            db.session.commit()


def _key(person: Staff, period: Period) -> str:
    return f"{period.kind}:{person.id}:{period.first.isoformat()}"


def _readers(period: Period) -> list[Staff]:
    here = local(now())
    passed = (Staff.digest_at >= 0, Staff.digest_at <= here.hour * 60 + here.minute)
    people = db.session.scalars(select(Staff).where(Staff.is_active, *passed)).all()
    keys = {_key(person, period): person for person in people if person.may(SEEN)}
    begun = set(db.session.scalars(select(Delivery.key).where(Delivery.key.in_(keys))))
    return [person for key, person in keys.items() if key not in begun]


def _counted(period: Period) -> dict[str, int]:
    """This period's figures, and those of the one before to hold them against."""
    with looking():
        here = figures.of(period.first, period.end)
        before = figures.of(period.before, period.first)
        waiting = figures.now_waiting()
    return {**here, "waiting": waiting, **{BEFORE + name: n for name, n in before.items()}}
