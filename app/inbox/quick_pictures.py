"""The picture of a quick reply: kept once, and handed to each message that sends it."""

import os
from typing import BinaryIO

from app.core import files
from app.core.errors import N_, Refused
from app.inbox import attaching, uploads

FOLDER = "quick"
LOST = N_("这条快捷回复的图片找不到了，没有发。请到快捷回复里重新选一张")


def keep(stream: BinaryIO) -> str:
    """The made-up name of an uploaded picture; Refused by what it really is."""
    name, _digest = uploads.keep(stream, "image", FOLDER)
    return name


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
