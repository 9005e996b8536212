"""How transactions begin and end, and that nobody is ever told «database is locked»."""

import sqlite3
import threading
import time
from contextlib import closing

import pytest
from sqlalchemy.exc import IntegrityError

from app.core import db as machinery
from app.core import writers
from app.core.clock import now
from app.core.db import db, insert_once, reading, stop_writing, writing
from app.core.settings import SettingRow
from app.core.worker import Heartbeat
from tests.crowd import at_once
from tests.database import KIND

only_sqlite = pytest.mark.skipif(KIND != "sqlite", reason="PostgreSQL has many writers")


def count(model):
    found = db.session.scalar(db.select(db.func.count(model.id)))
    db.session.commit()
    return found


def put(name, value=1):
    db.session.add(SettingRow(name=name, value=value))
    db.session.commit()


def lock_is_free(app):
    """Another thread can write within a moment."""
    done = threading.Event()

    def write():
        with app.app_context():
            put(f"free-{time.monotonic_ns()}")
        done.set()

    threading.Thread(target=write, daemon=True).start()
    return done.wait(3)


def test_eight_writers_and_a_reader_never_hear_that_it_is_locked(app):
    def write(who):
        def run():
            for turn in range(15):
                known = count(SettingRow)  # a write that begins by reading
                put(f"{who}-{turn}", known)
            return True

        return run

    def read():
        with reading():
            for _look in range(60):
                count(SettingRow)
        return True

    answers = at_once(app, *(write(who) for who in range(8)), read)
    assert answers == [True] * 9
    assert count(SettingRow) == 8 * 15


@only_sqlite
def test_a_look_takes_no_writers_lock(app):
    with reading():
        count(SettingRow)
        db.session.scalar(db.select(SettingRow.id))
        assert lock_is_free(app)
    db.session.rollback()


@only_sqlite
def test_a_change_holds_the_lock_until_its_commit(app):
    db.session.scalar(db.select(SettingRow.id))
    assert not lock_is_free_at_once(app)
    db.session.commit()
    assert lock_is_free(app)


@only_sqlite
def test_the_database_itself_knows_of_a_change_from_its_first_word(app):
    """A program that is none of ours (a shell, a backup) must not write in between."""
    db.session.commit()
    stranger = sqlite3.connect(db.engine.url.database, timeout=0, isolation_level=None)
    with closing(stranger):
        stranger.execute("BEGIN IMMEDIATE")
        stranger.execute("ROLLBACK")
        db.session.scalar(db.select(SettingRow.id))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            stranger.execute("BEGIN IMMEDIATE")
        db.session.commit()
        stranger.execute("BEGIN IMMEDIATE")
        stranger.execute("ROLLBACK")


def lock_is_free_at_once(app):
    taken = writers._thread_lock.acquire(timeout=0.1)
    if taken:
        writers._thread_lock.release()
    return taken


def test_after_an_exception_others_can_write(app):
    def fail():
        db.session.add(SettingRow(name="half", value=1))
        db.session.flush()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    db.session.rollback()
    assert lock_is_free(app)
    assert db.session.scalar(db.select(SettingRow.id).where(SettingRow.name == "half")) is None


def test_after_a_broken_rule_others_can_write(app):
    put("once")
    db.session.add(SettingRow(name="once", value=2))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()
    assert lock_is_free(app)


def test_after_a_commit_that_fails_others_can_write(app):
    put("once")
    db.session.add(SettingRow(name="once", value=2))
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()
    assert lock_is_free(app)


def test_after_a_context_ends_in_the_middle_others_can_write(app):
    db.session.commit()
    with app.app_context():
        db.session.add(SettingRow(name="left", value=1))
        db.session.flush()
    assert lock_is_free(app)
    assert count(SettingRow) == 1


def test_a_short_write_inside_a_look_is_kept(app):
    with reading():
        count(SettingRow)
        with writing():
            db.session.add(SettingRow(name="touched", value=1))
        assert lock_is_free(app)
        assert db.session.scalar(db.select(SettingRow.id).where(SettingRow.name == "touched"))
        db.session.rollback()


def test_a_short_write_that_fails_leaves_nothing(app):
    def fail():
        with writing():
            db.session.add(SettingRow(name="half", value=1))
            db.session.flush()
            raise RuntimeError

    with reading():
        with pytest.raises(RuntimeError):
            fail()
        assert count(SettingRow) == 0
        assert lock_is_free(app)


def test_rendering_never_holds_the_lock(app):
    db.session.add(SettingRow(name="given up", value=1))
    db.session.flush()
    with reading():
        stop_writing()
        assert lock_is_free(app)
    machinery.intend("write")


def test_a_row_is_inserted_once(app):
    first = insert_once(Heartbeat, worker="one", seen_at=now())
    assert first
    assert insert_once(Heartbeat, worker="one", seen_at=now()) is None
    db.session.commit()
    assert count(Heartbeat) == 1


def test_of_many_at_the_same_instant_one_inserts(app):
    def insert():
        new = insert_once(Heartbeat, worker="one", seen_at=now())
        db.session.commit()
        return new is not None

    assert sorted(at_once(app, *[insert] * 6)) == [False] * 5 + [True]


def test_the_database_keeps_what_it_promised(app):
    """What an acknowledged callback rests upon."""
    if KIND != "sqlite":
        pytest.skip("a pragma of SQLite")
    with db.engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found == ["wal", 2, 1, 5000]


def test_a_naive_moment_is_refused(app):
    db.session.add(Heartbeat(worker="one", seen_at=now().replace(tzinfo=None)))
    with pytest.raises(Exception, match="naive"):
        db.session.flush()
    db.session.rollback()


def test_a_moment_comes_back_as_it_was(app):
    moment = now()
    db.session.add(Heartbeat(worker="one", seen_at=moment))
    db.session.commit()
    db.session.expire_all()
    assert db.session.scalars(db.select(Heartbeat)).one().seen_at == moment
