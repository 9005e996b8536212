"""When somebody else holds the file's lock: nobody waits long, and who is turned away is told."""

import sqlite3
import threading
import time
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from app.core import db as machinery
from app.core import together, writers
from app.core.db import db
from app.core.settings import SettingRow
from app.core.writers import Busy, WritersLock
from tests.database import KIND

only_sqlite = pytest.mark.skipif(KIND != "sqlite", reason="PostgreSQL has many writers")


@pytest.fixture
def hasty(monkeypatch):
    """Patience is short, so that the tests are."""
    monkeypatch.setattr(writers, "PATIENCE", 0.3)
    monkeypatch.setattr(machinery, "PATIENCE", 0.3)
    monkeypatch.setattr(machinery, "NOTHING", 0.0)


@contextmanager
def held(app):
    """A program that knows nothing of us writes for long."""
    db.session.commit()
    with closing(sqlite3.connect(db.engine.url.database, isolation_level=None)) as line:
        line.execute("BEGIN IMMEDIATE")
        yield
        line.execute("ROLLBACK")


def test_who_comes_while_many_wait_is_turned_away_at_once(tmp_path):
    lock = WritersLock(str(tmp_path / "lock"))
    lock.waiting = [time.monotonic() - 2] * writers.CROWD
    began = time.monotonic()
    with pytest.raises(Busy):
        lock.take()
    assert time.monotonic() - began < 0.2


def test_a_crowd_that_has_just_come_is_joined_for_a_moment(tmp_path, monkeypatch):
    monkeypatch.setattr(writers, "LONG", 0.05)
    lock = WritersLock(str(tmp_path / "lock"))
    lock.take()
    began = time.monotonic()
    lock.waiting = [began] * writers.CROWD
    with pytest.raises(Busy):
        lock.take()
    assert time.monotonic() - began < 0.3
    lock.give_back()


def test_who_joins_a_crowd_late_waits_only_for_what_is_left_of_its_moment(tmp_path, monkeypatch):
    monkeypatch.setattr(writers, "LONG", 30.0)
    lock = WritersLock(str(tmp_path / "lock"))
    lock.take()
    began = time.monotonic()
    lock.waiting = [began - 29.9] * writers.CROWD
    with pytest.raises(Busy):
        lock.take()
    assert time.monotonic() - began < 10
    lock.give_back()


def test_who_has_waited_too_long_gives_the_lock_back(tmp_path, hasty):
    lock = WritersLock(str(tmp_path / "lock"))
    lock.take()
    with pytest.raises(Busy):
        lock.take()
    lock.give_back()
    assert lock.waiting == []
    assert lock.take() > 0
    lock.give_back()


@only_sqlite
def test_a_form_that_cannot_be_kept_is_answered_in_words(app, browser, amy, hasty):
    someone = browser.as_(amy)
    with held(app):
        answer = someone.post("/customers", name="王芳")
        part = someone.htmx.post("/customers", name="王芳")
        assert someone.get("/customers").status_code in (200, 503)
    assert (answer.status_code, part.status_code) == (503, 503)
    assert answer.headers["Retry-After"] == "5"
    assert "请过几秒再试" in answer.text
    assert part.headers["HX-Retarget"] == "#flash"
    assert someone.post("/customers", name="王芳").status_code == 303


def test_a_form_on_a_full_disk_is_answered_in_words_and_kept_later(app, browser, amy):
    def no_room(_line, _cursor, statement, *_more):
        if statement.startswith("INSERT INTO customer"):
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorname = "SQLITE_FULL"
            raise OperationalError(statement, {}, full)

    someone = browser.as_(amy)
    event.listen(db.engine, "before_cursor_execute", no_room)
    try:
        answer = someone.post("/customers", name="王芳")
        part = someone.htmx.post("/customers", name="王芳")
        reading = someone.get("/customers")
    finally:
        event.remove(db.engine, "before_cursor_execute", no_room)
    assert (answer.status_code, part.status_code, reading.status_code) == (503, 503, 200)
    assert all("硬盘满了" in told.text and "填的内容还在" in told.text for told in (answer, part))
    assert part.headers["HX-Retarget"] == "#flash"  # the form stays as it is
    assert "王芳" not in someone.get("/customers").text
    assert someone.post("/customers", name="王芳").status_code == 303


def test_a_statement_that_is_wrong_is_no_busy_database():
    wrong = sqlite3.OperationalError("no such table: x")
    wrong.sqlite_errorname = "SQLITE_ERROR"
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorname = "SQLITE_FULL"
    assert not machinery.is_away(OperationalError("", {}, wrong))
    assert machinery.is_away(OperationalError("", {}, full))
    assert machinery.is_away(Busy())


@only_sqlite
def test_what_cannot_be_written_together_is_not_tried_one_by_one(app, hasty):
    tries = []

    def write(things):
        tries.append(len(things))
        db.session.add(SettingRow(name="a", value=1))
        db.session.flush()
        return [None] * len(things)

    def hand_over(number):
        with app.app_context(), pytest.raises((Busy, OperationalError)):
            together.commit(write, number)

    with held(app):
        threads = [threading.Thread(target=hand_over, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert sum(tries) == 3
