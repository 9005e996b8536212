"""The shop's own files while an import needs them: one private folder, made-up names."""

import hashlib
import os
import secrets
from pathlib import Path
from typing import BinaryIO

from app.core.errors import N_, Refused

MOST_BYTES = 12 * 1024 * 1024
PIECE = 1 << 16

# Handed over in wiring.py: the folder of all uploads.
media_root = Path()


def set_up(folder: Path) -> None:
    global media_root
    media_root = folder


def keep(stream: BinaryIO) -> tuple[str, str]:
    """Copy a file into our folder; (its name there, its SHA-256)."""
    name, digest, size = secrets.token_hex(16), hashlib.sha256(), 0
    file = os.open(_folder() / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "wb") as copy:
            while piece := stream.read(PIECE):
                size += len(piece)
                if size > MOST_BYTES:
                    raise Refused(N_("文件超过 12 MB；请分成几个文件再上传"), field="file")
                digest.update(piece)
                copy.write(piece)
    except BaseException:
        forget(name)
        raise
    return name, digest.hexdigest()


def where(name: str) -> Path:
    return _folder() / name


def forget(name: str) -> None:
    """The file has done its work, or was no good."""
    where(name).unlink(missing_ok=True)


def _folder() -> Path:
    folder = media_root / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
