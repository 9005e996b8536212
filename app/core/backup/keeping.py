"""The nightly backup: made when it is due, proved by restoring it, kept as many days as set.

What a setting says is asked for at each use, so a changed hour or folder counts at once.
"""

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Connection, select, update

from app.config import ROOT, Settings
from app.core.backup import reading, taking
from app.core.backup.models import ASKED, DONE, FAILED, FOUND, NIGHTLY, RUNNING, WAITING, Backup
from app.core.backup.places import Place, place_of, plainly
from app.core.clock import at_local, local, now, today
from app.core.db import db, let_go
from app.core.errors import N_, Refused
from app.core.jobs import Job, job
from app.core.settings import setting

NAME = re.compile(r"shuke-[0-9]{8}-[0-9]{4}-[0-9]+\.backup")
SHOWN = 100

BUSY = N_("已经在备份了，做完会出现在下面")
NOT_ABSOLUTE = N_("请写完整的路径，例如 /backup/shuke；留空就放在程序自己的文件夹里")
INSIDE = N_("备份不能放在程序或上传文件的文件夹里面。请换一个地方")
GONE = N_("备份文件已经不在 %(path)s 了。请看看是不是被移走了")
KILLED = N_("备份做到一半程序停了。请再做一次")

# Handed over in wiring.py: the machine's settings.
machine: list[Settings] = []


def _check_folder() -> None:
    typed = FOLDER()
    if not typed:
        return
    path = Path(typed)
    if not path.is_absolute():
        raise Refused(NOT_ABSOLUTE, field=FOLDER.name)
    here, own = path.resolve(), machine[0]
    if here.is_relative_to(own.media_root) or (
        here.is_relative_to(ROOT) and not here.is_relative_to(own.instance)
    ):
        raise Refused(INSIDE, field=FOLDER.name)
    with plainly(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        (path / ".shuke.part").touch()
        (path / ".shuke.part").unlink()


HOUR = setting(
    "backup.hour", 3, label=N_("每天几点自动备份"), least=0, most=23,
    hint=N_("0 到 23 点；那时没开机，就在开机后补做"),
)  # fmt: skip
DAYS = setting(
    "backup.days", 14, label=N_("备份保留几天"), least=1, most=365,
    hint=N_("更早的会自动删掉；最近一份验证过的总会留着"),
)  # fmt: skip
FOLDER = setting(
    "backup.folder", "", label=N_("备份放在哪个文件夹"),
    hint=N_("最好是另一块硬盘；留空就放在程序自己的文件夹里"), changed=_check_folder,
)  # fmt: skip


def set_up(settings: Settings) -> None:
    machine[:] = [settings]


def place() -> Place:
    return place_of(machine[0], db.engine)


def folder() -> Path:
    typed = FOLDER()
    return Path(typed) if typed else machine[0].instance / "backups"


def path_of(backup: Backup) -> Path:
    return folder() / backup.file


def ask_now() -> Backup:
    """Somebody wants one now."""
    running = db.session.scalars(select(Backup).where(Backup.state.in_((WAITING, RUNNING)))).all()
    if any(one for one in running if not is_stuck(one)):
        raise Refused(BUSY)
    return _start(ASKED)


def _start(kind: str) -> Backup:
    backup = Backup(kind=kind, state=WAITING, file="", fault="", fault_params={})
    db.session.add(backup)
    db.session.flush()
    backup.file = f"shuke-{local(now()):%Y%m%d-%H%M}-{backup.id}.backup"
    make.later(backup.id, key=f"backup:{backup.id}")
    return backup


def is_stuck(backup: Backup) -> bool:
    """Its job has stumbled as often as it may: nobody is at it any more."""
    if not backup.is_busy:
        return False
    state = db.session.scalar(select(Job.state).where(Job.key == f"backup:{backup.id}"))
    return state not in ("queued", "running")


@job()
def nightly() -> None:
    """Asked every hour: start the backup of this night unless it is there or on its way."""
    _find_strays()
    _forget_old()
    since = last_due(HOUR())
    there = select(Backup.id).where(Backup.kind == NIGHTLY, Backup.created_at >= since)
    if db.session.scalar(there.where(Backup.state != FAILED).limit(1)) is None:
        _start(NIGHTLY)


def last_due(hour: int) -> datetime:
    """The last moment at which the shop's clock showed this hour."""
    due = at_local(today(), time(hour))
    return due if due <= now() else at_local(today() - timedelta(days=1), time(hour))


@job(tries=3)
def make(backup_id: int) -> None:
    """Make one backup and prove it. A second run goes on where the first was killed."""
    backup = db.session.get(Backup, backup_id)
    if backup is None or not backup.is_busy:
        return
    backup.state = RUNNING
    path = path_of(backup)
    let_go()
    try:
        proof = _made(path)
    except Refused as no:
        backup.state, backup.fault, backup.fault_params = FAILED, no.message, _plain(no.params)
        backup.finished_at = now()
        return
    backup.size, backup.rows = path.stat().st_size, sum(proof.counts.values())
    backup.media, backup.sealed, backup.state = proof.media, proof.sealed, DONE
    backup.verified_at = backup.finished_at = now()


def _made(path: Path) -> reading.Proof:
    with plainly(path.parent):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for half in path.parent.glob(f".{path.name}.*.part"):
            half.unlink()
    key = machine[0].backup_passphrase
    if not path.exists():
        taking.take(place(), path, passphrase=key)
    try:
        return reading.verify(place(), path, passphrase=key)
    except Refused:
        path.unlink(missing_ok=True)  # what cannot be restored is no backup
        raise


def _plain(params: dict[str, object]) -> dict[str, object]:
    return {name: value if isinstance(value, int) else str(value) for name, value in params.items()}


def verify(backup: Backup) -> None:
    """Prove a backup that has been lying there."""
    if not path_of(backup).exists():
        raise Refused(GONE, path=str(path_of(backup)))
    prove.later(backup.id, key=f"prove:{backup.id}:{now().isoformat(timespec='minutes')}")


@job(tries=1)
def prove(backup_id: int) -> None:
    """Restore a backup on trial once more."""
    backup = db.session.get(Backup, backup_id)
    if backup is None or backup.is_busy:
        return
    path = path_of(backup)
    let_go()
    try:
        proof = reading.verify(place(), path, passphrase=machine[0].backup_passphrase)
    except Refused as no:
        backup.fault, backup.fault_params = no.message, _plain(no.params)
        backup.verified_at, backup.state = None, FAILED
        return
    backup.rows, backup.media, backup.sealed = (
        sum(proof.counts.values()), proof.media, proof.sealed,
    )  # fmt: skip
    backup.verified_at, backup.state, backup.fault = now(), DONE, ""


def listed() -> list[Backup]:
    """The newest first."""
    return list(db.session.scalars(select(Backup).order_by(Backup.id.desc()).limit(SHOWN)))


def newest() -> Backup | None:
    return db.session.scalar(select(Backup).order_by(Backup.id.desc()).limit(1))


def last_good() -> Backup | None:
    """The last one that was proved."""
    good = select(Backup).where(Backup.state == DONE, Backup.verified_at.is_not(None))
    return db.session.scalar(good.order_by(Backup.id.desc()).limit(1))


def _find_strays() -> None:
    """Files of ours that no row knows: made after the backup that this database came from."""
    known = set(db.session.scalars(select(Backup.file)))
    try:
        files = sorted(p for p in folder().iterdir() if NAME.fullmatch(p.name))
    except FileNotFoundError:
        return
    for path in files:
        if path.name not in known:
            state = path.stat()
            db.session.add(
                Backup(
                    kind=FOUND, state=DONE, file=path.name, size=state.st_size, fault="",
                    fault_params={}, created_at=datetime.fromtimestamp(state.st_mtime, UTC),
                )
            )  # fmt: skip
    db.session.flush()


def _forget_old() -> None:
    """Remove what is older than was asked for, but never the last that was proved."""
    good = last_good()
    old = select(Backup).where(Backup.created_at < now() - timedelta(days=DAYS()))
    for backup in db.session.scalars(old.where(Backup.state.in_((DONE, FAILED)))):
        better = good is not None and backup.created_at < good.created_at
        if better or backup.state == FAILED:
            path_of(backup).unlink(missing_ok=True)
            db.session.delete(backup)


def forget_running(line: Connection) -> None:
    """Of a database that comes from a backup: the one that was being made is that backup."""
    line.execute(
        update(Backup)
        .where(Backup.state.in_((WAITING, RUNNING)))
        .values(state=FAILED, fault=KILLED, finished_at=now())
    )
