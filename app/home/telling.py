"""Who hears of an alarm: Today of whoever may mend it, the log, and an address where one is set."""

import logging

from app.core import mail, mail_server
from app.core.alarms import Alarm
from app.core.clock import now
from app.core.errors import N_
from app.core.settings import setting

log = logging.getLogger(__name__)

ALARM = mail.letter("alarm")


def _check_address() -> None:
    if MAIL_TO():
        mail.address(MAIL_TO())


MAIL_TO = setting(
    "alarms.mail_to",
    "",
    label=N_("熟客运行出问题时，发邮件给谁"),
    hint=N_("一个邮箱地址；不填就只在页面上提醒。发信邮箱在“设置 › 邮件”里填"),
    changed=_check_address,
)


def write_down(alarm: Alarm, change: str) -> None:
    """Every change stands in the log, for whoever watches that."""
    log.warning("alarm %s", change, extra={"alarm": alarm.name, "number": alarm.id})


def write_letters(alarm: Alarm, change: str) -> None:
    """One letter for each change, and for each day that it lasts. About mail itself none goes by
    mail."""
    to = MAIL_TO()
    if not to or mail_server.server() is None or alarm.name in ("lane.mail",):
        return
    params: dict[str, object] = {
        "change": change, "label": alarm.label, "says": alarm.says, "params": alarm.params,
    }  # fmt: skip
    key = f"alarm:{alarm.id}:{change}:{now():%Y-%m-%d}"
    mail.write(to, ALARM, params, account="alarms", key=key)
