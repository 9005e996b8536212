"""One plain tar file, written and read in one pass, of which no byte may be wrong.

First comes `shuke-backup.json`, last `manifest.json`, `SHA256SUMS` of all members before it, and
`SEAL`, the SHA-256 of everything before that. So `tar` and `sha256sum -c` can read it without us.
"""

import gzip
import hashlib
import json
import re
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app.core.errors import N_, Refused

OPENING, MANIFEST, SUMS, SEAL = "shuke-backup.json", "manifest.json", "SHA256SUMS", "SEAL"
BLOCK = 512
READ = 1 << 18
PIECE = 4 << 20  # bytes of a table or of the database in one member, before it is packed
LARGEST_JSON = 4 << 20
NAME = re.compile(r"(database|tables/[a-z_0-9]+)/[0-9]{6}\.gz|(media|instance)/[^\0\\]+")

NOT_OURS = N_("这不是熟客的备份文件。请选 flask backup create 或「现在备份」做出来的文件")
CUT = N_("备份文件不完整：后面少了一截。请换一份备份")
BROKEN = N_("备份文件坏了：里面的 %(name)s 和记下的不一样。请换一份备份")
BROKEN_AT = N_("备份文件坏了：第 %(place)s 个字节附近的内容不对。请换一份备份")
BAD_NAME = N_("备份文件里有不该有的名字“%(name)s”，它不是熟客做的，或者被人动过。请不要用它")
MISSING = N_("备份文件里少了内容，或者多了内容，和它自己的清单对不上。请换一份备份")
LONG_NAME = N_("文件名太长，或者有认不出的字，放不进备份：%(name)s。请给它改名")
SHRUNK = N_("备份时有文件正在被改动：%(name)s。请再试一次")


class Sink(Protocol):
    def write(self, data: bytes, /) -> int: ...


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


def header(name: str, size: int) -> bytes:
    """The tar header of a member: always the same bytes for the same name and size."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    try:
        return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")
    except ValueError as error:
        raise Refused(LONG_NAME, name=ascii(name)) from error


class Pack:
    """Writes members into `out`, one after another."""

    def __init__(self, out: Sink, folder: Path) -> None:
        self.out, self.whole = out, hashlib.sha256()
        self.sums = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by finish

    def add(self, name: str, size: int, pieces: Iterable[bytes]) -> None:
        """A member of exactly `size` bytes."""
        self._write(header(name, size))
        own, left = hashlib.sha256(), size
        for whole in pieces:
            piece = whole[:left]
            own.update(piece)
            self._write(piece)
            left -= len(piece)
        if left:
            raise Refused(SHRUNK, name=name)
        self._write(bytes(-size % BLOCK))
        self.sums.write(_line(own.hexdigest(), name))

    def add_json(self, name: str, what: dict[str, Any]) -> None:
        data = json.dumps(what, ensure_ascii=False, indent=1).encode()
        self.add(name, len(data), [data])

    def add_packed(self, name: str, data: bytes) -> None:
        packed = gzip.compress(data, 1, mtime=0)
        self.add(name, len(packed), [packed])

    def finish(self, manifest: dict[str, Any]) -> None:
        self.add_json(MANIFEST, manifest)
        size = self.sums.tell()
        self.sums.seek(0)
        with self.sums:
            self.add(SUMS, size, _all(self.sums))
        seal = self.whole.hexdigest().encode()
        self.out.write(header(SEAL, len(seal)) + seal + bytes(-len(seal) % BLOCK))
        self.out.write(bytes(2 * BLOCK))

    def close(self) -> None:
        self.sums.close()

    def _write(self, data: bytes) -> None:
        self.whole.update(data)
        self.out.write(data)


def _line(digest: str, name: str) -> bytes:
    return f"{digest}  {name}\n".encode()


def _all(file: Any) -> Iterator[bytes]:
    while piece := file.read(READ):
        yield piece


@dataclass
class Member:
    name: str
    size: int
    pieces: Iterator[bytes]

    @property
    def room(self) -> str:
        return self.name.split("/")[0]

    def whole(self, most: int) -> bytes:
        if self.size > most:
            raise Refused(BROKEN, name=self.name)
        return b"".join(self.pieces)

    def unpacked(self) -> bytes:
        """What `add_packed` was given; never more than a piece, whatever the file says."""
        data, unzip = self.whole(2 * PIECE), zlib.decompressobj(31)
        try:
            clear = unzip.decompress(data, PIECE * 2)
        except zlib.error as error:
            raise Refused(BROKEN, name=self.name) from error
        if not unzip.eof or unzip.unused_data:
            raise Refused(BROKEN, name=self.name)
        return clear


class Unpack:
    """Reads a backup member by member. What was read is true only when `members` has ended."""

    def __init__(self, source: Source, told: Callable[[int], object]) -> None:
        self.source, self.told = source, told
        self.whole, self.sums = hashlib.sha256(), hashlib.sha256()
        self.place = 0
        name, size, _raw = self._header(first=True)
        if name != OPENING:
            raise Refused(NOT_OURS)
        self.opening: dict[str, Any] = self._json(name, size)
        self.manifest: dict[str, Any] = {}

    def members(self) -> Iterator[Member]:
        """All that the backup holds; each must be read before the next."""
        while True:
            name, size, _raw = self._header()
            if name == MANIFEST:
                self.manifest = self._json(name, size)
                self._end()
                return
            _check(name)
            member = Member(name, size, self._content(name, size))
            yield member
            for _rest in member.pieces:
                pass

    def _end(self) -> None:
        expected = self.sums.hexdigest()
        name, size, _raw = self._header()
        found = hashlib.sha256()
        if name != SUMS:
            raise Refused(MISSING)
        for piece in self._content(name, size):
            found.update(piece)
        if found.hexdigest() != expected:
            raise Refused(MISSING)
        seal = self.whole.hexdigest().encode()
        true = header(SEAL, len(seal)) + seal + bytes(-len(seal) % BLOCK) + bytes(2 * BLOCK)
        if self._read(len(true)) != true or self.source.read(1):
            raise Refused(BROKEN_AT, place=self.place)

    def _json(self, name: str, size: int) -> dict[str, Any]:
        if size > LARGEST_JSON:
            raise Refused(BROKEN, name=name)
        try:
            found = json.loads(b"".join(self._content(name, size)))
        except ValueError as error:
            raise Refused(BROKEN, name=name) from error
        if not isinstance(found, dict):
            raise Refused(BROKEN, name=name)
        return found

    def _header(self, first: bool = False) -> tuple[str, int, bytes]:
        start = self.place
        raw = self._read(BLOCK)
        try:
            info = tarfile.TarInfo.frombuf(raw, "utf-8", "strict")
            good = info.type == tarfile.REGTYPE and info.size >= 0
        except (tarfile.HeaderError, ValueError):
            good = False
        if not good and first:
            raise Refused(NOT_OURS)
        if not good or raw != header(info.name, info.size):
            raise Refused(BROKEN_AT, place=start)
        return info.name, info.size, raw

    def _content(self, name: str, size: int) -> Iterator[bytes]:
        own, left = hashlib.sha256(), size
        while left:
            piece = self._read(min(READ, left))
            own.update(piece)
            left -= len(piece)
            yield piece
        if any(self._read(-size % BLOCK)):
            raise Refused(BROKEN_AT, place=self.place)
        if name != SUMS:
            self.sums.update(_line(own.hexdigest(), name))

    def _read(self, size: int) -> bytes:
        data = self.source.read(size)
        if len(data) < size:
            raise Refused(CUT)
        self.whole.update(data)
        self.place += size
        self.told(size)
        return data


def _check(name: str) -> None:
    """Only the names that we write, and none that leads out of its folder."""
    parts = name.split("/")
    if not NAME.fullmatch(name) or any(part in ("", ".", "..") for part in parts):
        shown = "".join(c if c.isprintable() else "?" for c in name[:80])
        raise Refused(BAD_NAME, name=shown)
    if parts[0] == "instance" and len(parts) != 2:
        raise Refused(BAD_NAME, name=name[:80])
