"""Putting a backup in the shop's place. The old one is kept beside it; nothing is overwritten."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from app.core import schema
from app.core.backup import postgres_side, reading, sqlite_side
from app.core.backup.packing import Unpack
from app.core.backup.places import SEAL, Place, keep, plainly
from app.core.backup.reading import Proof
from app.core.backup.taking import Told, nobody
from app.core.clock import local, now
from app.core.db import prepare
from app.core.errors import N_, Refused

NOT_EMPTY = N_("这里已经有数据了，没有动它。要换成备份里的，请加 --force；现在的会留在旁边")
TOO_FAR = N_(
    "备份里的数据库不能改成现在版本的样子（%(reason)s），什么都没有动。"
    "请用做备份时的 %(version)s 版恢复，再升级"
)
IN_USE = N_("网页程序或后台程序还在用数据库。请先都停掉，再恢复")

# Handed over in wiring.py: what a shop from the past must not do again. Each gets the restored
# database before anybody else does.
afterwards: list[Callable[[Connection], None]] = []


@dataclass(frozen=True)
class Restored:
    proof: Proof
    aside: list[str]  # where the old parts are now
    key_in_force: bool  # is the backup's SECRET_KEY the one that this installation uses?


def nothing() -> None:
    """There is no transaction to end."""


def restore(
    place: Place, path: Path, *, passphrase: str = "", force: bool = False, told: Told = nobody
) -> Restored:
    """Read all of it, prove it, bring it up to date, and only then change places."""
    place.engine.dispose()
    with reading.opened(path, passphrase, told) as unpack:
        reading.same_kind(place, unpack)
        put = _into_sqlite if place.database else _into_postgres
        if _is_filled(place) and not force:
            raise Refused(NOT_EMPTY)
        with plainly(place.instance):
            return put(place, unpack, reading.is_sealed(path))


def _is_filled(place: Place) -> bool:
    if any(True for _file in place.media_files()):
        return True
    if place.database:
        return place.database.exists() and sqlite_side.has_rows(place.database)
    with place.engine.connect() as line:
        return postgres_side.has_rows(line)


def _into_sqlite(place: Place, unpack: Unpack, sealed: bool) -> Restored:
    live = place.database or Path()
    if live.exists() and not sqlite_side.is_free(live):
        raise Refused(IN_USE)
    with reading.scratch_beside(live) as folder:
        proof = reading.proof(unpack, reading.put_in(unpack, folder), sealed=sealed)
        with _movable(proof):
            _bring_up_to_date(folder / "shuke.db")
        if live.exists() and not sqlite_side.is_free(live):  # somebody came while we were reading
            raise Refused(IN_USE)
        return _swap(place, proof, folder, [(folder / "shuke.db", live)])


def _bring_up_to_date(copy: Path) -> None:
    engine = create_engine(f"sqlite:///{copy}")
    prepare(engine)
    try:
        with engine.connect() as line, schema.rebuilding(line):
            _forward(line)
    finally:
        engine.dispose()
    if not sqlite_side.is_free(copy):
        raise Refused(IN_USE)


def _forward(line: Connection) -> None:
    """The tables of this version, and none of the past's promises."""
    schema.forward(line)
    for settle in afterwards:
        settle(line)


@contextmanager
def _movable(proof: Proof) -> Iterator[None]:
    """A migration that stumbles over what the backup holds is said in words."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0][:120]
        raise Refused(TOO_FAR, reason=reason, version=proof.made_by) from error


def _into_postgres(place: Place, unpack: Unpack, sealed: bool) -> Restored:
    with place.engine.connect() as line, reading.scratch_beside(place.instance / "x") as folder:
        if not postgres_side.is_free(line):
            raise Refused(IN_USE)
        proof = reading.proof(unpack, reading.load(line, unpack, folder), sealed=sealed)
        with _movable(proof):
            _forward(line)
        if not postgres_side.is_free(line):
            raise Refused(IN_USE)
        aside = f"before_restore_{_stamp()}"
        old = postgres_side.change_places(line, aside)
        restored = _swap(place, proof, folder, [], seal=line.commit)
    return Restored(proof, [*old, *restored.aside], restored.key_in_force)


def _swap(
    place: Place, proof: Proof, folder: Path, pairs: list[tuple[Path, Path]],
    seal: Callable[[], object] = nothing,
) -> Restored:  # fmt: skip
    """Old parts step aside, new ones take their places; all of it or nothing."""
    (folder / "media").mkdir(exist_ok=True)
    in_force = _key_in_force(place, folder)
    pairs = [(folder / "media", place.media), *_secrets(place, folder), *pairs]
    leaving = [*place.instance.glob(f"*{SEAL}"), *(home for _new, home in pairs if home.exists())]
    stamp, undo, aside = _stamp(), [], []
    try:
        for home in leaving:
            old = home.with_name(f"{home.name}.before-restore-{stamp}")
            home.rename(old)
            undo.append((old, home))
            aside.append(str(old))
        for new, home in pairs:
            home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.move(new, home)  # the media may lie on another disk
            undo.append((home, new))
            keep(home.parent)
        seal()
    except BaseException:
        for moved, back in reversed(undo):
            shutil.move(moved, back)
        raise
    return Restored(proof, aside, in_force)


def _key_in_force(place: Place, folder: Path) -> bool:
    """A SECRET_KEY of the environment goes before the file that we put back."""
    standing, restored = place.instance / "secret_key", folder / "instance" / "secret_key"
    from_file = standing.exists() and standing.read_text("utf-8").strip() == place.secret_key
    return from_file or not restored.exists() or restored.read_text("utf-8") == place.secret_key


def _secrets(place: Place, folder: Path) -> list[tuple[Path, Path]]:
    """The small files that differ from those that stand."""
    found = []
    for path in sorted((folder / "instance").glob("*")):
        home = place.instance / path.name
        if not home.exists() or home.read_bytes() != path.read_bytes():
            found.append((path, home))
    return found


def _stamp() -> str:
    return f"{local(now()):%Y%m%d_%H%M%S}"
