"""Many rows in one go: they are what single ones would be."""

from datetime import timedelta

from app.core import many
from app.core.clock import now
from app.core.db import db
from app.core.jobs import Job
from app.core.worker import Heartbeat


def test_rows_are_kept_as_objects_would_be(app):
    about = {"name": "x.y", "args": ["林", 1.5, None], "lane": "long", "run_at": now()}
    db.session.add(Job(**about))
    many.insert_all(Job, [{**about, "line": "a"}, {**about, "line": None}])
    many.insert_all(Job, [])
    alone, *others = db.session.scalars(db.select(Job).order_by(Job.id))
    shown = ("name", "args", "lane", "state", "run_at", "attempt", "tries", "key", "worker")
    for one in others:
        assert [getattr(one, name) for name in shown] == [getattr(alone, name) for name in shown]
        assert abs(one.created_at - alone.created_at) < timedelta(minutes=1)
    assert [one.line for one in others] == ["a", None]


def test_only_what_is_new_is_told_however_many_there_are(app, monkeypatch):
    monkeypatch.setattr(many, "MOST", 2)
    seen = now()
    rows = [{"worker": f"w{n}", "seen_at": seen} for n in range(5)]
    assert len(many.insert_each_once(Heartbeat, rows[1:4], "id")) == 3
    came = many.insert_each_once(Heartbeat, rows, "worker", "seen_at")
    assert [(one.worker, one.seen_at) for one in came] == [("w0", seen), ("w4", seen)]
    assert many.insert_each_once(Heartbeat, rows, "id") == []
