"""What operators' tools see, and what the staff sees when the worker is silent."""

import dataclasses

import pytest
from sqlalchemy import text

from app.core import house, schema, worker
from app.core.db import db
from app.core.jobs import Job
from app.home import shell
from tests import make


@pytest.fixture
def token(app):
    before = app.config["SHUKE"]
    app.config["SHUKE"] = dataclasses.replace(before, metrics_token="a long token")
    yield "a long token"
    app.config["SHUKE"] = before


def test_alive_needs_no_database(browser):
    answer = browser.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_ready_means_database_schema_and_worker(browser):
    answer = browser.get("/readyz")
    assert answer.status_code == 503
    assert "worker" in answer.text
    worker.beat("w1")
    assert browser.get("/readyz").status_code == 200


def test_an_old_schema_is_not_ready(browser):
    worker.beat("w1")
    db.session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = browser.get("/readyz")
    db.session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": schema.head()})
    db.session.commit()
    assert answer.status_code == 503
    assert "schema: at 0001" in answer.text


def test_a_worker_that_stopped_is_told(browser, at):
    at("2026-11-22 10:00")
    worker.beat("w1")
    at("2026-11-22 10:03")
    assert "worker" in browser.get("/readyz").text


def test_metrics_tell_queues_and_letters_but_no_names(browser, chief, lin):
    db.session.add(Job(name="x.y", args=[], lane="long"))
    text_ = browser.get("/metrics").text
    assert 'shuke_jobs{lane="long",state="queued"}' in text_
    assert 'shuke_letters{state="failed"} 0.0' in text_
    assert "shuke_jobs_oldest_due_seconds" in text_
    assert "shuke_callback_rejected" in text_
    assert "林小满" not in text_


def ask(browser, peer, **headers):
    return browser.client.get("/metrics", environ_base={"REMOTE_ADDR": peer}, headers=headers)


def test_metrics_are_for_this_machine_or_a_token(browser, token):
    assert ask(browser, "127.0.0.1").status_code == 200
    assert ask(browser, "10.0.0.9").status_code == 403
    assert ask(browser, "10.0.0.9", Authorization="Bearer wrong").status_code == 403
    assert ask(browser, "10.0.0.9", Authorization=f"Bearer {token}").status_code == 200
    assert ask(browser, "10.0.0.9", Authorization=f"Basic {token}").status_code == 403


def test_a_claimed_address_opens_nothing(browser):
    assert ask(browser, "10.0.0.9", **{"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    assert ask(browser, "127.0.0.1", **{"X-Forwarded-For": "10.0.0.9"}).status_code == 403
    assert ask(browser, "10.0.0.9", Authorization="Bearer ").status_code == 403


@pytest.fixture
def public(app):
    """Make this a public installation, with a token for the figures or without."""
    before = dict(app.config)

    def make_public(metrics_token=""):
        settings = dataclasses.replace(
            before["SHUKE"], public_url="https://shop.example", metrics_token=metrics_token
        )
        app.config.update(house.flask_settings(settings))

    yield make_public
    app.config.update(before)


def test_a_proxy_on_this_machine_opens_no_metrics(browser, public):
    public()
    assert ask(browser, "127.0.0.1", Host="shop.example").status_code == 403
    assert ask(browser, "127.0.0.1", Host="127.0.0.1:8000").status_code == 200
    assert ask(browser, "127.0.0.1", Host="localhost").status_code == 200


def test_a_public_shop_with_a_token_asks_everybody_for_it(browser, public):
    public("a long token")
    assert ask(browser, "127.0.0.1", Host="localhost").status_code == 403
    there = {"Host": "shop.example", "Authorization": "Bearer a long token"}
    assert ask(browser, "127.0.0.1", **there).status_code == 200


def test_who_asks_for_another_name_is_refused(browser, public):
    public()
    answer = ask(browser, "127.0.0.1", Host="evil.example")
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"


def test_a_name_of_elsewhere_opens_nothing_before_the_address_is_set(browser):
    assert ask(browser, "127.0.0.1", Host="shop.example").status_code == 403


def test_a_silent_worker_is_said_on_every_staff_page(browser, amy):
    assert "后台程序没有在运行" in browser.as_(amy).get("/followups").text
    worker.beat("w1")
    assert "后台程序没有在运行" not in browser.as_(amy).get("/followups").text


def test_strangers_are_told_nothing_of_it(browser):
    assert "后台程序" not in browser.get("/login").text


def test_the_unread_are_counted_on_whole_pages_alone(browser, amy, lin, monkeypatch):
    chat = make.conversation(lin, assignee=amy)
    chat.unread = 3
    asked = []
    real = shell.ask
    monkeypatch.setattr(shell, "ask", lambda s, given: asked.append(s) or real(s, given))
    assert "1 条未读" in browser.as_(amy).get("/followups").text
    asked.clear()
    browser.as_(amy).htmx.get(f"/customers/{lin.id}/followups")
    assert asked == []


def test_the_practice_phone_is_offered_to_those_who_may(browser, amy, max_):
    assert "练习手机" in browser.as_(max_).get("/followups").text
    assert "练习手机" not in browser.as_(amy).get("/followups").text
