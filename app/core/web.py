"""How we answer: whole pages and parts, errors in the product's look, headers."""

import logging
import secrets
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    has_request_context,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from prometheus_client import Histogram
from sqlalchemy.exc import DataError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import IntegerConverter, ValidationError

from app.core import jobs, logs, static_files
from app.core.db import db, is_away, stop_writing
from app.core.errors import Refused
from app.core.forms import clean
from app.core.writers import Busy
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


# Errors ---------------------------------------------------------------------------------------


def _refused(no: Refused) -> Response:
    stop_writing()
    text = _(no.message, **no.params)
    return _flashed(409, text) if wants_part() else _plain(409, _("现在不能这样做"), text)


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    if code < 400:
        return error.get_response()  # type: ignore[return-value]
    if code == 500:
        return _broken(error)
    stop_writing()
    title, text = _explained().get(code, (_("这个请求没有成功"), _("请回到上一页再试一次。")))
    if isinstance(error, CSRFError):
        text = _("页面放得太久了，或者登录已经换人。请刷新页面再试，填的内容还在。")
    if isinstance(error, SecurityError):  # a host that is not ours: no page, its links need one
        body = "\n".join((title, text, ""))
        return Response(body, status=400, content_type="text/plain; charset=utf-8")
    answer = _part_or_plain(code, title, text)
    for name, value in error.get_headers() if code in (405, 429) else []:
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _explained() -> dict[int, tuple[str, str]]:
    return {
        400: (_("请求不完整"), _("请刷新页面再试一次。")),
        401: (_("请先登录"), _("登录已经结束，请重新登录后再试。")),
        403: (_("你没有这个权限"), _("需要的话，请店主给你开通。")),
        404: (_("没有找到"), _("没有这一页，或者它不归你看。请从列表里再找一次。")),
        405: (_("不能这样打开"), _("请从页面上的按钮操作。")),
        413: (_("内容太大了"), _("请换一个小一点的文件，或者分几次来。")),
        422: (_("内容不对"), _("请检查填写的内容后再试。")),
        429: (_("试得太频繁了"), _("请过几分钟再试。")),
    }


def _part_or_plain(code: int, title: str, text: str) -> Response:
    whole = _("：").join((title, text))
    return _flashed(code, whole) if wants_part() else _plain(code, title, text)


def _flashed(code: int, text: str) -> Response:
    """For htmx: said above the page, which stays as it is."""
    answer = make_response(render_template("ui/_flash.html", messages=[("error", text)]), code)
    answer.headers["HX-Retarget"] = "#flash"
    answer.headers["HX-Reswap"] = "outerHTML"
    return answer


def _plain(code: int, title: str, text: str) -> Response:
    body = render_template(
        "errors/plain.html", code=code, title=title, reason=text, reference=reference()
    )
    return make_response(body, code)


def _broken(error: Exception) -> Response:
    """A fault of ours: static words and a reference that stands in the log line too."""
    log.error("request %s broke", reference(), exc_info=error)
    body = _static_500().replace("{{ reference }}", reference())
    return Response(body, status=500, content_type="text/html; charset=utf-8")


@lru_cache
def _static_500() -> str:
    path = Path(__file__).parent.parent / "templates" / "errors" / "500.html"
    return path.read_text(encoding="utf-8")


def _unfit(error: Exception) -> Response:
    """A value that a database cannot hold got past the forms: the sender's fault, and a bug."""
    db.session.rollback()
    log.error("unfit value: %s", type(error).__name__)
    if g.get("raise_unfit"):
        raise error
    abort_with = HTTPException()
    abort_with.code = 422
    return _http(abort_with)


def _away(error: Exception) -> Response:
    """The database lets nobody write, or is not there: who asked may come again in a moment."""
    if not is_away(error):
        if current_app.testing:
            raise error
        return _broken(error)
    stop_writing()
    log.error("database away: %s", type(error).__name__)
    text = _("现在存不下来：数据库正忙，或者硬盘满了。请过几秒再试，填的内容还在。")
    try:
        answer = _part_or_plain(503, _("请稍等一下再试"), text)
    except (SQLAlchemyError, Busy):  # not even what stands around every page can be read
        return _broken(error)
    answer.headers["Retry-After"] = "5"
    return answer


def reference() -> str:
    """This request's number: on error pages, in X-Request-Id, and on every line of its log."""
    if "reference" not in g:
        g.reference = secrets.token_hex(4)
    return str(g.reference)


# Headers ----------------------------------------------------------------------------------------


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
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    logs.surroundings[:] = [_about_request, jobs.about]
    app.after_request(_finish)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Busy, _away)
    app.register_error_handler(OperationalError, _away)
    app.register_error_handler(DataError, _unfit)
    app.register_error_handler(OverflowError, _unfit)
    app.register_error_handler(UnicodeError, _unfit)
    if not app.testing:
        app.register_error_handler(Exception, _broken)
