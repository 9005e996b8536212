"""Logs: one JSON line each, without the people they are about.

Telephone numbers, openids and secrets are masked wherever they stand. Of an error its kind and its
place are told; its words only where they cannot quote what somebody typed.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from jinja2 import UndefinedError
from sqlalchemy.exc import OperationalError

LONGEST = 2000
FRAMES = 8
OWN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Their words name code, never what came in.
HARMLESS = (AttributeError, ImportError, NameError, TypeError, UndefinedError)

MASKS = (
    # +86 138 0013 8000, with or without blanks and dashes
    (re.compile(r"(?<![0-9A-Za-z])((?:\+?86[- ]?)?1[3-9]\d)[- ]?\d{4}[- ]?(\d{4})(?!\d)"),
     r"\1****\2"),
    (re.compile(r"(?<![\w-])o[A-Za-z0-9_-]{27}(?![\w-])"), "o***"),
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "***@***"),
    (re.compile(r"(?i)((?:access_token|secret|appsecret|password|passwd|token|code|signature|openid"
                r"|cookie|authorization)[\"']?\s*[=:]\s*[\"']?)(?:bearer\s+)?[^\s&\"',;}]+"),
     r"\1***"),
)  # fmt: skip

# Handed over by core/web.py: what the present request adds to a line.
surroundings: list[Callable[[], dict[str, Any]]] = []


def masked(text: str) -> str:
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return text


class OneLine(logging.Formatter):
    """A record as one line of JSON; what is not ASCII is escaped, so nothing can break the line."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": _said(record),
        }
        for show in surroundings:
            told |= show()
        told |= {k: v for k, v in vars(record).items() if k not in OWN}
        if record.exc_info and record.exc_info[1]:
            told |= _broken(record.exc_info[1])
        return json.dumps({k: _plain(v) for k, v in told.items()})


def _said(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return str(record.msg)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return masked(str(value)) if isinstance(value, int) and abs(value) > 10**9 else value
    return masked(str(value)[: 2 * LONGEST])[:LONGEST]


def _broken(error: BaseException) -> dict[str, Any]:
    """What broke and where; its words only when they are harmless."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    told = {
        "error": type(error).__name__,
        "where": " < ".join(f"{f.filename}:{f.lineno} {f.name}" for f in reversed(frames)),
    }
    if isinstance(error, HARMLESS):
        told["words"] = str(error)
    elif isinstance(error, OperationalError):
        told["words"] = str(error.orig).partition("\n")[0]
    elif isinstance(error, OSError):
        told["words"] = error.strerror or ""
    return told


def install(level: int) -> None:
    """Send all logs of this process to standard error, once."""
    root = logging.getLogger()
    if not any(isinstance(one.formatter, OneLine) for one in root.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(OneLine())
        root.addHandler(handler)
    root.setLevel(level)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
