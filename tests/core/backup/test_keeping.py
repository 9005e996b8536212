"""The nightly backup: made when due, proved, kept as long as set, its failures seen."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from app.core import worker
from app.core.backup import keeping, restoring, taking
from app.core.backup.models import Backup
from app.core.clock import now
from app.core.db import db
from app.core.errors import Refused
from app.core.jobs import Job
from app.timetable import TIMETABLE


@pytest.fixture(autouse=True)
def _folder(app, place, tmp_path, monkeypatch):
    keeping.set_up(app.config["SHUKE"])
    monkeypatch.setattr(keeping, "place", lambda: place)
    keeping.FOLDER.put(str(tmp_path / "kept"))
    db.session.commit()


def tick(work):
    worker.tick([(cron, task) for cron, task in TIMETABLE if task is keeping.nightly])
    return work()


def backups():
    return db.session.scalars(db.select(Backup).order_by(Backup.id)).all()


def files():
    return sorted(p.name for p in keeping.folder().iterdir())


def test_every_night_one_is_made_and_proved(work, at):
    for day in ("2026-08-21", "2026-08-22"):
        for clock in ("02:10", "03:10", "04:10", "23:10"):
            at(f"{day} {clock}")
            tick(work)
    made = [keeping.local(one.created_at).strftime("%d %H:%M") for one in backups()]
    assert made == ["21 02:10", "21 03:10", "22 03:10"]  # the first as soon as there is none
    assert {one.state for one in backups()} == {"done"}
    last = backups()[-1]
    assert last.verified_at is not None
    assert (last.rows > 10, last.media) == (True, 1)
    assert last.size == keeping.path_of(last).stat().st_size
    assert keeping.last_good().id == last.id


def test_one_that_was_slept_through_is_made_up_for(work, at):
    at("2026-08-21 03:10")
    tick(work)
    at("2026-08-22 11:40")
    tick(work)
    assert len(backups()) == 2


def test_another_hour_counts_at_once(work, at):
    at("2026-08-21 03:10")
    tick(work)
    keeping.HOUR.put(22)
    at("2026-08-21 22:05")
    tick(work)
    assert len(backups()) == 2


def test_old_ones_go_but_never_the_last_that_was_proved(work, at):
    at("2026-08-01 03:10")
    tick(work)
    keeping.DAYS.put(3)
    at("2026-08-10 02:30")
    (keeping.folder() / "holiday.jpg").write_bytes(b"not ours")
    keeping.nightly()
    db.session.commit()
    assert [one.id for one in backups() if one.state == "done"] == [1]
    work()
    at("2026-08-10 05:10")
    tick(work)
    assert "holiday.jpg" in files()
    assert 1 not in [one.id for one in backups()]
    assert not [name for name in files() if name.startswith("shuke-20260801")]


def test_a_failure_is_kept_with_its_reason_and_tried_again_the_next_hour(work, at, monkeypatch):
    def no_room(*_args, **_more):
        raise Refused("磁盘满了，没有做完：%(folder)s", folder=Path("/x"))

    real = taking.take
    monkeypatch.setattr(taking, "take", no_room)
    at("2026-08-21 03:10")
    tick(work)
    assert [(one.state, one.fault_params) for one in backups()] == [("failed", {"folder": "/x"})]
    monkeypatch.setattr(taking, "take", real)
    at("2026-08-21 04:10")
    tick(work)
    assert [one.state for one in backups()] == ["failed", "done"]


def test_one_that_cannot_be_restored_is_no_backup(work, monkeypatch):
    real = taking.take

    def spoiled(place, target, **more):
        real(place, target, **more)
        os.truncate(target, target.stat().st_size - 100)

    monkeypatch.setattr(taking, "take", spoiled)
    keeping.ask_now()
    db.session.commit()
    work()
    assert backups()[0].state == "failed"
    assert "不完整" in backups()[0].fault
    assert files() == []


def test_of_two_who_ask_one_is_told_that_it_is_on_its_way(work):
    keeping.ask_now()
    with pytest.raises(Refused, match="已经在备份了"):
        keeping.ask_now()
    work()
    keeping.ask_now()


def test_a_killed_one_is_taken_up_again_and_leaves_no_half_file(work):
    backup = keeping.ask_now()
    folder = keeping.folder()
    folder.mkdir(exist_ok=True)
    (folder / f".{backup.file}.1234.part").write_bytes(b"half")
    (folder / f".{backup.file}.1234.copy.part").write_bytes(b"half")
    backup.state = "running"
    db.session.commit()
    work()
    assert backups()[0].state == "done"
    assert files() == [backup.file]


def test_one_whose_job_gave_up_is_stuck(work):
    backup = keeping.ask_now()
    assert not keeping.is_stuck(backup)
    db.session.execute(db.update(Job).values(state="failed"))
    assert keeping.is_stuck(backup)
    keeping.ask_now()


def test_a_file_that_no_row_knows_is_found(work, place, at):
    at("2026-08-21 03:10")
    taking.take(place, keeping.folder() / "shuke-20260820-0310-77.backup")
    keeping.nightly()
    db.session.commit()
    found = backups()[0]
    assert (found.kind, found.verified_at) == ("found", None)
    keeping.verify(found)
    db.session.commit()
    work()
    assert backups()[0].verified_at == now()


def test_one_that_lies_there_broken_is_told(work):
    keeping.ask_now()
    db.session.commit()
    work()
    good = backups()[0]
    os.truncate(keeping.path_of(good), 1000)
    keeping.verify(good)
    db.session.commit()
    work()
    assert (backups()[0].state, backups()[0].verified_at) == ("failed", None)
    keeping.path_of(good).unlink()
    with pytest.raises(Refused, match="不在"):
        keeping.verify(good)


@pytest.mark.parametrize("typed", ["backups", "./x", "../x"])
def test_a_folder_is_a_whole_path(typed):
    with pytest.raises(Refused, match="完整的路径"):
        keeping.FOLDER.put(typed)


def test_a_folder_is_none_of_the_programs_own(app):
    settings = app.config["SHUKE"]
    for path in (keeping.ROOT / "app" / "static", settings.media_root / "b"):
        with pytest.raises(Refused, match="不能放在"):
            keeping.FOLDER.put(str(path))
    with pytest.raises(Refused, match="失败"):
        keeping.FOLDER.put("/proc/shuke")


def test_the_one_in_progress_is_over_in_a_restored_shop(place, elsewhere, work):
    keeping.ask_now()
    db.session.commit()
    work()
    file = keeping.path_of(backups()[0])
    db.session.commit()
    with elsewhere() as other:
        restoring.restore(other, file)
        one = db.session.scalars(db.select(Backup)).one()
        assert (one.state, one.fault) == ("failed", keeping.KILLED)
        assert one.created_at > now() - timedelta(minutes=5)
