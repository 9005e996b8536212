"""Static files are asked for by the hash of their content, so a browser may keep them for ever.

Scripts that a page wants together come in one request: `js/shell+answers.js` is both of them.
"""

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort

TOGETHER = re.compile(r"js/([a-z]+(?:\+[a-z]+)+)\.js")


def address_of(app: Flask) -> Any:
    """The function that templates call as `static(path)`."""
    folder = Path(app.static_folder or "")

    @lru_cache
    def static(path: str) -> str:
        """The address of a static file, with the hash of its content: cached for ever."""
        content = _together(folder, path) or (folder / path).read_bytes()
        return f"{app.static_url_path}/{path}?v={hashlib.sha256(content).hexdigest()[:12]}"

    return static


def view_of(app: Flask) -> Callable[..., Any]:
    """The view of static files, which also knows scripts that come together."""
    folder, alone = Path(app.static_folder or ""), app.view_functions["static"]

    def static(filename: str) -> Any:
        try:
            scripts = _together(folder, filename)
        except FileNotFoundError:
            abort(404)
        if not scripts:
            return alone(filename=filename)
        return Response(scripts, mimetype="text/javascript")

    return static


def _together(folder: Path, path: str) -> bytes:
    """Several scripts in one; nothing when the path names a single file."""
    names = TOGETHER.fullmatch(path)
    if not names:
        return b""
    return b"\n".join((folder / "js" / f"{n}.js").read_bytes() for n in names[1].split("+"))
