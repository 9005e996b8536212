"""What every whole page of a colleague shows around its content.

Every page pays for it, so it is one statement, built once for each colleague and role.
"""

from functools import lru_cache
from typing import Any

from flask import current_app
from sqlalchemy import Select, bindparam, exists, select

from app.community import wanting
from app.config import Settings
from app.core import vault, worker
from app.core.alarms import Alarm
from app.core.backup.models import FAILED, Backup
from app.core.clock import FAR_OFF, now
from app.core.db import ask
from app.core.errors import N_
from app.core.outbox import Letter
from app.core.vault import Secret
from app.home.safety import NO_BACKUP
from app.home.sealed import ANOTHER_KEY
from app.inbox import listing
from app.staff.models import Staff

SILENT = N_("后台程序没有在运行：消息收发和提醒都停着。请店主重新启动熟客，或联系安装的人")
ALARM = N_("熟客的运行出了问题，请到“设置 › 运行状态”看原因和怎么办")
LETTERS = N_("恢复备份时有没发出的消息：请到「设置 → 备份」决定发不发")

_newest_backup = select(Backup.state).order_by(Backup.id.desc()).limit(1)
COLUMNS = (
    worker.LAST_SEEN.scalar_subquery().label("seen"),
    exists().where(Alarm.cleared_at == FAR_OFF).label("alarmed"),
    _newest_backup.scalar_subquery().label("backup"),
    exists().where(Letter.state == "held").label("held"),
    exists().where(Secret.mark != bindparam("mark"), Secret.until > bindparam("now")).label("lost"),
)  # fmt: skip


def surroundings(person: Staff) -> dict[str, Any]:
    settings: Settings = current_app.config["SHUKE"]
    asked = {"mark": vault.mark(), "now": now()}
    state = ask(_statement(person.id, person.may("customers.all")), asked).one()
    return {
        "banners": _banners(person, state),
        "unread": state.unread,
        "topics_new": state.topics_new,
        "practice_on": settings.practice and person.may("practice.use"),
    }


@lru_cache(maxsize=256)
def _statement(staff_id: int, sees_all: bool) -> Select[Any]:
    return select(
        *COLUMNS, listing.unread(staff_id, sees_all).label("unread"),
        wanting.unseen(staff_id).label("topics_new"),
    )  # fmt: skip


def _banners(person: Staff, state: Any) -> list[tuple[str, str]]:
    keeper = person.may("backups.manage")
    said = (
        (worker.too_long_ago(state.seen), "danger", SILENT),
        (state.alarmed and person.may("jobs.retry"), "danger", ALARM),
        (state.lost and keeper, "danger", ANOTHER_KEY),
        (state.backup == FAILED and keeper, "danger", NO_BACKUP),
        (state.held and keeper, "warning", LETTERS),
    )
    return [(tone, words) for is_so, tone, words in said if is_so]
