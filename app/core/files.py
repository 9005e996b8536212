"""Files of strangers: kept under made-up names, told apart by content, handed out as harmless."""

import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from flask import Response, send_file

from app.core.errors import N_, Refused

PIECE = 1 << 16
HEAD = 1 << 18  # bytes of the beginning that tell what a file is
MADE_UP = re.compile(r"[0-9a-f]{32}")
SMALL = ".small"  # beside a picture: itself, for lists and bubbles
FULL = N_("服务器的硬盘满了，文件没有存下。请店主清理硬盘后再试")
# What a browser may show in our pages. All of it was written anew by us, none is text or markup.
INLINE = {"image/jpeg", "audio/mpeg", "video/mp4"}
UNKNOWN = "application/octet-stream"
SANDBOX = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"

# Handed over in wiring.py: the folder of all files.
root = Path()


def set_up(folder: Path) -> None:
    global root
    root = folder


@dataclass(frozen=True)
class Copied:
    size: int
    digest: str
    head: bytes


def pieces_of(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece


def copy(pieces: Iterable[bytes], path: Path, *, most: int, too_large: str) -> Copied:
    """Write a stream into a new file, never more than `most` bytes; nothing stays of a failure."""
    digest, size, head = hashlib.sha256(), 0, b""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as written:
            for piece in pieces:
                size += len(piece)
                if size > most:
                    raise Refused(too_large)
                digest.update(piece)
                head += piece[: HEAD - len(head)]
                written.write(piece)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refused(FULL) from error
        raise
    return Copied(size, digest.hexdigest(), head)


def made_up() -> str:
    """A name that says nothing and that nobody guesses."""
    return secrets.token_hex(16)


def where(folder: str, name: str) -> Path:
    """The place of one of our files; a name that we did not make has none."""
    if not MADE_UP.fullmatch(name):
        raise ValueError("not a name of ours")
    place = root / folder / name[:2]
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place / name


def small_of(path: Path) -> Path:
    return path.with_name(path.name + SMALL)


def forget(folder: str, name: str) -> None:
    path = where(folder, name)
    path.unlink(missing_ok=True)
    small_of(path).unlink(missing_ok=True)


def names_before(folder: str, moment: datetime) -> Iterator[list[str]]:
    """The names of files last written before a moment, a handful at a time."""
    for place in sorted((root / folder).glob("[0-9a-f][0-9a-f]")):
        old = [p.name for p in place.iterdir() if p.stat().st_mtime < moment.timestamp()]
        yield sorted({name.removesuffix(SMALL) for name in old})


def hand_out(path: Path, kind: str, called: str, *, save: bool = False) -> Response:
    """A private file: shown only where a browser cannot be fooled by it, else to be saved."""
    inline = kind in INLINE and not save
    answer = send_file(
        path,
        mimetype=kind if kind in INLINE else UNKNOWN,
        as_attachment=not inline,
        download_name=called,
        conditional=True,
        max_age=None,
    )
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["Cache-Control"] = "no-store"
    return answer


# What a file is, by its content: a name can say anything ----------------------------------------

BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF87a", "gif"),
    (b"GIF89a", "gif"), (b"#!AMR", "amr"), (b"ID3", "mp3"), (b"OggS", "ogg"),
    (b"\x1a\x45\xdf\xa3", "webm"),
)  # fmt: skip
PICTURES = {"png", "jpeg", "gif", "webp"}
SOUNDS = {"amr", "mp3", "ogg", "webm", "wav", "mp4"}
FILMS = {"mp4"}


def sort_of(head: bytes) -> str:
    """png, jpeg, gif, webp, amr, mp3, ogg, webm, wav or mp4; "" for everything else."""
    for beginning, sort in BEGINNINGS:
        if head.startswith(beginning):
            return sort
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return "mp4"
    if head[:1] == b"\xff" and head[1:2] and head[1] & 0xE6 == 0xE2:  # an MPEG frame, layer III
        return "mp3"
    return ""
