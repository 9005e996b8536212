"""Static files are asked for by the hash of their content, so a browser may keep them for ever."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask


def address_of(app: Flask) -> Any:
    """The function that templates call as `static(path)`."""
    folder = Path(app.static_folder or "")

    @lru_cache
    def static(path: str) -> str:
        """The address of a static file, with the hash of its content: cached for ever."""
        content = (folder / path).read_bytes()
        return f"{app.static_url_path}/{path}?v={hashlib.sha256(content).hexdigest()[:12]}"

    return static
