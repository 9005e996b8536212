"""Where the parts of an installation lie, and how failures of a disk are said."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from app.config import Settings
from app.core.errors import N_, Refused

LARGEST_SECRET = 1 << 20
SEAL = ".seal"  # says where a book of the database ends: untrue of any other database
NOT_SECRETS = (SEAL, ".db", "-wal", "-shm", "-journal", ".lock", ".log", ".part", ".pid", ".sock")

FULL = N_("磁盘满了，没有做完，做了一半的文件已经删掉。请腾出空间再试：%(folder)s")
NO_ROOM = N_(
    "%(folder)s 的空间不够：大约要 %(need)s MB，只剩 %(free)s MB。请腾出空间，或换一个文件夹"
)
CANNOT = N_("读写 %(path)s 时失败（%(reason)s）。请检查它的权限和所在的磁盘")


@dataclass(frozen=True)
class Place:
    """One installation: its database, its media, the small files of its instance folder."""

    instance: Path
    media: Path
    secret_key: str
    engine: Engine

    @property
    def database(self) -> Path | None:
        """The database file, on SQLite."""
        url = self.engine.url
        return Path(url.database or "") if url.get_backend_name() == "sqlite" else None

    def secrets(self) -> dict[str, bytes]:
        """The small files of the instance folder, and the key in force, wherever it came from."""
        found = {p.name: p.read_bytes() for p in sorted(self.instance.iterdir()) if _is_secret(p)}
        return found | {"secret_key": self.secret_key.encode()}

    def media_files(self) -> Iterator[tuple[str, Path]]:
        """(name, file) of all media, in one order; links lead nowhere."""
        for folder, inner, names in os.walk(self.media):
            inner.sort()
            for name in sorted(names):
                path = Path(folder) / name
                if path.is_file() and not path.is_symlink() and not name.endswith(".part"):
                    yield path.relative_to(self.media).as_posix(), path


def place_of(settings: Settings, engine: Engine) -> Place:
    return Place(settings.instance, settings.media_root, settings.secret_key, engine)


def _is_secret(path: Path) -> bool:
    """What an installation cannot be itself without; never the database or its helpers."""
    if not path.is_file() or path.is_symlink() or ".before-" in path.name:
        return False
    return not path.name.endswith(NOT_SECRETS) and path.stat().st_size <= LARGEST_SECRET


def need_room(folder: Path, need: int) -> None:
    """Better before than after ten minutes."""
    free = shutil.disk_usage(folder).free
    if free < need:
        raise Refused(NO_ROOM, folder=str(folder), need=_mb(need), free=_mb(free))


def _mb(count: int) -> str:
    return f"{-(-count // 1_000_000):,}"


@contextmanager
def plainly(folder: Path) -> Iterator[None]:
    """A disk that is full or closed is said in words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "full" in str(error):
            raise Refused(FULL, folder=str(folder)) from error
        raise Refused(CANNOT, path=str(folder), reason=str(error)) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise Refused(FULL, folder=str(folder)) from error
        path = error.filename or folder
        raise Refused(CANNOT, path=str(path), reason=error.strerror or str(error)) from error


def keep(folder: Path) -> None:
    """What was renamed inside the folder stays so after a power cut."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
