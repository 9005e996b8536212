"""The shop's own files while an import needs them: one private folder, made-up names."""

from pathlib import Path
from typing import BinaryIO

from app.core import files
from app.core.errors import N_, Refused

FOLDER = "imports"
MOST_BYTES = 12 * 1024 * 1024
TOO_LARGE = N_("文件超过 12 MB；请分成几个文件再上传")


def keep(stream: BinaryIO) -> tuple[str, str]:
    """Copy a file into our folder; (its name there, its SHA-256)."""
    name = files.made_up()
    try:
        copied = files.copy(
            files.pieces_of(stream), where(name), most=MOST_BYTES, too_large=TOO_LARGE
        )
    except Refused as no:
        raise Refused(no.message, field="file") from no
    return name, copied.digest


def where(name: str) -> Path:
    return files.where(FOLDER, name)


def forget(name: str) -> None:
    """The file has done its work, or was no good."""
    files.forget(FOLDER, name)
