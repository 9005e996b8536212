"""Every door is closed until marked: who may enter a view, asked before the view runs."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request

from app.core.db import intend

View = TypeVar("View", bound=Callable[..., Any])
READS = ("GET", "HEAD", "OPTIONS")  # what changes no business row

# Handed over in wiring.py: who recognises a visitor before no door in particular; and the keeper
# of a kind of door -> answers None (enter) or a response.
greeters: list[Callable[[], Any]] = []
keepers: dict[str, Callable[[str], Any]] = {}


def door(permission: str) -> Callable[[View], View]:
    """Colleagues whose role has `permission` in the matrix of staff/roles.py."""
    return _mark("staff", permission)


def member(view: View) -> View:
    """A customer of ours in their own pages: a real row, and nobody else's things."""
    return _mark("member", "")(view)


def public(view: View) -> View:
    """Anybody: sign-in, health, static files."""
    return _mark("public", "")(view)


def platform(view: View) -> View:
    """A platform's callback, or a signed link: the signature is the secret, so there is no CSRF
    check."""
    return _mark("platform", "")(view)


def _mark(kind: str, permission: str) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.door = (kind, permission)  # type: ignore[attr-defined]
        return view

    return mark


def mark_of(endpoint: str) -> tuple[str, str] | None:
    """(kind, permission) of an endpoint's door, or None when it has none."""
    if endpoint == "static":
        return ("public", "")
    return getattr(current_app.view_functions.get(endpoint), "door", None)


def gate() -> Any:
    """Before every request: no route, no mark, no entry."""
    intend("read")
    if request.endpoint is None:  # an unknown address is told in the reader's own language
        for greet in greeters:
            greet()
        return None
    mark = mark_of(request.endpoint)
    if mark is None:
        abort(403)
    kind, permission = mark
    answer = keepers[kind](permission) if kind in keepers else None
    if request.method not in READS:
        intend("write")
    return answer


def install(app: Flask) -> None:
    app.before_request(gate)


def exempt(app: Flask, csrf: Any) -> None:
    """The doors whose secret is the request itself need no CSRF token."""
    for view in app.view_functions.values():
        if getattr(view, "door", ("", ""))[0] == "platform":
            csrf.exempt(view)
