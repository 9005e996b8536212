"""How the house answers: headers, errors in its own look, addresses and input of every kind."""

import gzip
import io
import re
import tempfile
from urllib.parse import urljoin, urlsplit

import pytest
from flask import abort
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DataError

from app import config, create_app
from app.core import web, worker
from app.core.db import db
from app.core.doors import public
from app.core.errors import Refused
from app.core.web import own_path
from tests.house.walking import OPEN_TO_ALL, address, first_ids, rules

STRICT = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"  # noqa: E501 - one header
AWAY = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "https://evil.example", "https:evil.example", "http:/evil.example", "javascript:alert(1)",
    "data:text/html,x", "/\t/evil.example", "/\n/evil.example", "\t//evil.example",
    " //evil.example", "/ /evil.example", "user@evil.example", "//user@evil.example",
    "/a\\..\\evil", "evil.example", ".", "..", "", None, "/a\0b", "/a\x7fb", "?next=/", "#x",
    "ftp://evil.example", "//\\evil.example", "/\r\nSet-Cookie: a=b", "/x" * 400,
]  # fmt: skip


@pytest.mark.parametrize("target", AWAY)
def test_no_redirect_leaves_the_house(target):
    assert own_path(target) == "/"


@pytest.mark.parametrize("target", ["/", "/inbox", "/inbox?tab=all&x=%2F%2Fa", "/客户/1", "/a//b"])
def test_a_path_of_our_own_is_kept(target):
    assert own_path(target) == target


@given(st.text(max_size=40) | st.from_regex(r"\A[/\\]{1,3}[a-z./\\@:]{0,20}\Z"))
def test_whatever_is_asked_for_stays_with_us(target):
    there = urlsplit(urljoin("http://shop.example/login", own_path(target)))
    assert (there.scheme, there.netloc) == ("http", "shop.example")


def strict(answer):
    assert answer.headers["Content-Security-Policy"] == STRICT
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")  # or stricter
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Server" not in answer.headers
    return True


@pytest.mark.once
def test_every_answer_carries_the_strict_headers(app, browser, lin, chief):
    owner, ids = browser.as_(chief), first_ids()
    for rule, _kind in rules(app, "GET"):
        for who in (browser, owner):
            answer = who.get(address(rule, ids))
            assert strict(answer), rule
            assert answer.headers["Cache-Control"] == "no-store", rule


@pytest.mark.parametrize(
    "path", ["/nothing", "/login/x", "/wechat/callback/x", "/static/nothing.js"]
)
def test_an_unknown_page_is_told_in_our_look(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 404
    assert strict(answer)
    assert "没有找到" in answer.text
    assert path not in answer.text


def test_a_part_that_is_not_there_is_told_in_the_corner(browser, amy):
    answer = browser.as_(amy).htmx.get("/inbox/99")
    assert answer.status_code == 404
    assert answer.headers["HX-Retarget"] == "#flash"
    assert answer.headers["HX-Reswap"] == "outerHTML"
    assert "<html" not in answer.text
    assert "没有找到" in answer.text


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_a_wrong_method_is_405_and_says_which_are_right(browser, method):
    answer = browser._ask(method, "/logout")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert strict(answer)


def test_too_much_is_413(browser, amy):
    answer = browser.as_(amy).post("/inbox/1/messages", text="x" * 600_000)
    assert answer.status_code == 413
    assert "太大" in answer.text


def test_too_many_fields_are_413(browser, amy):
    answer = browser.as_(amy).post("/inbox/1/messages", **{f"f{n}": "1" for n in range(600)},
                                   _files={"a": (io.BytesIO(b"x"), "a.txt")})  # fmt: skip
    assert answer.status_code == 413


@pytest.fixture(scope="module")
def broken():
    """A house of its own, as in production, with rooms that fail in every way."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "SHUKE_ENV": "production", "SHUKE_INSTANCE": folder, "SECRET_KEY": "a1B2c3D4" * 5,
            "PUBLIC_URL": "http://127.0.0.1:8000",
        }  # fmt: skip
        house = create_app(config.read(environment))
        troubles = {
            "bug": RuntimeError("SELECT secret FROM somewhere"),
            "refused": Refused("%(name)s 已经有了", name="<b>小满</b>"),
            "unfit": DataError("x", {}, Exception("x")),
            "overflow": OverflowError(),
            "letters": UnicodeEncodeError("utf-8", "x", 0, 1, "x"),
        }

        def fail(what):
            if what.isdigit():
                abort(int(what))
            raise troubles[what]

        house.add_url_rule("/fail/<what>", "fail", public(fail))
        yield house.test_client()
        with house.app_context():
            db.engine.dispose()


def test_a_fault_of_ours_shows_a_number_and_nothing_else(broken, caplog):
    answer = broken.get("/fail/bug")
    assert answer.status_code == 500
    assert strict(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    for secret in ("Traceback", "SELECT", "RuntimeError", ".py"):
        assert secret not in answer.text
    number = re.search(r"Reference ([0-9a-f]{8})", answer.text)[1]
    assert number in caplog.text


def test_a_refusal_is_told_on_a_page_and_in_the_corner(broken):
    page = broken.get("/fail/refused")
    assert page.status_code == 409
    assert "&lt;b&gt;小满&lt;/b&gt; 已经有了" in page.text
    part = broken.get("/fail/refused", headers={"HX-Request": "true"})
    assert part.status_code == 409
    assert part.headers["HX-Retarget"] == "#flash"
    assert "&lt;b&gt;小满" in part.text
    assert "<b>小满" not in page.text + part.text


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 503])
def test_every_error_is_told_in_our_look(broken, code):
    answer = broken.get(f"/fail/{code}")
    assert answer.status_code == code
    assert strict(answer)
    assert "熟客" in answer.text
    assert str(code) in answer.text


@pytest.mark.parametrize("what", ["unfit", "overflow", "letters"])
def test_what_a_database_cannot_hold_is_the_senders_fault(broken, what):
    assert broken.get(f"/fail/{what}").status_code == 422


def test_over_https_the_browser_is_told_to_stay_there(app):
    answer = app.test_client().get("/login", base_url="https://shop.example")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_a_long_page_is_zipped_for_who_can_read_it(browser):
    answer = browser._ask("get", "/login", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.vary
    assert "登录" in gzip.decompress(answer.data).decode()
    assert "Content-Encoding" not in browser.get("/login").headers


def test_a_static_file_is_kept_for_ever_by_its_content(app, browser):
    with app.test_request_context():
        where = app.jinja_env.globals["static"]("css/app.css")
    with browser._ask("get", where) as plain:
        assert "immutable" in plain.headers["Cache-Control"]
        assert strict(plain)
        with browser._ask("get", where, headers={"Accept-Encoding": "gzip"}) as zipped:
            assert gzip.decompress(zipped.data) == plain.data
    with browser.get("/static/css/app.css") as without:
        assert without.headers["Cache-Control"] == "no-cache"


def test_scripts_that_a_page_wants_together_come_in_one(app, browser):
    with app.test_request_context():
        where = app.jinja_env.globals["static"]("js/shell+answers.js")
    both = browser.get(where)
    assert (both.status_code, both.mimetype) == (200, "text/javascript")
    assert "immutable" in both.headers["Cache-Control"]
    for name in ("shell", "answers"):
        with browser.get(f"/static/js/{name}.js") as alone:
            assert alone.text in both.text


def test_a_static_file_that_is_not_there_is_not_kept(browser):
    answer = browser.get("/static/nothing.css", v="1")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers["Cache-Control"]


def test_a_piece_of_a_static_file_is_not_zipped(browser):
    headers = {"Range": "bytes=0-999", "Accept-Encoding": "gzip"}
    with browser._ask("get", "/static/css/app.css", headers=headers) as answer:
        assert answer.status_code == 206
        assert "Content-Encoding" not in answer.headers
        assert len(answer.data) == 1000


HIDDEN = [
    "/static/../config.py",
    "/static/%2e%2e/config.py",
    "/.env",
    "/.git/HEAD",
    "/instance/secret_key",
    "/static/..%2f..%2fwsgi.py",
    "/static/js/shell+nothing.js",
    "/console",
]


@pytest.mark.parametrize("path", HIDDEN)
def test_nothing_but_static_files_is_served(browser, path):
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize(
    "number", ["0", "2147483647", "2147483648", "9" * 19, "9" * 30, "9" * 5000, "-1", "１"]
)
def test_an_unknown_number_is_an_unknown_page(browser, amy, number):
    assert browser.as_(amy).get(f"/inbox/{number}").status_code == 404


NASTY = [
    "%00", "%ED%A0%80", "%FF%FE", "a%00b", "%E2%80%AE", "x" * 10_000, "%F0%9F%98%80", "%0d%0aX: y",
    "-1", "99999999999999999999", "1e999", "NaN", "٣", "{{7*7}}", "%25s", "';--", "%3Cscript%3E",
]  # fmt: skip


ROUNDS = 5  # each with other values in other fields; from page to page others again


def try_values(ask, path, names, turn):
    """Ask an address with every field holding something nasty; one without a row says so once."""
    for again in range(ROUNDS):
        shift = turn + again * 7
        said = [(name, NASTY[(n * 3 + shift) % len(NASTY)]) for n, name in enumerate(names)]
        answer = ask(path, "&".join(f"{name}={value}" for name, value in said))
        assert answer.status_code < 500, f"{path} with {[(n, v[:20]) for n, v in said]}"
        if answer.status_code == 404:
            return


def test_no_query_breaks_a_page(app, browser, lin, chief):
    worker.beat("w")  # without one the health page says 503, rightly
    owner, ids = browser.as_(chief), first_ids()
    names = (
        "q",
        "page",
        "before",
        "after",
        "sort",
        "tab",
        "state",
        "seen",
        "next",
        "kind",
        "day",
        "month",
        "n",
    )

    def ask(path, query):
        return owner._ask("get", f"{path}?{query}")

    for turn, (rule, kind) in enumerate(rules(app, "GET")):
        if kind != "platform":
            try_values(ask, address(rule, ids), names, turn)


FIELDS = [
    "name",
    "password",
    "next",
    "text",
    "q",
    "phone",
    "amount",
    "on",
    "due_at",
    "what",
    "method",
    "result",
    "version",
    "owner",
    "staff",
    "role",
    "language",
    "current",
    "again",
    "remark",
    "reason",
    "contact_phone",
    "kind",
    "value",
    "code",
    "display",
    "number",
    "answer",
    "at",
    "day",
    "month",
    "customer_id",
]


def test_no_form_breaks_a_page(app, browser, lin, chief):
    owner, ids = browser.as_(chief), first_ids()

    def ask(path, body):
        nonlocal owner
        for _again in range(2):
            answer = owner._ask(
                "post", path, data=f"csrf_token={owner.token()}&{body}",
                content_type="application/x-www-form-urlencoded",
            )  # fmt: skip
            db.session.rollback()
            if answer.status_code != 401:
                break
            owner = browser.as_(chief)  # an earlier form has ended the session
        return answer

    for turn, (rule, kind) in enumerate(rules(app, "POST")):
        if kind != "platform" and rule.endpoint != "sessions.destroy":
            try_values(ask, address(rule, ids), FIELDS, turn)


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 50_000, b'{"text": "\\ud800"}', b"\xff\xfe{\0"])
def test_a_body_that_is_no_form_breaks_nothing(browser, amy, body):
    answer = browser.as_(amy)._ask(
        "post", "/inbox/1/messages", data=body, content_type="application/json"
    )
    assert 400 <= answer.status_code < 500


def test_the_errors_of_a_database_never_reach_the_handler_here(app):
    """All handlers of unfit values stand, for what a form should have refused."""
    assert {DataError, OverflowError, UnicodeError} <= set(app.error_handler_spec[None][None])
    assert OPEN_TO_ALL == ("public", "platform")
    assert web.LARGEST_ID == 2**31 - 1


@pytest.mark.parametrize("path", ["/imports", "/followups/new", "/orders/new"])
def test_a_number_larger_than_any_row_asks_for_nobody(browser, max_, path):
    """PostgreSQL refuses to compare an id with it; SQLite finds nothing."""
    answer = browser.as_(max_).get(path, before="9" * 10, customer="9" * 10)
    assert answer.status_code in (200, 404)
