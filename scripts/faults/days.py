"""400 days of one zone, walked through by a worker's tick; prints what came due how often.

Its own process, because the host's zone is one of the things that must not matter. The days around
a change of the hour, and the leap day, are walked in steps of minutes, the others in hours.
"""

import json
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.core import clock
from app.core.worker import latest_due
from app.timetable import TIMETABLE

BEGIN, DAYS = datetime(2027, 10, 1, 0, 7, tzinfo=UTC), 400  # with 2028-02-29
FINE, COARSE = timedelta(minutes=20), timedelta(hours=6)


def main() -> None:
    clock.zone = ZoneInfo(sys.argv[1])
    daily = [(cron, task) for cron, task in TIMETABLE if _is_daily(cron)]
    due: dict[str, set[str]] = {task.name: set() for _cron, task in daily}
    moment = BEGIN
    while moment < BEGIN + timedelta(days=DAYS):
        for cron, task in daily:
            found = latest_due(cron, moment)
            if found:
                due[task.name].add(f"{found:%Y-%m-%dT%H:%M}")  # as the key of its job
        moment += FINE if _is_odd(moment) else COARSE
    print(json.dumps({"days": DAYS, "tasks": len(daily), **_judged(due, moment)}))


def _is_daily(cron: str) -> bool:
    minute, hour, *rest = cron.split()
    return minute.isdigit() and hour.isdigit() and rest == ["*"] * 3


def _is_odd(moment: datetime) -> bool:
    """Within a day of a change of the hour, or of the leap day."""
    here = moment.astimezone(clock.zone)
    offsets = {(here + timedelta(days=n)).utcoffset() for n in (-1, 0, 1)}
    return len(offsets) > 1 or (here.month, here.day) in ((2, 28), (2, 29), (3, 1))


def _judged(due: dict[str, set[str]], end: datetime) -> dict[str, int]:
    first, last = BEGIN.astimezone(clock.zone).date(), end.astimezone(clock.zone).date()
    whole = [first + timedelta(days=n) for n in range(1, (last - first).days)]
    skipped = doubled = 0
    for keys in due.values():
        days = Counter(key[:10] for key in keys)
        skipped += sum(not days[day.isoformat()] for day in whole)
        doubled += sum(days[day.isoformat()] > 1 for day in whole)
    return {"skipped": skipped, "doubled": doubled}


if __name__ == "__main__":
    main()
