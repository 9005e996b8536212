"""The picture of a quick reply: kept once, and handed to each message that sends it."""

import os
from pathlib import Path
from typing import Any, BinaryIO

from app.core import files, uploads
from app.core.db import let_go
from app.core.errors import N_, Refused
from app.core.jobs import job
from app.core.remaking import remake
from app.inbox import attaching

FOLDER = "quick"
LOST = N_("这条快捷回复的图片找不到了，没有发。请到快捷回复里重新选一张")


def keep(stream: BinaryIO) -> str:
    """The made-up name of an uploaded picture; Refused by what it really is."""
    return uploads.keep(stream, "image", FOLDER).name


@job(lane="media")
def make_small(kept: str) -> None:
    """What the panel shows of it: drawn anew, as every stranger's picture is."""
    source = files.where(FOLDER, kept)
    let_go()
    if not source.exists():
        return
    name = files.made_up()
    made = remake("image", source, files.where(FOLDER, name), longest=0)
    if not made.fault:
        files.small_of(files.where(FOLDER, name)).replace(files.small_of(source))
    files.forget(FOLDER, name)


def small_of(row: Any) -> Path | None:
    """The small picture of a quick reply, when it has one and it is drawn."""
    path = files.small_of(files.where(FOLDER, row.picture)) if row.picture else None
    return path if path and path.exists() else None


def for_message(kept: str) -> str:
    """The name of the same file among those of messages: no byte is copied."""
    name = files.made_up()
    try:
        os.link(files.where(FOLDER, kept), files.where(attaching.FOLDER, name))
    except FileNotFoundError as gone:
        raise Refused(LOST, field="text") from gone
    return name


def forget(kept: str) -> None:
    if kept:
        files.forget(FOLDER, kept)
