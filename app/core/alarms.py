"""Alarms: raised once when a part falls ill, said again once a day, cleared when it is well.

Rows hold the state, so a restart neither repeats nor forgets. Who is told is handed over.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core import conditions
from app.core.clock import FAR_OFF, now
from app.core.conditions import ILL, Condition
from app.core.db import Model, db
from app.core.jobs import job

AGAIN = timedelta(days=1)
KEPT = timedelta(days=190)
RAISED, REMINDED, CLEARED = "raised", "reminded", "cleared"


class Alarm(Model):
    name: Mapped[str] = mapped_column(String(80))
    label: Mapped[str] = mapped_column(String(120))
    says: Mapped[str] = mapped_column(String(300))  # a source sentence
    params: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    raised_at: Mapped[datetime] = mapped_column(default=now)
    told_at: Mapped[datetime] = mapped_column(default=now)
    cleared_at: Mapped[datetime] = mapped_column(default=FAR_OFF)

    __table_args__ = (
        Index("ix_alarm_name", "name", "cleared_at", unique=True),  # one open alarm of a name
        Index("ix_alarm_cleared_at", "cleared_at", "id"),
    )


# Handed over in wiring.py: who is told of a change, in the caller's transaction.
tellers: list[Callable[[Alarm, str], None]] = []


def standing() -> Sequence[Alarm]:
    """The alarms that are raised now, the oldest first."""
    return db.session.scalars(
        db.select(Alarm).where(Alarm.cleared_at == FAR_OFF).order_by(Alarm.id)
    ).all()


def past(most: int = 20) -> Sequence[Alarm]:
    return db.session.scalars(
        db.select(Alarm)
        .where(Alarm.cleared_at < FAR_OFF)
        .order_by(Alarm.cleared_at.desc(), Alarm.id.desc())
        .limit(most)
    ).all()


@job()
def look() -> None:
    """By the clock: hold the alarms against how everything is doing."""
    settle(conditions.all_of_them())


def settle(found: Sequence[Condition]) -> None:
    """Raise for what has fallen ill, remind of what still is, clear what is well again."""
    ill = {one.name: one for one in found if one.level == ILL}
    raised = {alarm.name: alarm for alarm in standing()}
    for name, alarm in raised.items():
        if name not in ill:
            alarm.cleared_at = now()
            _tell(alarm, CLEARED)
        else:
            alarm.says, alarm.params = ill[name].says, dict(ill[name].params)
            if now() - alarm.told_at >= AGAIN:
                _tell(alarm, REMINDED)
    for name in ill.keys() - raised.keys():
        one = ill[name]
        alarm = Alarm(name=name, label=one.label, says=one.says, params=dict(one.params))
        alarm.raised_at, alarm.cleared_at = now(), FAR_OFF
        db.session.add(alarm)
        db.session.flush()
        _tell(alarm, RAISED)
    db.session.execute(db.delete(Alarm).where(Alarm.cleared_at < now() - KEPT))


def _tell(alarm: Alarm, change: str) -> None:
    alarm.told_at = now()
    for tell in tellers:
        tell(alarm, change)
