"""Compression: pages quickly for each answer, static files well and once."""

import gzip
from functools import lru_cache

from flask import Response

WORTH_ZIPPING = 600  # bytes
UNZIPPED = (204, 206, 304)  # no body, or a piece whose place in the whole is told


def zipped(answer: Response, *, static: bool) -> Response:
    """The answer, compressed where that is worth it, for who can read it."""
    kind = answer.mimetype or ""
    if answer.status_code in UNZIPPED:
        return answer
    if not kind.startswith(("text/", "application/javascript", "application/json", "image/svg")):
        return answer
    if "Content-Encoding" in answer.headers or (answer.is_streamed and not static):
        return answer
    answer.direct_passthrough = False
    body = answer.get_data()
    if len(body) >= WORTH_ZIPPING:
        answer.set_data(_zip_static(body) if static else _zip_page(body))
        answer.headers["Content-Encoding"] = "gzip"
        answer.vary.add("Accept-Encoding")
    return answer


def _zip_page(body: bytes) -> bytes:
    return gzip.compress(body, 4, mtime=0)


@lru_cache(maxsize=64)
def _zip_static(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)
