"""The small marks that pages draw by the hundred: icons, faces, states, addresses of rows.

Functions rather than macros, which cost ten times as much a call; a list draws three in each row.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, url_for
from markupsafe import Markup

from app.core.web import LARGEST_ID

FACES = 6  # soft colours
DECORATION = Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>')
SAID = Markup('<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"/></svg>')


def initials(name: str | None) -> str:
    """What stands in a face: the last two characters of a Chinese name, one Latin letter."""
    bare = (name or "").partition("(")[0].partition("（")[0].strip() or "·"
    return bare[0].upper() if bare[0].isascii() else bare[-2:]


@lru_cache(maxsize=4096)
def face(name: str | None, size: str = "") -> Markup:
    """A round face with initials; `size` is "", "sm" or "lg"."""
    colour, larger = len(name or "") % FACES, f" face-{size}" if size else ""
    return Markup('<span class="face face-{}{}" aria-hidden="true">{}</span>').format(
        colour, larger, initials(name)
    )


def links_to(endpoint: str, key: str, **others: Any) -> Callable[[int], str]:
    """The address of a row by its number, worked out once for a list and not once a row."""
    values: dict[str, Any] = {**others, key: LARGEST_ID}
    start, end = url_for(endpoint, **values).rsplit(str(LARGEST_ID), 1)
    return lambda number: f"{start}{number:d}{end}"


def install(app: Flask) -> None:
    sprite = next(Path(app.static_folder or "").glob("icons-*.svg")).name
    static: Callable[[str], str] = app.jinja_env.globals["static"]  # type: ignore[assignment]
    address = static(sprite)

    @lru_cache(maxsize=1024)
    def svg(name: str, label: str | None = None) -> Markup:
        """One icon of the sprite; without a `label` it is decoration beside a word."""
        if label is None:
            return DECORATION.format(address, name)
        return SAID.format(label, address, name)

    @lru_cache(maxsize=1024)
    def mark(word: str, tone: str = "grey") -> Markup:
        """A word with its colour: never the colour alone."""
        dot = svg("flame") if tone == "flame" else Markup('<i class="dot"></i>')
        return Markup('<span class="state tone-{}">{}{}</span>').format(tone, dot, word)

    app.jinja_env.globals.update(svg=svg, face=face, mark=mark, links_to=links_to)
