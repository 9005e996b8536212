"""The list of the day: to each colleague at their own hour, once a day, whatever happens.

The key of the message bears the person and the shop's day. However often this runs, on however many
workers, across restarts, a clock that is set back and an hour that comes twice or not at all: the
first who writes the row sends it.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select

from app.community import wanting
from app.core import pulses
from app.core.clock import at_local, local, now, today
from app.core.db import db, looking
from app.core.jobs import job
from app.digests import delivering
from app.digests.models import DAY, Delivery
from app.home import today as day_view
from app.reminders import escalating
from app.staff.models import Staff

PARTS = ("due", "waiting", "cooling")


@job()
def send() -> None:
    """Each minute: whoever's hour has come today, and who has not got today's list."""
    pulses.beat(pulses.REMINDERS)
    db.session.commit()
    for person in _whose_hour_has_come():
        _send_to(person)
        db.session.commit()


def key_of(person: Staff, day: date) -> str:
    return f"{DAY}:{person.id}:{day.isoformat()}"


def hour_of(person: Staff, day: date) -> datetime:
    """The moment of the person's hour on a day of the shop."""
    return at_local(day, time(person.digest_at // 60, person.digest_at % 60))


def _whose_hour_has_come() -> list[Staff]:
    here = local(now())
    passed = (Staff.digest_at >= 0, Staff.digest_at <= here.hour * 60 + here.minute)
    waiting = db.session.scalars(select(Staff).where(Staff.is_active, *passed)).all()
    keys = {key_of(person, here.date()): person for person in waiting}
    begun = db.session.scalars(select(Delivery.key).where(Delivery.key.in_(keys))).all()
    return [person for key, person in keys.items() if key not in set(begun)]


def _send_to(person: Staff) -> None:
    """The lists are read first, without the writer's lock; then all is written at once."""
    lines, facts = _read(person)
    delivering.start(
        person, DAY, key_of(person, today()), due_at=hour_of(person, today()), lines=lines,
        facts=facts, empty=not any(facts[part] for part in PARTS),
    )  # fmt: skip


def _read(person: Staff) -> tuple[list[delivering.Line], dict[str, int]]:
    """The three lists of Today, as lines to be kept, and how many each list has."""
    with looking():
        due, left_lying = day_view.to_contact(person), escalating.of(person)[0]
        waiting, (late, count_late) = day_view.waiting(person), wanting.late(person)
        cooling = day_view.cooling(person)
    lines = [_line("due", row.customer_id, followup_id=row.id)
             for row in _first_of_each([*left_lying, *due.rows])]  # fmt: skip
    lines += [_line("waiting", row.customer_id, topic_id=row.id) for row in late]
    lines += [_line("waiting", row.id, chat_id=chat.id if chat else None)
              for row, chat in waiting.rows]  # fmt: skip
    lines += [_line("cooling", row.id) for row in cooling.rows]
    counts = zip(PARTS, (due.count, waiting.count + count_late, cooling.count), strict=True)
    return lines, dict(counts)


def _first_of_each(rows: Sequence[Any]) -> list[Any]:
    """One follow-up for each customer: what went up to the manager comes before what is theirs.

    All of them are due, so the customers are among those that the list has counted already.
    """
    found: dict[int, Any] = {}
    for row in rows:
        found.setdefault(row.customer_id, row)
    return list(found.values())


def counted(person: Staff) -> dict[str, int]:
    """How many each list of a colleague has now."""
    return _read(person)[1]


def _line(part: str, customer_id: int, **more: Any) -> delivering.Line:
    return {"part": part, "customer_id": customer_id, **more}
