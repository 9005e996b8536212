"""How the shop's machine is doing, in the shop's words: workers, queues, letters, disk, clock."""

import shutil
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select, text

from app.config import Settings
from app.core import worker
from app.core.clock import now
from app.core.conditions import ILL, POOR, WELL, Condition
from app.core.db import ask, db
from app.core.errors import N_
from app.core.jobs import LANES, Job
from app.core.outbox import Letter
from app.core.worker import Heartbeat
from app.staff.models import Book

LANE_NAMES = {
    "arrivals": N_("收微信的队列"), "network": N_("发消息的队列"), "mail": N_("发邮件的队列"),
    "media": N_("下载图片和语音的队列"),
    "long": N_("慢活的队列"),
}  # fmt: skip
LATE = {"arrivals": timedelta(minutes=2), "network": timedelta(minutes=5)}
LATE_ELSE = timedelta(hours=1)
FRESH = timedelta(hours=24)  # doubtful and failed letters of the last day count
MOST_COUNTED = 1000
TIGHT, FULL = 2 * 2**30, 500 * 2**20  # bytes left on the disk
APART = timedelta(minutes=2)  # of two clocks

NO_WORKER = N_("后台程序没有在运行：收发消息、提醒和备份都停着。请重新启动熟客的后台程序")

ON_TIME = N_("%(n)s 件在办，最早的等了 %(minutes)s 分钟")
PILED_UP = N_(
    "积压了 %(n)s 件，最早的已经等了 %(minutes)s 分钟。请看后台程序在不在运行，或者重新启动它"
)
NOT_DONE = N_("有 %(n)s 件没做成，请在下面再试一次或看原因")
DOUBTFUL = N_("有 %(n)s 条不知道对方收到没有，请在下面决定要不要重发")
NOT_SENT = N_("最近一天有 %(n)s 条没发出去，原因列在下面")
NEARLY_FULL = N_("只剩 %(free)s GB，很快就存不下新消息。请马上清理或换大一点的硬盘")
TAMPERED = N_("第 %(line)s 行起对不上，可能有人改过数据库。请执行 flask audit verify 查看")
WRONG_CLOCK = N_("这台机器的时钟差了约 %(minutes)s 分钟，微信会拒收。请打开自动对时（NTP）")


def conditions() -> list[Condition]:
    """What this floor can tell, looking across the house."""
    lanes = [_lane(lane) for lane in LANES]
    return [_workers(), *lanes, _failed_jobs(), *_letters(), _disk(), _books(), _clock()]


def _workers() -> Condition:
    seen = ask(select(Heartbeat.seen_at).where(Heartbeat.seen_at > now() - worker.SILENT)).all()
    label = N_("后台程序")
    if not seen:
        return Condition("worker", label, ILL, NO_WORKER)
    last = max(row.seen_at for row in seen)
    return Condition(
        "worker", label, WELL, N_("%(n)s 个在运行，%(seconds)s 秒前报过平安"),
        {"n": len(seen), "seconds": max(0, int((now() - last).total_seconds()))},
    )  # fmt: skip


def _lane(lane: str) -> Condition:
    due = (Job.state == "queued", Job.lane == lane, Job.run_at <= now())
    waiting = len(ask(select(Job.id).where(*due).limit(MOST_COUNTED)).all())
    oldest = ask(select(Job.run_at).where(*due).order_by(Job.run_at).limit(1)).scalar()
    label = LANE_NAMES.get(lane, lane)
    if not waiting:
        return Condition(f"lane.{lane}", label, WELL, N_("没有积压"))
    age = now() - oldest
    params = {"n": _many(waiting), "minutes": int(age.total_seconds() // 60)}
    if age <= LATE.get(lane, LATE_ELSE):
        return Condition(f"lane.{lane}", label, WELL, ON_TIME,
                         params)  # fmt: skip
    return Condition(
        f"lane.{lane}", label, ILL,
        PILED_UP, params,
    )  # fmt: skip


def _failed_jobs() -> Condition:
    n = len(ask(select(Job.id).where(Job.state == "failed").limit(MOST_COUNTED)).all())
    label = N_("没做成的任务")
    if not n:
        return Condition("jobs.failed", label, WELL, N_("没有"))
    return Condition(
        "jobs.failed",
        label,
        ILL,
        NOT_DONE,
        {"n": _many(n)},
    )


def _letters() -> list[Condition]:
    """Failed ones are often the platform's everyday no; doubtful ones want a person."""
    found: list[Condition] = []
    for state, label, level, says in (
        (
            "unknown",
            N_("结果不明的消息"),
            ILL,
            DOUBTFUL,
        ),
        ("failed", N_("没发出去的消息"), POOR, NOT_SENT),
    ):
        some = select(Letter.id).where(Letter.state == state, Letter.settled_at > now() - FRESH)
        n = len(ask(some.limit(MOST_COUNTED)).all())
        found.append(
            Condition(f"letters.{state}", label, level, says, {"n": _many(n)})
            if n else Condition(f"letters.{state}", label, WELL, N_("最近一天没有"))
        )  # fmt: skip
    return found


def _disk() -> Condition:
    settings: Settings = current_app.config["SHUKE"]
    left = min(
        shutil.disk_usage(_existing(p)).free for p in (settings.instance, settings.media_root)
    )
    params: dict[str, object] = {"free": f"{left / 2**30:.1f}"}
    label = N_("硬盘")
    if left < FULL:
        return Condition(
            "disk",
            label,
            ILL,
            NEARLY_FULL,
            params,
        )
    if left < TIGHT:
        return Condition("disk", label, POOR, N_("只剩 %(free)s GB，请尽快清理"), params)
    return Condition("disk", label, WELL, N_("还有 %(free)s GB"), params)


def _existing(path: Any) -> Any:
    while not path.exists():
        path = path.parent
    return path


def _books() -> Condition:
    label = N_("操作记录和查看记录")
    books = db.session.scalars(select(Book).order_by(Book.id)).all()
    for book in books:
        if book.fault:
            return Condition("books", label, ILL, TAMPERED,
                             {"line": book.fault_line})  # fmt: skip
    proved = [book.proved_at for book in books if book.proved_at.year > 1970]
    if not proved:
        return Condition("books", label, WELL, N_("今夜第一次核对"))
    hours = int((now() - min(proved)).total_seconds() // 3600)
    if not hours:
        return Condition("books", label, WELL, N_("刚核对过，完整"))
    return Condition("books", label, WELL, N_("%(hours)s 小时前核对过，完整"), {"hours": hours})


def _clock() -> Condition:
    """Our clock against the database's, and against our own past: the newest sign of life."""
    label = N_("时钟")
    apart = max(_ahead_of_us(), abs(_database_clock() - now()))
    params = {"minutes": int(apart.total_seconds() // 60)}
    if apart > APART:
        return Condition(
            "clock",
            label,
            ILL,
            WRONG_CLOCK,
            params,
        )
    return Condition("clock", label, WELL, N_("准"))


def _ahead_of_us() -> timedelta:
    seen = worker.last_seen()
    return max(timedelta(), seen - now()) if seen else timedelta()


def _database_clock() -> datetime:
    """A PostgreSQL of another machine has a clock of its own; SQLite has ours."""
    if db.engine.dialect.name != "postgresql":
        return now()
    told: datetime = db.session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return told


def _many(n: int) -> str:
    return f"{MOST_COUNTED}+" if n >= MOST_COUNTED else str(n)
