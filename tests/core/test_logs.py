"""Logs: one line each, findable by the request's number, and nobody's data in them."""

import io
import json
import logging
import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import logs
from app.core.db import db
from tests import make

TELEPHONE = re.compile(r"1[3-9]\d{9}")


@pytest.fixture
def told(app):
    """All that is logged meanwhile, as it would stand in production's log."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.OneLine())
    root, own = logging.getLogger(), logging.getLogger("app")
    before = root.level, logging.getLogger("werkzeug").disabled
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("werkzeug").disabled = True  # the test client's server is not ours
    yield lambda: stream.getvalue()
    root.removeHandler(handler)
    root.setLevel(before[0])
    logging.getLogger("werkzeug").disabled = before[1]
    assert own.propagate


def lines(told):
    return [json.loads(line) for line in told().splitlines()]


@pytest.mark.parametrize(
    "secret",
    ["13800130001", "138 0013 0001", "138-0013-0001", "+86 13800130001", "8613800130001",
     "oABCDEFGHIJKLMNOPQRSTUVWXYZ_", "access_token=77_abcDEF", "secret: s3cr3t", "lin@example.com",
     '"openid": "o-lin-0001"', "code=0a1b2c3d", "Authorization: Bearer abcdef"],
)  # fmt: skip
def test_what_names_or_opens_is_masked(told, secret):
    logging.getLogger("x").warning("before %s after", secret, extra={"more": secret})
    line = lines(told)[0]
    for said in (line["says"], line["more"]):
        assert "***" in said
        assert secret not in said
    assert line["says"].startswith("before")


@pytest.mark.parametrize("number", [13800130001, 1795342062])
def test_numbers_of_ours_stay_and_telephones_as_numbers_do_not(told, number):
    logging.getLogger("x").warning("a", extra={"n": number})
    assert ("****" in str(lines(told)[0]["n"])) == (number == 13800130001)


def test_nothing_breaks_the_line(told):
    logging.getLogger("x").warning("one\r\ntwo \x1b[31mred\u2028 %s", "x" * 1_000_000)
    assert told().count("\n") == 1
    assert len(told()) < 10_000
    assert "\x1b" not in told()


def test_an_error_tells_where_and_not_what_was_typed(told):
    try:
        raise ValueError("客户说：我住在中山路 5 号")
    except ValueError:
        logging.getLogger("x").exception("it broke")
    line = lines(told)[0]
    assert (line["error"], "test_logs.py" in line["where"]) == ("ValueError", True)
    assert "words" not in line


def test_a_statement_that_breaks_keeps_its_values_to_itself(app):
    with pytest.raises(DBAPIError) as broken:
        db.session.execute(text("SELECT * FROM nowhere WHERE x = :x"), {"x": "13800130001"})
    db.session.rollback()
    assert "13800130001" not in str(broken.value)


def test_every_answer_names_its_request_and_so_does_its_log(browser, amy, told):
    answer = browser.as_(amy).get("/customers/999999")
    number = answer.headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{8}", number)
    assert number in answer.text
    own = [line for line in lines(told) if line.get("request") == number]
    assert own[-1] | {"status": 404, "address": "/customers/<int:customer_id>"} == own[-1]
    assert browser.get("/healthz").headers["X-Request-Id"] != number


def test_who_is_refused_is_told_with_the_number_of_the_colleague(browser, amy, told):
    browser.as_(amy).get("/settings/books/audit")
    line = next(one for one in lines(told) if one["says"] == "request refused")
    assert (line["status"], line["by"], line["level"]) == (403, amy.id, "warning")


def test_a_whole_morning_leaves_nobody_in_the_log(app, browser, phone, work, amy, chief, told):
    """Sign in wrongly and rightly, search, open, reveal, talk, break: then read the log."""
    lin = make.customer("林小满", owner=amy, phone="13800130001")
    one = browser.as_(amy)
    browser.post("/login", name="amy", password="a wrong guess")
    one.get(f"/customers/{lin.id}")
    for words in ("13800130001", "林小满"):
        one.get("/customers", q=words)
    one.post(f"/customers/{lin.id}/phone")
    one.post("/customers", name="王芳", phone="13800130001")
    phone.says("我住在中山路五号，电话13800130002")
    phone.says("在吗", signature="wrong")
    work()
    one.post("/inbox/1/messages", text="地址收到了，谢谢")
    work()
    one.post(f"/customers/{lin.id}/phone", _csrf=False)
    log = told()
    decoded = "\n".join(str(line) for line in lines(told))
    assert len(lines(told)) > 10
    for secret in (
        "林小满",
        "中山路",
        "地址收到了",
        "a wrong guess",
        phone.openid,
        "a good password",
    ):
        assert secret not in decoded, secret
    assert TELEPHONE.findall(log) == []
