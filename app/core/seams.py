"""Two seams for the fault drills: a named point where a process ends itself, and a wrong clock.

SHUKE_FAULTS names a folder; production refuses it. A file there that is called like a point kills,
as `kill -9` would, the first process that comes to it. The file `clock` holds the seconds by which
our clock is wrong. Without the folder both seams do nothing.
"""

import os
import signal
from datetime import datetime, timedelta
from pathlib import Path

from app.core import clock

_folders: list[Path] = []  # at most one


def set_up(folder: Path | None) -> None:
    _folders[:] = [folder] if folder else []
    if folder:
        clock.source = _wrong_now


def crash_point(name: str) -> None:
    """Die here, if a drill has asked for it. The request is taken away first: one death each."""
    for folder in _folders:
        try:
            (folder / name).unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


def _wrong_now() -> datetime:
    for folder in _folders:
        try:
            wrong = float((folder / "clock").read_text())
        except (FileNotFoundError, ValueError):  # absent, or just being written
            break
        return clock.system_now() + timedelta(seconds=wrong)
    return clock.system_now()
