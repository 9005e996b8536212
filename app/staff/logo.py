"""The shop's picture: whatever is uploaded is drawn anew, and only that is ever shown."""

from pathlib import Path
from typing import BinaryIO

from app.core import files, pictures, remaking, shop
from app.core.db import let_go
from app.core.errors import N_, Refused

FOLDER = "shop"
MOST = 5 * 1024 * 1024
TOO_LARGE = N_("图片超过 5 MB，请换一张小一点的")
NO_PICTURE = N_("这不是图片，或者打不开：请选 JPG、PNG、GIF 或 WebP")
BOMB = N_("图片的尺寸太大，请缩小后再传")


def put(stream: BinaryIO) -> None:
    """Take a new picture in place of the old one. No transaction is open while it is drawn."""
    before, raw, name = shop.LOGO(), files.made_up(), files.made_up()
    source = files.where(FOLDER, raw)
    let_go()
    try:
        copied = files.copy(files.pieces_of(stream), source, most=MOST, too_large=TOO_LARGE)
        if pictures.is_bomb(files.sort_of(copied.head), copied.head):
            raise Refused(BOMB)
        made = remaking.remake("image", source, files.where(FOLDER, name), longest=0)
    except Refused as no:
        raise Refused(no.message, field="file") from no
    finally:
        files.forget(FOLDER, raw)
    if made.fault:
        raise Refused(BOMB if made.fault == "large" else NO_PICTURE, field="file")
    shop.LOGO.put(name)
    _forget(before)


def remove() -> None:
    before = shop.LOGO()
    shop.LOGO.put("")
    _forget(before)


def _forget(name: str) -> None:
    if name:
        files.forget(FOLDER, name)


def place(name: str) -> Path:
    """Where the small picture lies, which is all that a page needs."""
    return files.small_of(files.where(FOLDER, name))
