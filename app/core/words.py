"""Sentences in the reader's language, looked up once a request: a page asks for hundreds."""

from collections.abc import Iterator
from contextlib import contextmanager
from gettext import NullTranslations
from typing import Any

from flask import Flask, g, has_app_context
from flask_babel import force_locale, get_translations


def _translations() -> NullTranslations:
    """The reader's catalogue, kept for the length of the request."""
    if not has_app_context():
        return NullTranslations()
    found = g.get("catalogue")
    if found is None:
        found = g.catalogue = get_translations()
    return found  # type: ignore[no-any-return]


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Sentences inside are in this language, whoever's request or job it is."""
    before = g.pop("catalogue", None)
    try:
        with force_locale(language):
            yield
    finally:
        g.pop("catalogue", None)
        if before is not None:
            g.catalogue = before


def say(message: str, **params: Any) -> str:
    """A sentence, with its parameters."""
    text = _translations().gettext(message)
    return text % params if params else text


def say_many(one: str, many: str, num: int) -> str:
    """A sentence with a number."""
    return _translations().ngettext(one, many, num) % {"num": num}


def days(num: int) -> str:
    """«3 天»: a number of days, to be put into a sentence."""
    return say_many("%(num)d 天", "%(num)d 天", num)


def install(app: Flask) -> None:
    """Templates look their sentences up here: plain text, which they escape like any other."""
    app.jinja_env.globals.update(_=say, gettext=say, ngettext=say_many, days=days)
