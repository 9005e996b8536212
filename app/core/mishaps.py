"""What went wrong, told: in the product's look, for htmx in the corner, with words that help."""

import logging
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, g, make_response, render_template
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, SecurityError

from app.core.db import db, is_away, stop_writing
from app.core.errors import Refused
from app.core.web import reference, wants_part
from app.core.writers import Busy

log = logging.getLogger(__name__)


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


def install(app: Flask) -> None:
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Busy, _away)
    app.register_error_handler(OperationalError, _away)
    app.register_error_handler(DataError, _unfit)
    app.register_error_handler(OverflowError, _unfit)
    app.register_error_handler(UnicodeError, _unfit)
    if not app.testing:
        app.register_error_handler(Exception, _broken)
