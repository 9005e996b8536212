"""How old the last proved backup is."""

from datetime import timedelta

from app.core.backup import keeping
from app.core.backup.models import FAILED
from app.core.clock import now
from app.core.conditions import ILL, POOR, WELL, Condition
from app.core.errors import N_

NO_BACKUP = N_("上一次备份没有做成：请到「设置 → 备份」看原因")
NEVER = N_("还没有备份过：今夜自动做第一份，或到“设置 › 备份”现在就做")
TOO_OLD = N_("最近一份验证过的备份是 %(hours)s 小时前的：请到“设置 › 备份”看原因")
FRESH = N_("%(hours)s 小时前备份过，试恢复也成功了")
JUST_NOW = N_("刚备份过，试恢复也成功了")
LATE = timedelta(hours=36)


def conditions() -> list[Condition]:
    """For the status page and the alarms: the last backup that was proved."""
    label, newest, good = N_("备份"), keeping.newest(), keeping.last_good()
    if newest and newest.state == FAILED:
        return [Condition("backup", label, ILL, NO_BACKUP)]
    if good is None:
        return [Condition("backup", label, POOR, NEVER)]
    age = now() - good.created_at
    params = {"hours": int(age.total_seconds() // 3600)}
    if not params["hours"]:
        return [Condition("backup", label, WELL, JUST_NOW)]
    if age > LATE:
        return [Condition("backup", label, ILL, TOO_OLD, params)]
    return [Condition("backup", label, WELL, FRESH, params)]
