"""Reading a backup: is it ours, is it whole, can it be restored? Nothing of the shop is touched."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from app.core import schema
from app.core.backup import postgres_side, sealing, sqlite_side
from app.core.backup.packing import BROKEN, MISSING, NOT_OURS, OPENING, Member, Unpack
from app.core.backup.places import Place, need_room, plainly
from app.core.backup.taking import FORMAT, Told, nobody
from app.core.errors import N_, Refused

NO_FILE = N_("没有 %(path)s 这个文件。请检查路径")
SEALED = N_("这份备份加了口令：请给出口令")
NEWER = N_(
    "这份备份是更新的版本（%(version)s，迁移 %(theirs)s）做的，"
    "现在的程序（%(own)s，迁移 %(ours)s）读不懂。请先升级程序"
)
OTHER_KIND = N_(
    "这份备份来自 %(theirs)s，现在用的是 %(ours)s，不能互相恢复。请把 DATABASE_URL 换成同一种"
)
MISCOUNTED = N_("试恢复后 %(table)s 有 %(found)s 行，备份记的是 %(told)s 行。请换一份备份")


@dataclass(frozen=True)
class Proof:
    """What a backup turned out to hold."""

    made_by: str
    made_at: str
    revision: str
    kind: str
    sealed: bool
    counts: dict[str, int]
    media: int


def is_sealed(path: Path) -> bool:
    with _file(path) as file:
        return file.read(len(sealing.MAGIC)) == sealing.MAGIC


@contextmanager
def opened(path: Path, passphrase: str, told: Told) -> Iterator[Unpack]:
    """A backup of ours that this program understands, of which every byte has been looked at:
    only then is anything of it unpacked."""
    with _begun(path, passphrase, told) as unpack:
        for _member in unpack.members():
            pass
    with _begun(path, passphrase, told) as unpack:
        yield unpack


@contextmanager
def _begun(path: Path, passphrase: str, told: Told) -> Iterator[Unpack]:
    size = 2 * path.stat().st_size if path.is_file() else 0  # read twice
    with _file(path) as file:
        first = file.read(len(sealing.MAGIC))
        file.seek(0)
        if first != sealing.MAGIC and not _looks_like_ours(first):
            raise Refused(NOT_OURS)
        if first == sealing.MAGIC and not passphrase:
            raise Refused(SEALED)
        source = sealing.Opener(file, passphrase) if first == sealing.MAGIC else file
        unpack = Unpack(source, lambda done: told(done, size))
        _fits(unpack.opening)
        yield unpack


def _looks_like_ours(first: bytes) -> bool:
    return OPENING.encode().startswith(first) and first != b""


@contextmanager
def _file(path: Path) -> Iterator[BinaryIO]:
    if not path.is_file():
        raise Refused(NO_FILE, path=str(path))
    with plainly(path), path.open("rb") as file:
        yield file


def _fits(opening: dict[str, Any]) -> None:
    known = {"format": int, "made_by": str, "made_at": str, "kind": str, "revision": str}
    if not all(isinstance(opening.get(name), kind) for name, kind in known.items()):
        raise Refused(BROKEN, name=OPENING)
    try:
        datetime.fromisoformat(opening["made_at"])
    except ValueError as error:
        raise Refused(BROKEN, name=OPENING) from error
    if opening["format"] > FORMAT or not schema.knows(opening["revision"]):
        raise Refused(
            NEWER, version=opening["made_by"][:40], theirs=opening["revision"][:40],
            own=schema.version(), ours=schema.head(),
        )  # fmt: skip


def verify(place: Place, path: Path, *, passphrase: str = "", told: Told = nobody) -> Proof:
    """Restore it on trial, beside the shop, count, and throw the trial away."""
    with opened(path, passphrase, told) as unpack, trial(place, unpack) as put:
        counts = put(unpack)
        return proof(unpack, counts, sealed=is_sealed(path))


def proof(unpack: Unpack, counts: dict[str, int], *, sealed: bool) -> Proof:
    """The rows that were found are those that were written down."""
    told = unpack.manifest.get("counts")
    if not isinstance(told, dict) or set(told) != set(counts):
        raise Refused(MISSING)
    for table, found in counts.items():
        if told[table] != found:
            raise Refused(MISCOUNTED, table=table, found=found, told=told[table])
    head = unpack.opening
    return Proof(
        head["made_by"], head["made_at"], head["revision"], head["kind"], sealed, counts,
        int(unpack.manifest.get("media", 0)),
    )  # fmt: skip


Put = Callable[[Unpack], dict[str, int]]


@contextmanager
def trial(place: Place, unpack: Unpack) -> Iterator[Put]:
    """A place where this kind of backup can be restored without harm."""
    same_kind(place, unpack)
    if place.database:
        with scratch_beside(place.database) as folder:
            yield lambda unpack: put_in(unpack, folder)
        return
    with place.engine.connect() as line, scratch_beside(place.instance / "x") as folder:
        yield lambda unpack: load(line, unpack, folder)
        line.rollback()


def same_kind(place: Place, unpack: Unpack) -> None:
    ours, theirs = place.engine.dialect.name, unpack.opening["kind"]
    if ours != theirs:
        raise Refused(OTHER_KIND, theirs=theirs[:20], ours=ours)


@contextmanager
def scratch_beside(path: Path) -> Iterator[Path]:
    """A private folder on the same disk, gone afterwards."""
    with plainly(path.parent):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="restoring-", suffix=".part", dir=path.parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def put_in(unpack: Unpack, folder: Path) -> dict[str, int]:
    """SQLite: everything into a folder; the rows of the database found there."""
    copy = folder / "shuke.db"
    with copy.open("xb") as file:
        for member in unpack.members():
            if member.room == "database":
                need_room(folder, member.size)
                file.write(member.unpacked())
            else:
                _put_file(member, folder)
        file.flush()
        os.fsync(file.fileno())
    return sqlite_side.check(copy)


def load(line: Any, unpack: Unpack, folder: Path) -> dict[str, int]:
    """PostgreSQL: tables into a schema of their own, files into a folder."""
    loading = postgres_side.Loading(line, unpack.opening)
    try:
        for member in unpack.members():
            if member.room == "tables":
                loading.take(member)
            else:
                _put_file(member, folder)
    except BaseException as error:
        loading.give_up(error)
        raise
    return loading.finish()


def _put_file(member: Member, folder: Path) -> None:
    if member.room not in ("media", "instance"):
        raise Refused(MISSING)
    path = folder / member.name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("xb") as file:
        path.chmod(0o600)
        for piece in member.pieces:
            file.write(piece)
