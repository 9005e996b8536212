"""Alarms: raised once, said again once a day, cleared; one for each part, also by two workers."""

import pytest
from sqlalchemy.exc import OperationalError

from app.core import alarms, conditions
from app.core.conditions import ILL, POOR, WELL, Condition
from app.core.db import db
from tests.crowd import at_once


@pytest.fixture
def told(app, monkeypatch):
    heard = []
    monkeypatch.setattr(
        alarms, "tellers", [lambda alarm, change: heard.append((alarm.name, change))]
    )
    return heard


def found(*levels):
    names = ("disk", "clock", "lane.long")
    return [
        Condition(n, n, level, "%(x)s", {"x": 1}) for n, level in zip(names, levels, strict=False)
    ]


def settle(*levels):
    alarms.settle(found(*levels))
    db.session.commit()


def test_an_alarm_is_raised_once_reminded_daily_and_cleared(told, at):
    at("2026-11-22 10:00")
    settle(ILL, WELL)
    at("2026-11-22 10:05")
    settle(ILL, WELL)
    assert told == [("disk", "raised")]
    assert [a.name for a in alarms.standing()] == ["disk"]
    at("2026-11-23 10:01")
    settle(ILL)
    at("2026-11-23 10:06")
    settle(ILL)
    assert told == [("disk", "raised"), ("disk", "reminded")]
    at("2026-11-23 12:00")
    settle(WELL)
    settle(WELL)
    assert told[2:] == [("disk", "cleared")]
    assert alarms.standing() == []
    assert [a.name for a in alarms.past()] == ["disk"]


def test_what_falls_ill_again_is_raised_again(told, at):
    at("2026-11-22 10:00")
    settle(ILL)
    settle(WELL)
    at("2026-11-22 11:00")
    settle(ILL)
    assert told == [("disk", "raised"), ("disk", "cleared"), ("disk", "raised")]


def test_what_is_merely_poor_raises_nothing(told):
    settle(POOR, WELL)
    assert told == []


def test_each_part_has_an_alarm_of_its_own(told):
    settle(ILL, ILL)
    settle(WELL, ILL)
    assert sorted(told) == [("clock", "raised"), ("disk", "cleared"), ("disk", "raised")]


def test_two_workers_at_once_raise_one_alarm(app, told):
    def look():
        settle(ILL)

    at_once(app, look, look)
    assert len(alarms.standing()) == 1


def test_a_part_that_cannot_tell_is_ill_itself(app, monkeypatch):
    def broken():
        raise OperationalError("x", {}, Exception("disk I/O error"))

    well = Condition("a", "a", WELL, "a")
    monkeypatch.setattr(conditions, "watched", [broken, lambda: [well]])
    ill, kept = conditions.all_of_them()
    assert (ill.level, kept) == (ILL, well)


def test_alarms_of_long_ago_are_forgotten(told, at):
    at("2026-01-01 10:00")
    settle(ILL)
    settle(WELL)
    at("2026-11-22 10:00")
    settle(WELL)
    assert alarms.past() == []
