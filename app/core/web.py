"""How we answer: whole pages and parts, headers, one figure and one line for each request."""

import logging
import secrets
import time
from typing import Any

from flask import (
    Flask,
    Response,
    flash,
    g,
    has_request_context,
    make_response,
    redirect,
    render_template,
    request,
)
from prometheus_client import Histogram
from werkzeug.routing import IntegerConverter, ValidationError

from app.core import jobs, logs, static_files
from app.core.db import stop_writing
from app.core.forms import clean
from app.core.zipping import zipped

log = logging.getLogger(__name__)

CSP = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=(self), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
TOOK = Histogram(
    "shuke_request_seconds", "Time of a request until its answer", ["room", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
YEAR = 31_536_000
LARGEST_ID = 2**31 - 1
LONGEST_ID = 10  # digits


class Id(IntegerConverter):
    """A row's number in an address: larger ones than a database holds are unknown pages."""

    def __init__(self, url_map: Any) -> None:
        super().__init__(url_map, max=LARGEST_ID)

    def to_python(self, value: str) -> Any:
        if len(value) > LONGEST_ID:  # int() itself refuses thousands of digits
            raise ValidationError
        return super().to_python(value)


def wants_part() -> bool:
    """htmx asks for a part; a browser, or a return by «back», for the whole."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def page(whole: str, part: str | None = None, status: int = 200, **context: Any) -> Response:
    """The part for htmx, the whole for a browser. Rendering never holds the writer's lock."""
    if request.method == "POST":
        stop_writing()
    name = part if part and wants_part() else whole
    answer = make_response(render_template(name, **context), status)
    answer.headers["Vary"] = "HX-Request"
    return answer


def done(part: str, url: str, *, say: str | None = None, **context: Any) -> Response:
    """After a commit: the changed part for htmx, a redirect for a browser."""
    stop_writing()
    if say:
        flash(say, "ok")
    if not wants_part():
        return see(url)
    answer = make_response(render_template(part, **context) + _flashes_aside())
    answer.headers["Vary"] = "HX-Request"
    return answer


def see(url: str, *, say: str | None = None) -> Response:
    """Go and look there (303); htmx follows with a whole page."""
    if say:
        flash(say, "ok")
    if wants_part():
        answer = Response(status=204)
        answer.headers["HX-Redirect"] = url
        return answer
    return redirect(url, 303)  # type: ignore[return-value]


def _flashes_aside() -> str:
    return render_template("ui/_flash.html", aside=True)


def arg(name: str, default: str = "", most: int = 100) -> str:
    """A cleaned query parameter of at most `most` characters."""
    return clean(request.args.get(name, default))[:most].strip()


def number_arg(name: str) -> int | None:
    """A row's number from the query, or None when it is no such thing."""
    text = request.args.get(name, "")
    known = text.isascii() and text.isdigit() and len(text) <= LONGEST_ID
    return min(int(text), LARGEST_ID) if known else None


def own_path(target: str | None) -> str:
    """`target` when it is a path of our own, else «/»: no redirect leaves the house."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    if any(ord(c) <= 32 or ord(c) == 127 or c == "\\" for c in target) or len(target) > 500:
        return "/"
    return target


# Headers ----------------------------------------------------------------------------------------


def reference() -> str:
    """This request's number: on error pages, in X-Request-Id, and on every line of its log."""
    if "reference" not in g:
        g.reference = secrets.token_hex(4)
    return str(g.reference)


def _about_request() -> dict[str, Any]:
    """What every line of the log says of the request that it belongs to."""
    if not has_request_context():
        return {}
    rule = request.url_rule.rule if request.url_rule else ""
    return {"request": reference(), "method": request.method, "address": rule}


def _begin() -> None:
    g.began = time.perf_counter()


def _measure(answer: Response) -> None:
    """One figure and one line for each request; the address is the rule, not what was typed."""
    took = time.perf_counter() - g.get("began", time.perf_counter())
    if request.endpoint == "static":
        return
    room = request.blueprint or "none"
    TOOK.labels(room, f"{answer.status_code // 100}xx").observe(took)
    told = {"status": answer.status_code, "ms": round(1000 * took, 1)}
    if answer.status_code in (401, 403, 429):
        person = g.get("me")
        log.warning("request refused", extra={**told, "by": person.id if person else None})
    elif answer.status_code != 204:
        log.info("request", extra=told)


def _finish(answer: Response) -> Response:
    _measure(answer)
    answer.headers["X-Request-Id"] = reference()
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
    static = request.endpoint == "static"
    if static and answer.status_code < 400:
        forever = f"public, max-age={YEAR}, immutable" if "v" in request.args else "no-cache"
        answer.headers["Cache-Control"] = forever
    else:
        answer.headers.setdefault("Cache-Control", "no-store")
    reads_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    return zipped(answer, static=static) if reads_gzip else answer


def install(app: Flask) -> None:
    app.url_map.converters["int"] = Id
    app.jinja_env.globals["static"] = static_files.address_of(app)
    app.view_functions["static"] = static_files.view_of(app)
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    logs.surroundings[:] = [_about_request, jobs.about]
    app.after_request(_finish)
