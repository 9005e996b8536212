"""What an owner must hear on every page: a backup that failed, letters that wait."""

from app.core.backup import keeping
from app.core.backup.models import FAILED
from app.core.errors import N_
from app.home import held
from app.staff.models import Staff

NO_BACKUP = N_("上一次备份没有做成：请到「设置 → 备份」看原因")
LETTERS = N_("恢复备份时有没发出的消息：请到「设置 → 备份」决定发不发")


def banners(person: Staff) -> list[tuple[str, str]]:
    if not person.may("backups.manage"):
        return []
    newest = keeping.newest()
    failed = [("danger", NO_BACKUP)] if newest and newest.state == FAILED else []
    return failed + ([("warning", LETTERS)] if held.are_there() else [])
