"""What comes again: every week, the 31st of each month, each lunar birthday.

A rule is written «unit:every», as the form sends it. A follow-up keeps it with the day on which
this turn fell: one put off moves none of those after it, and the 31st comes back after February.
"""

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta

from app.core import lunar
from app.core.clock import at_local, local, now
from app.core.errors import N_, Refused
from app.reminders.daywords import later_by

Rule = dict[str, object]
DAY, WEEK, MONTH, YEAR, LUNAR = "day", "week", "month", "year", "lunar"
MOST = 99
CHOICES = {
    "": N_("不重复"), "day:1": N_("每天"), "week:1": N_("每周"), "week:2": N_("每两周"),
    "month:1": N_("每月"), "month:3": N_("每三个月"), "year:1": N_("每年"),
    "lunar:1": N_("每年（农历）"),
}  # fmt: skip
EVERY = {
    DAY: N_("每 %(n)s 天"), WEEK: N_("每 %(n)s 周"), MONTH: N_("每 %(n)s 个月"),
    YEAR: N_("每 %(n)s 年"), LUNAR: N_("每 %(n)s 年（农历）"),
}  # fmt: skip
_WRITTEN = re.compile(r"(day|week|month|year|lunar):([1-9][0-9]?)")


def said(typed: str) -> tuple[str, dict[str, int]]:
    """A rule as a source sentence and its parameters."""
    if typed in CHOICES:
        return CHOICES[typed], {}
    unit, every = parse(typed)
    return EVERY[unit], {"n": every}


def parse(typed: str) -> tuple[str, int]:
    found = _WRITTEN.fullmatch(typed)
    if found is None:
        raise Refused(N_("没有这种重复，请从列表里选一个"), field="repeat")
    return found[1], int(found[2])


def is_known(typed: str) -> bool:
    return bool(_WRITTEN.fullmatch(typed))


def written(rule: Rule) -> str:
    """As the form sends it; "" for what comes once."""
    return f"{rule['unit']}:{rule['every']}" if rule else ""


def begin(typed: str, due_at: datetime) -> Rule:
    """The rule of a first turn at that moment."""
    if not typed:
        return {}
    unit, every = parse(typed)
    first = local(due_at)
    day = lunar.parts_of(first.date())[2] if unit == LUNAR else first.day
    return {
        "unit": unit, "every": every, "on": first.date().isoformat(), "day": day,
        "at": first.hour * 60 + first.minute,
    }  # fmt: skip


def following(rule: Rule) -> tuple[datetime, Rule]:
    """The next turn that is still to come, and its rule. Turns gone by meanwhile are left out."""
    on = day_of(rule)
    while True:
        on = step(rule, on)
        due_at = moment_on(rule, on)
        if due_at > now():
            return due_at, rule | {"on": on.isoformat()}


def day_of(rule: Rule) -> date:
    """The day of this turn, had nobody moved it."""
    return date.fromisoformat(str(rule["on"]))


def moment_on(rule: Rule, day: date) -> datetime:
    """A turn's moment, on a day."""
    minutes = int(str(rule["at"]))
    return at_local(day, time(minutes // 60, minutes % 60))


def step(rule: Rule, on: date) -> date:
    """The day of the turn after the one of a day."""
    every, unit = int(str(rule["every"])), rule["unit"]
    if unit in (DAY, WEEK):
        return on + timedelta(days=every * (1 if unit == DAY else 7))
    if unit == LUNAR:
        return _lunar_step(on, every, int(str(rule["day"])))
    months = every * (1 if unit == MONTH else 12)
    first = later_by(on.replace(day=1), months)
    last = monthrange(first.year, first.month)[1]
    return first.replace(day=min(int(str(rule["day"])), last))


def _lunar_step(on: date, every: int, day: int) -> date:
    """The same lunar day of another year: a leap month's in the plain one, 三十 perhaps on 廿九."""
    year, month, _day = lunar.parts_of(on)
    found = lunar.day_of(year + every, month, day) or lunar.day_of(year + every, month, day - 1)
    if found is None:
        raise Refused(N_("农历算不到那么远，请改成不重复"))
    return found
