"""Taking a backup while the shop is open."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from app.core import schema
from app.core.backup import postgres_side, sqlite_side
from app.core.backup.packing import OPENING, READ, Pack
from app.core.backup.places import Place, keep, need_room, plainly
from app.core.backup.sealing import Sealer
from app.core.clock import now
from app.core.errors import N_, Refused

FORMAT = 1
EXISTS = N_("%(path)s 已经在了，不会覆盖它。请换一个文件名")
NO_FOLDER = N_("没有 %(path)s 这个文件夹。请先建好，或换一个地方")
NO_DATABASE = N_("这里还没有数据库，没有可备份的。请先运行 flask db upgrade")
TOLD_PARTS = 2  # a SQLite database is copied, then packed

Told = Callable[[int, int], object]  # (bytes since the last time, bytes in all)


@dataclass(frozen=True)
class Taken:
    """What a backup came to."""

    size: int
    counts: dict[str, int]
    media: int


def nobody(_bytes: int, _total: int) -> None:
    """Nobody watches."""


def take(place: Place, target: Path, *, passphrase: str = "", told: Told = nobody) -> Taken:
    """The whole shop into the one file `target`, which is there complete or not at all."""
    if target.exists():
        raise Refused(EXISTS, path=str(target))
    if not target.parent.is_dir():
        raise Refused(NO_FOLDER, path=str(target.parent))
    with plainly(target.parent), _part_of(target) as out:
        sink = Sealer(out, passphrase) if passphrase else None
        pack = Pack(sink or out, target.parent)
        try:
            manifest = _fill(pack, place, target, told)
            pack.finish(manifest)
        finally:
            pack.close()
        if sink:
            sink.close()
    return Taken(target.stat().st_size, manifest["counts"], manifest["media"])


@contextmanager
def _part_of(target: Path) -> Iterator[BinaryIO]:
    """Write beside it, make it durable, then give it its name: nobody sees half a backup."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    keep(target.parent)


def _fill(pack: Pack, place: Place, target: Path, told: Told) -> dict[str, Any]:
    media = sum(path.stat().st_size for _name, path in place.media_files())
    if place.database:
        counts = _fill_from_sqlite(pack, place.database, target, media, told)
    else:
        counts = _fill_from_postgres(pack, place, media, told)
    for name, data in place.secrets().items():
        pack.add(f"instance/{name}", len(data), [data])
    files = 0
    for name, path in place.media_files():
        files += _add_file(pack, f"media/{name}", path)
    return {**_opening(), "counts": counts, "media": files}


def _opening() -> dict[str, Any]:
    return {"format": FORMAT, "made_by": schema.version(), "made_at": now().isoformat()}


def _fill_from_sqlite(
    pack: Pack, live: Path, target: Path, media: int, told: Told
) -> dict[str, int]:
    if not live.exists():
        raise Refused(NO_DATABASE)
    size = sqlite_side.size_of(live)
    need_room(target.parent, size + size // 2 + media)
    copy = target.with_name(f".{target.name}.{secrets.token_hex(4)}.copy.part")

    def tell(done: int) -> None:
        told(done, TOLD_PARTS * size)

    try:
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        sqlite_side.snapshot(live, copy, tell)
        revision, counts = sqlite_side.revision(copy), sqlite_side.check(copy)
        if not revision:
            raise Refused(NO_DATABASE)
        pack.add_json(OPENING, {**_opening(), "kind": sqlite_side.KIND, "revision": revision})
        sqlite_side.pack(copy, pack, tell)
    finally:
        for tail in ("", "-journal", "-wal", "-shm"):
            Path(f"{copy}{tail}").unlink(missing_ok=True)
    return counts


def _fill_from_postgres(pack: Pack, place: Place, media: int, told: Told) -> dict[str, int]:
    with postgres_side.snapshot(place.engine) as line:
        found = postgres_side.described(line)
        if "alembic_version" not in found["tables"]:
            raise Refused(NO_DATABASE)
        size = postgres_side.size_of(line)
        revision = line.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        head = {**_opening(), "kind": postgres_side.KIND, "revision": revision, **found}
        pack.add_json(OPENING, head)
        return postgres_side.pack(line, found["tables"], pack, lambda done: told(done, size))


def _add_file(pack: Pack, name: str, path: Path) -> int:
    """A file of the media; one that has gone meanwhile was not wanted any more."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return 0
    with file:
        size = os.fstat(file.fileno()).st_size
        pack.add(name, size, iter(lambda: file.read(READ), b""))
    return 1
