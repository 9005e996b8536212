"""Pictures, voices and films of practice: those we ship, and those that were uploaded."""

import re
import secrets
import shutil
from pathlib import Path

from app.core import files
from app.core.clock import now
from app.core.errors import N_, Refused

SHIPPED = Path(__file__).parent / "media"
VOICE, FILM = "hello.amr", "shelf.mp4"
SAMPLES = {"bottle.png": N_("奶瓶"), "size.png": N_("尺码表")}
LARGEST = 2 * 1024 * 1024
LASTING = 3 * 24 * 3600  # seconds that the platform keeps an upload
TYPES = {
    "png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "amr": "audio/amr",
    "mp3": "audio/mpeg", "mp4": "video/mp4",
}  # fmt: skip
UPLOADED = re.compile(r"[0-9a-f]{32}\.(png|jpg|gif|amr|mp3|mp4)")
# What the platform takes from a shop: type -> (its sorts, the most bytes).
TAKEN = {
    "image": ({"png": "png", "jpeg": "jpg", "gif": "gif"}, 10 * 1024 * 1024),
    "voice": ({"amr": "amr", "mp3": "mp3"}, 2 * 1024 * 1024),
    "video": ({"mp4": "mp4"}, 10 * 1024 * 1024),
}


def keep(content: bytes, root: Path) -> str:
    """Keep an uploaded picture under a made-up name, which is its media id."""
    if len(content) > LARGEST:
        raise Refused(N_("图片超过 2 MB，请换一张小一点的"), field="picture")
    return _write(content, _kind_of(content), root)


def take(kind: str, content: bytes, root: Path) -> str | int:
    """What the shop uploads, by the platform's rules: a media id, or an error code."""
    if kind not in TAKEN:
        return 40004
    sorts, most = TAKEN[kind]
    sort = sorts.get(files.sort_of(content))
    if not content or len(content) > most:
        return 45001 if content else 44001
    return _write(content, sort, root) if sort else 40005


def _write(content: bytes, ending: str, root: Path) -> str:
    name = f"{secrets.token_hex(16)}.{ending}"
    folder = root / "practice"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return name


def _kind_of(content: bytes) -> str:
    """By the content itself: a name can say anything."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and b"IHDR" in content[8:24]:
        return "png"
    if content.startswith(b"\xff\xd8\xff") and content.rstrip(b"\0").endswith(b"\xff\xd9"):
        return "jpg"
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    raise Refused(N_("这不是图片：请选 PNG、JPG 或 GIF"), field="picture")


def find(name: str, root: Path) -> tuple[Path, str] | None:
    """(file, content type) of a media id, or None."""
    path = None
    if name in (VOICE, FILM) or name in SAMPLES:
        path = SHIPPED / name
    elif UPLOADED.fullmatch(name):
        path = root / "practice" / name
    if path is None or not path.is_file():
        return None
    return path, TYPES[path.suffix[1:]]


def has(name: str) -> bool:
    """A media id that can still be sent."""
    found = find(name, files.root)
    return found is not None and not is_over(found[0])


def is_over(path: Path) -> bool:
    """The platform has forgotten it: three days after the upload."""
    return path.parent != SHIPPED and path.stat().st_mtime + LASTING < now().timestamp()


def clear(root: Path) -> None:
    """Remove what was uploaded."""
    shutil.rmtree(root / "practice", ignore_errors=True)
