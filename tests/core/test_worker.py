"""The timetable: every tick once, missed ones made up for, whatever the clock does."""

from datetime import datetime, timedelta

import pytest

from app.core import clock, jobs, worker
from app.core.db import db
from app.core.jobs import Job, job
from app.timetable import TIMETABLE
from tests.crowd import at_once

told = []


@job()
def daily():
    told.append(clock.today().isoformat())


@job()
def hourly():
    told.append("hour")


TABLE = [("30 6 * * *", daily)]


@pytest.fixture(autouse=True)
def _clean(app):
    told.clear()


def ticks():
    return list(db.session.scalars(db.select(Job.key).order_by(Job.id)))


def test_a_tick_is_enqueued_once(app, at):
    at("2026-08-22 06:30")
    for _again in range(3):
        worker.tick(TABLE)
    assert ticks() == ["test_worker.daily@2026-08-22T06:30"]


def test_two_workers_tick_once(app, at):
    at("2026-08-22 06:30")
    at_once(app, *[lambda: worker.tick(TABLE)] * 4)
    assert len(ticks()) == 1


def test_a_tick_that_was_missed_is_made_up_for_once(app, at):
    at("2026-08-22 06:30")
    worker.tick(TABLE)
    at("2026-08-25 11:00")
    worker.tick(TABLE)
    worker.tick(TABLE)
    assert ticks()[1:] == ["test_worker.daily@2026-08-25T06:30"]


def test_a_clock_that_goes_back_does_not_repeat_a_day(app, at):
    for moment in ("2026-08-22 06:30", "2026-08-22 07:30", "2026-08-22 06:29", "2026-08-22 06:31"):
        at(moment)
        worker.tick(TABLE)
    assert ticks() == [
        "test_worker.daily@2026-08-22T06:30", "test_worker.daily@2026-08-21T06:30",
    ]  # fmt: skip


def test_in_four_hundred_days_a_daily_job_runs_once_a_day(app, at):
    moment = datetime(2025, 12, 1, 6, 30, tzinfo=clock.zone)
    for day in range(0, 400, 8):
        at((moment + timedelta(days=day, minutes=day % 7)).isoformat())
        worker.tick(TABLE)
        worker.tick(TABLE)
    keys = ticks()
    assert len(keys) == len(set(keys)) == 50


@pytest.mark.parametrize(
    ("cron", "at_local", "due"),
    [
        ("30 6 * * *", "2026-08-22 06:29", "2026-08-21 06:30"),
        ("30 6 * * *", "2026-08-22 06:30", "2026-08-22 06:30"),
        ("15 * * * *", "2026-08-22 06:14", "2026-08-22 05:15"),
        ("*/10 * * * *", "2026-08-22 06:59", "2026-08-22 06:50"),
        ("0 3 * * mon", "2026-08-22 06:00", "2026-08-17 03:00"),
    ],
)
def test_the_latest_due_minute_is_found(cron, at_local, due):
    moment = datetime.fromisoformat(at_local).replace(tzinfo=clock.zone)
    found = worker.latest_due(cron, moment)
    assert found.strftime("%Y-%m-%d %H:%M") == due


def test_every_line_of_the_timetable_falls_due_within_a_week():
    for cron, _task in TIMETABLE:
        assert worker.latest_due(cron, clock.system_now())


def test_every_line_of_the_timetable_is_another_task():
    names = [task.name for _cron, task in TIMETABLE]
    assert len(names) == len(set(names))


def test_a_worker_that_beats_is_not_silent(app, at):
    at("2026-08-22 06:30")
    assert worker.is_silent()
    worker.beat("w1")
    assert not worker.is_silent()
    at("2026-08-22 06:33")
    assert worker.is_silent()


def test_workers_not_seen_for_a_day_are_forgotten(app, at):
    at("2026-08-22 06:30")
    worker.beat("w1")
    at("2026-08-24 06:30")
    worker.beat("w2")
    assert list(db.session.scalars(db.select(worker.Heartbeat.worker))) == ["w2"]


def run_until(one, good):
    one.start()
    try:
        for _look in range(100):
            if good():
                break
            one.stopping.wait(0.05)
    finally:
        one.stop()
        worker._drain(one)


def test_a_running_worker_does_what_is_due_and_ends(app):
    hourly.later()
    db.session.commit()
    run_until(worker.Worker(app, []), lambda: told)
    assert told == ["hour"]
    assert worker.last_seen()


def test_a_running_worker_makes_up_for_what_it_slept_through(app, at, monkeypatch):
    """The shop's computer sleeps from ten in the evening until nine in the morning."""
    monkeypatch.setattr(worker, "BEAT", 0.1)
    monkeypatch.setattr(worker, "RENEW", 0.05)
    at("2026-08-21 22:00")
    one = worker.Worker(app, TABLE)

    def woken():
        if told == ["2026-08-21"]:
            at("2026-08-22 09:00")
        return len(told) > 1

    run_until(one, woken)
    assert told == ["2026-08-21", "2026-08-22"]


def test_bells_that_rang_during_long_work_are_answered_once(app, monkeypatch):
    one, looks = worker.Worker(app, []), []
    monkeypatch.setattr(worker, "run_one", lambda lane, _name: looks.append(lane))
    for _ring in range(50):
        one.bells["long"].set()
    one._thread(one._run_lane, "long")
    one.stopping.wait(0.3)
    one.stop()
    assert len(looks) <= 2


def test_a_thread_survives_a_passing_fault(app):
    one = worker.Worker(app, TABLE)
    looks = []

    def stumble():
        looks.append(1)
        if len(looks) == 1:
            raise OSError
        one.stopping.set()

    one.stopping.wait = lambda _seconds=None: None
    one._guarded(stumble)
    assert len(looks) == 2


def test_running_what_is_due_goes_on_until_nothing_is(app):
    for _n in range(3):
        hourly.later()
    db.session.commit()
    assert worker.run_due() == 3
    assert jobs.lanes_due() == []
