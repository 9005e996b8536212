"""What a colleague picks or records: looked at before it is kept."""

from dataclasses import dataclass
from typing import BinaryIO

from app.core import files, papers, pictures
from app.core.errors import N_, Refused

MB = 1024 * 1024
MOST = {"image": 10 * MB, "voice": 6 * MB, "video": 10 * MB, "file": 10 * MB}
TOO_LARGE = {
    "image": N_("图片超过 10 MB，请换一张小一点的"),
    "voice": N_("录音太大，最多 6 MB，请录短一点"),
    "video": N_("视频超过 10 MB，微信不收。请剪短，或者用手机压缩后再发"),
    "file": N_("文件超过 10 MB，请压缩或分成几个再发"),
}
LIMITS = {kind: (MOST[kind], TOO_LARGE[kind]) for kind in MOST}  # told before the way is gone
SORTS = {"image": files.PICTURES, "voice": files.SOUNDS, "video": files.FILMS}
OTHER = {
    "image": N_("这不是图片：请选 JPG、PNG、GIF 或 WebP"),
    "voice": N_("这不是录音：请选 MP3、AMR、M4A、OGG 或 WAV"),
    "video": N_("这不是 MP4 视频：微信只收 MP4，请先转成 MP4 再发"),
    "file": N_("这种文件不能发：请选 PDF、Word、Excel、PPT、图片、文本或压缩包"),
}
BOMB = N_("图片的尺寸太大，打不开。请缩小后再发")


@dataclass(frozen=True)
class Kept:
    """A file of ours under a made-up name; `called` is what a document is called, else ""."""

    name: str
    digest: str
    called: str = ""


def keep(stream: BinaryIO, kind: str, folder: str, *, called: str = "") -> Kept:
    """Copy it into a folder of ours. Refused by what it really is."""
    name = files.made_up()
    path = files.where(folder, name)
    copied = files.copy(files.pieces_of(stream), path, most=MOST[kind], too_large=TOO_LARGE[kind])
    no, endings = _fault(kind, copied.head), papers.endings_of(copied.head)
    if no:
        files.forget(folder, name)
        raise Refused(no, field="file")
    return Kept(name, copied.digest, papers.called(called, endings) if kind == "file" else "")


def _fault(kind: str, head: bytes) -> str:
    if kind == "file":
        return "" if papers.endings_of(head) else OTHER[kind]
    sort = files.sort_of(head)
    if kind == "image" and pictures.is_bomb(sort, head):
        return BOMB
    return "" if sort in SORTS[kind] else OTHER[kind]
