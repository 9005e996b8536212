"""When somebody sits behind the inbox: the shop's business hours, as the owner set them."""

from collections.abc import Sequence

from app.core.errors import N_
from app.core.hours import (
    DayOff,
    Hours,
    check_week,
    parse_blocks,
    parse_days_off,
    written,
)
from app.core.settings import Record, Setting

DAYS = (
    N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"),
)  # fmt: skip
ALL_DAY = "00:00-24:00"
_KEPT: Setting[Record] = Setting("shop.hours", {}, label=N_("营业时间"))


def hours() -> Hours:
    """The hours as they hold. A shop that has set none is always open."""
    kept = _KEPT()
    if not kept:
        return Hours()
    return Hours(tuple(parse_blocks(day) for day in kept["week"]), _days_off(kept))


def _days_off(kept: Record) -> tuple[DayOff, ...]:
    return parse_days_off("\n".join(kept["off"]))


def typed() -> tuple[list[str], str]:
    """The seven days and the days off, as the form shows them."""
    found = hours()
    days = [written(blocks) for blocks in found.week]
    return days, "\n".join(_line(one) for one in found.off)


def _line(off: DayOff) -> str:
    days = f"{off.first}" if off.first == off.last else f"{off.first} ~ {off.last}"
    return f"{days} {off.why}".strip()


def put(week: Sequence[str], off: str) -> None:
    """Keep other hours; Refused with the field that cannot be read."""
    blocks = tuple(parse_blocks(day) for day in week)
    check_week(blocks)
    lines = [_line(one) for one in parse_days_off(off)]
    _KEPT.put({"week": [written(day) for day in blocks], "off": lines})
