"""The shop itself: its name, its clock, its picture. Every page asks, so the answer is kept.

A change is seen in this process at once and in the others within a few seconds.
"""

import logging
import time
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.config import Settings
from app.core import clock
from app.core.db import aside
from app.core.errors import N_
from app.core.settings import Setting, SettingRow, setting

log = logging.getLogger(__name__)

FRESH = 5.0  # seconds for which what we know is good
ZONES = (
    ("Asia/Shanghai", N_("北京时间")), ("Asia/Urumqi", N_("乌鲁木齐")),
    ("Asia/Hong_Kong", N_("香港、澳门")), ("Asia/Taipei", N_("台北")),
    ("Asia/Singapore", N_("新加坡、吉隆坡")), ("Asia/Bangkok", N_("曼谷、河内")),
    ("Asia/Tokyo", N_("东京、首尔")), ("Australia/Sydney", N_("悉尼")),
    ("Europe/London", N_("伦敦")), ("Europe/Berlin", N_("柏林、巴黎、罗马")),
    ("America/New_York", N_("纽约、多伦多")), ("America/Los_Angeles", N_("洛杉矶、温哥华")),
)  # fmt: skip


@dataclass
class _Held:
    name: str = ""
    logo: str = ""
    looked: float = float("-inf")
    settings: Settings | None = None


_held = _Held()


def _zone_lock() -> str:
    given = _held.settings is not None and _held.settings.zone_given
    return "SHUKE_TIME_ZONE" if given else ""


def look_again() -> None:
    """Something was changed here: this process looks at the next page."""
    _held.looked = float("-inf")


NAME = setting(
    "shop.name",
    "",
    label=N_("店名"),
    hint=N_("显示在每一页的左上角和寄出的信里"),
    changed=look_again,
    group="shop",
)
ZONE = setting(
    "shop.time_zone",
    "",
    label=N_("时区"),
    hint=N_("“今天”从几点算起。改了只管以后，已经记下的日期不变"),
    choices=(("", N_("跟着服务器的设置")), *ZONES),
    changed=look_again,
    group="shop",
    locked=_zone_lock,
)
# Not declared for the generated page: a picture is uploaded. Its value is the picture's own name.
LOGO = Setting("shop.logo", "", label="", changed=look_again)
ASKED = select(SettingRow.name, SettingRow.value).where(
    SettingRow.name.in_((NAME.name, ZONE.name, LOGO.name))
)


def set_up(settings: Settings) -> None:
    """Begin with what the environment says of the clock."""
    _held.__init__(settings=settings)  # type: ignore[misc] # nothing has been looked at
    clock.zone = settings.time_zone


def name() -> str:
    """What the shop is called; "" before anybody has said so."""
    refresh()
    return _held.name


def logo() -> str:
    """The name of its picture; "" when there is none."""
    refresh()
    return _held.logo


def refresh() -> None:
    """Take over what was changed since we looked last, the clock's zone above all."""
    if time.monotonic() - _held.looked < FRESH:
        return
    _held.looked = time.monotonic()
    try:
        with aside() as line:
            found = {row.name: str(row.value) for row in line.execute(ASKED)}
    except SQLAlchemyError as error:
        log.warning("shop not looked at: %s", type(error).__name__)
        return
    _held.name, _held.logo = found.get(NAME.name, ""), found.get(LOGO.name, "")
    if _held.settings and not _held.settings.zone_given:
        zone = found.get(ZONE.name, "")
        clock.zone = ZoneInfo(zone) if zone in dict(ZONES) else _held.settings.time_zone
