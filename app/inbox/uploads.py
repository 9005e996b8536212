"""What a colleague picks or records for a customer: looked at before it is kept."""

from typing import BinaryIO

from app.core import files, pictures
from app.core.errors import N_, Refused
from app.inbox import attaching

MOST = {"image": 10 * 1024 * 1024, "voice": 6 * 1024 * 1024}
TOO_LARGE = {
    "image": N_("图片超过 10 MB，请换一张小一点的"),
    "voice": N_("录音太大，最多 6 MB，请录短一点"),
}
SORTS = {"image": files.PICTURES, "voice": files.SOUNDS}
OTHER = {
    "image": N_("这不是图片：请选 JPG、PNG、GIF 或 WebP"),
    "voice": N_("这不是录音：请选 MP3、AMR、M4A、OGG 或 WAV"),
}
BOMB = N_("图片的尺寸太大，打不开。请缩小后再发")


def keep(stream: BinaryIO, kind: str, folder: str = attaching.FOLDER) -> tuple[str, str]:
    """Copy it into a folder of ours: its made-up name, and digest. Refused by what it really is."""
    name = files.made_up()
    path = files.where(folder, name)
    copied = files.copy(files.pieces_of(stream), path, most=MOST[kind], too_large=TOO_LARGE[kind])
    sort = files.sort_of(copied.head)
    bomb = kind == "image" and pictures.is_bomb(sort, copied.head)
    if bomb or sort not in SORTS[kind]:
        files.forget(folder, name)
        raise Refused(BOMB if bomb else OTHER[kind], field="file")
    return name, copied.digest
