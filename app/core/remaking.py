"""Strangers' pictures, voices and films, made anew in a short-lived process of their own.

The decoders are large and read hostile bytes: they never live in the web process or the worker.
What they crash, they crash alone; what they leak, they leak into nothing.
"""

import errno
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from app.core import files, pictures

SCRIPT = Path(__file__).with_name("remaker.py")
LOOKER = Path(__file__).with_name("qr_looker.py")
PATIENCE = 45  # seconds; the process ends itself sooner
TYPES = {"image": "image/jpeg", "voice": "audio/mpeg", "video": "video/mp4"}
SORTS = {"image": files.PICTURES, "voice": files.SOUNDS, "video": files.FILMS}


@dataclass(frozen=True)
class Made:
    """What came of it: `fault` is "", "broken", "large" or "long"."""

    fault: str = ""
    kind: str = files.UNKNOWN
    width: int = 0
    height: int = 0
    seconds: int = 0


def remake(kind: str, source: Path, target: Path, *, longest: int) -> Made:
    """Make an image, a voice or a video of `source` that is safe to show, into `target`."""
    with source.open("rb") as file:
        sort = files.sort_of(file.read(files.HEAD))
    if sort not in SORTS[kind]:
        return Made("broken")
    places = [str(one) for one in (source, target, files.small_of(target))]
    asked = [kind, sort, *places, str(longest), str(pictures.MOST_PIXELS)]
    try:
        told = _told(SCRIPT, asked)
    except (subprocess.SubprocessError, ValueError):
        told = {"fault": "broken"}
    if told.get("fault"):
        target.unlink(missing_ok=True)
        files.small_of(target).unlink(missing_ok=True)
        if told["fault"] == "full":
            raise OSError(errno.ENOSPC, "no space left")
        return Made(str(told["fault"]))
    width, height, seconds = (int(str(told.get(k, 0))) for k in ("width", "height", "seconds"))
    return Made("", TYPES[kind], width, height, seconds)


def shows_qr(picture: Path) -> bool:
    """Whether a picture that was made here shows a QR code; what it says stays unread."""
    try:
        return bool(_told(LOOKER, [str(picture)]).get("code"))
    except (subprocess.SubprocessError, ValueError):
        return False


def _told(script: Path, asked: list[str]) -> dict[str, object]:
    """Run a script with nothing of ours in its surroundings, and read what it says."""
    done = subprocess.run(  # noqa: S603 - our own script, paths of our making
        [sys.executable, "-I", str(script), *asked],
        capture_output=True,
        check=True,
        timeout=PATIENCE,
        env={"LC_ALL": "C.UTF-8"},
        cwd="/",
    )
    told = json.loads(done.stdout)
    if not isinstance(told, dict):
        raise ValueError
    return told
