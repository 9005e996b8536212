"""Flask and its extensions, set up once."""

import logging
from collections.abc import Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g, get_flashed_messages, has_request_context, request
from flask.templating import Environment
from flask_babel import Babel
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined

from app.config import Settings
from app.core import logs, seams, shop
from app.core.db import db
from app.core.web import wants_part

# Handed over in wiring.py: what the pages of a signed-in colleague show around their content.
surroundings: list[Callable[[Any], dict[str, Any]]] = []

csrf = CSRFProtect()
babel = Babel()

LANGUAGES = ("zh", "en")
FOR_MEMBERS = ("/m/", "/g/")  # pages of customers, not of colleagues
LARGEST_REQUEST = 12 * 1024 * 1024  # an import's file; all else is far smaller
LARGEST_HEARD = 32 * 1024 * 1024  # up to here it is refused in our own words
LARGEST_FORM = 512 * 1024
HIDDEN = {"hide_parameters": True}  # an error's words never hold what was to be stored
POOL = {"pool_size": 10, "max_overflow": 4, "pool_timeout": 10, "pool_pre_ping": True}


class Templates(Environment):
    """No template has globals of its own here, so all share ours as they are: a map over two maps
    would be walked through in Python at each of a page's twenty imports."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


def flask_settings(settings: Settings) -> dict[str, Any]:
    """What Flask and its extensions want to know."""
    return {
        "SHUKE": settings,
        "TESTING": settings.env == "testing",
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url),
        "TRUSTED_HOSTS": trusted_hosts(settings.public_url),
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST,
        "MAX_FORM_MEMORY_SIZE": LARGEST_FORM,
        "MAX_FORM_PARTS": 500,
        "SESSION_COOKIE_NAME": "shuke_form",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.public_url.startswith("https://"),
        "WTF_CSRF_TIME_LIMIT": None,  # bound to the session, so that a page left open still works
        "BABEL_DEFAULT_LOCALE": "zh",
        "BABEL_DEFAULT_TIMEZONE": str(settings.time_zone),
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
    }


def trusted_hosts(public_url: str) -> list[str] | None:
    """The names that we answer to: any before PUBLIC_URL is set, then that one and our own."""
    name = urlsplit(public_url).hostname
    return [name, "127.0.0.1", "localhost"] if name else None


def engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {**HIDDEN, "connect_args": {"check_same_thread": False, "timeout": 5}}
    return {**HIDDEN, **POOL}


def set_up(app: Flask) -> None:
    seams.set_up(app.config["SHUKE"].faults)
    shop.set_up(app.config["SHUKE"])
    app.jinja_environment = Templates
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.auto_reload = False
    db.init_app(app)
    babel.init_app(app, locale_selector=language)
    app.context_processor(in_every_page)
    app.before_request(keep_small)
    app.before_request(shop.refresh)
    if not app.testing:
        logs.install(logging.WARNING)


def keep_small() -> None:
    """Only a form with files may be as large as an import; a text has LARGEST_FORM at most."""
    if request.mimetype != "multipart/form-data":
        request.max_content_length = LARGEST_FORM


def language() -> str:
    """The reader's language: a colleague's own; what a member's browser asks for; else Chinese."""
    if not has_request_context():
        return "zh"
    person = g.get("me")
    if person:
        return str(person.language)
    if request.path.startswith(FOR_MEMBERS):
        return request.accept_languages.best_match(LANGUAGES) or "zh"
    return "zh"


def in_every_page() -> dict[str, Any]:
    person = g.get("me")
    messages = get_flashed_messages(with_categories=True)
    around = {
        "current_user": person,
        "messages": messages,
        "language": language(),
        "shop": {"name": shop.name(), "logo": shop.logo()},
    }
    if person and not wants_part():
        for show in surroundings:
            around |= show(person)
    return around
