"""Group commit: durable before anybody is told, and no write harmed by another's fault."""

import threading

import pytest
from sqlalchemy.exc import IntegrityError

from app.core import together
from app.core.db import db
from app.core.settings import SettingRow
from tests.crowd import at_once


def put(names):
    for name in names:
        db.session.add(SettingRow(name=name, value=1))
        db.session.flush()
    return names


def names():
    db.session.expire_all()
    found = sorted(db.session.scalars(db.select(SettingRow.name)))
    db.session.commit()
    return found


def test_what_is_answered_is_committed(app):
    db.session.commit()
    assert together.commit(put, "a") == "a"
    assert names() == ["a"]


def test_many_at_once_are_all_committed(app):
    runs = [lambda n=n: together.commit(put, f"{n:02}") for n in range(30)]
    assert at_once(app, *runs) == [f"{n:02}" for n in range(30)]
    assert len(names()) == 30


def test_a_write_that_breaks_harms_no_other(app):
    together.commit(put, "taken")

    def fail(things):
        put(things)
        raise RuntimeError("a bug")

    runs = [lambda n=n: together.commit(put, f"{n}") for n in range(8)]
    bad = [lambda: together.commit(fail, "half"), lambda: together.commit(put, "taken")]
    answers = at_once(app, *runs, *bad)
    assert answers[:8] == [f"{n}" for n in range(8)]
    assert isinstance(answers[8], RuntimeError)
    assert isinstance(answers[9], IntegrityError)
    assert names() == sorted([*(f"{n}" for n in range(8)), "taken"])


def test_after_a_fault_the_next_is_served(app):
    db.session.commit()
    with pytest.raises(ZeroDivisionError):
        together.commit(lambda things: [1 // thing for thing in things], 0)
    assert together.commit(put, "b") == "b"


def test_nobody_waits_for_ever(app, monkeypatch):
    db.session.commit()
    monkeypatch.setattr(together, "PATIENCE", 0.1)
    go_on = threading.Event()
    try:
        with pytest.raises(TimeoutError):
            together.commit(lambda things: [go_on.wait(5) for _thing in things], 1)
    finally:
        go_on.set()
