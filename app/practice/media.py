"""Pictures and voices of practice: those we ship, and those that were uploaded."""

import re
import secrets
import shutil
from pathlib import Path

from app.core.errors import N_, Refused

SHIPPED = Path(__file__).parent / "media"
VOICE = "hello.amr"
SAMPLES = {"bottle.png": N_("奶瓶"), "size.png": N_("尺码表")}
LARGEST = 2 * 1024 * 1024
TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "amr": "audio/amr"}
UPLOADED = re.compile(r"[0-9a-f]{32}\.(png|jpg|gif)")


def keep(content: bytes, root: Path) -> str:
    """Keep an uploaded picture under a made-up name, which is its media id."""
    if len(content) > LARGEST:
        raise Refused(N_("图片超过 2 MB，请换一张小一点的"), field="picture")
    name = f"{secrets.token_hex(16)}.{_kind_of(content)}"
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


def find(name: str, root: Path) -> tuple[bytes, str] | None:
    """(content, content type) of a media id, or None."""
    path = None
    if name == VOICE or name in SAMPLES:
        path = SHIPPED / name
    elif UPLOADED.fullmatch(name):
        path = root / "practice" / name
    if path is None or not path.is_file():
        return None
    return path.read_bytes(), TYPES[path.suffix[1:]]


def clear(root: Path) -> None:
    """Remove what was uploaded."""
    shutil.rmtree(root / "practice", ignore_errors=True)
