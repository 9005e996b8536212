"""A backup is there complete or not at all, and says what the shop was at one moment."""

import contextvars
import errno
import io
import os
import tarfile
import threading
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.backup import places, reading, sealing, taking
from app.core.db import db
from app.core.errors import Refused
from app.core.settings import SettingRow
from app.staff.models import Staff
from tests.core.backup.conftest import PASSPHRASE


def _in(app, run):
    with app.app_context():
        run()


def files(folder):
    return sorted(p.name for p in folder.iterdir() if p.is_file())


def test_a_backup_holds_the_database_the_media_and_the_keys(place, backup):
    proof = reading.verify(place, backup)
    assert proof.counts["staff"] == db.session.scalar(db.select(db.func.count()).select_from(Staff))
    assert proof.counts["purchase"] == 1
    assert proof.media == 1
    with tarfile.open(backup) as tar:
        names = tar.getnames()
    assert {"instance/secret_key", "instance/MP_verify_x.txt", "media/inbox/a1b2"} <= set(names)
    assert not [n for n in names if n.endswith((".part", ".log", ".db", ".seal"))]
    assert (names[0], names[-3:]) == ("shuke-backup.json", ["manifest.json", "SHA256SUMS", "SEAL"])
    assert backup.stat().st_mode & 0o777 == 0o600


def test_the_key_in_force_is_kept_wherever_it_came_from(place, tmp_path):
    (place.instance / "secret_key").unlink()
    taking.take(place, tmp_path / "x.backup")
    with tarfile.open(tmp_path / "x.backup") as tar:
        assert tar.extractfile("instance/secret_key").read() == b"k" * 48


def test_a_sealed_backup_shows_nothing(place, sealed):
    data = sealed.read_bytes()
    assert b"shuke-backup.json" not in data
    assert b"k" * 48 not in data
    proof = reading.verify(place, sealed, passphrase=PASSPHRASE)
    assert proof.sealed
    assert proof.counts["purchase"] == 1


def test_a_short_passphrase_is_refused(place, tmp_path):
    with pytest.raises(Refused, match="口令太短"):
        taking.take(place, tmp_path / "x.backup", passphrase="1234567")
    assert files(tmp_path) == []


def test_a_backup_overwrites_nothing(place, backup):
    before = backup.read_bytes()
    with pytest.raises(Refused, match="已经在了"):
        taking.take(place, backup)
    assert backup.read_bytes() == before


def test_a_folder_that_is_not_there_is_said_so(place, tmp_path):
    with pytest.raises(Refused, match="没有"):
        taking.take(place, tmp_path / "no" / "x.backup")


def test_a_full_disk_is_said_and_leaves_no_half_file(place, tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(taking.Pack, "add_packed", full)
    with pytest.raises(Refused, match="磁盘满了"):
        taking.take(place, tmp_path / "x.backup")
    assert files(tmp_path) == []


def test_a_disk_with_too_little_room_is_said_before_the_work(place, tmp_path, monkeypatch):
    if not place.database:
        pytest.skip("how much a server's COPY comes to is not known before")
    monkeypatch.setattr(places.shutil, "disk_usage", lambda _path: SimpleNamespace(free=1))
    with pytest.raises(Refused, match="空间不够"):
        taking.take(place, tmp_path / "x.backup")
    assert files(tmp_path) == []


def test_what_is_written_meanwhile_is_there_whole_or_not_at_all(app, place, tmp_path):
    """Rows committed before it began are all there; of the later ones no gap."""
    over, numbers = threading.Event(), []

    def write():
        for number in range(5000):
            if over.is_set():
                return
            db.session.add(SettingRow(name=f"row-{number:05}", value=number))
            db.session.commit()
            numbers.append(number)

    thread = threading.Thread(target=lambda: contextvars.Context().run(_in, app, write))
    thread.start()
    try:
        while len(numbers) < 20:
            over.wait(0.01)
        before = len(numbers)
        taking.take(place, tmp_path / "busy.backup")
    finally:
        over.set()
        thread.join()
    found = reading.verify(place, tmp_path / "busy.backup").counts["setting"]
    assert before <= found <= len(numbers) + 1


@given(st.binary(max_size=5000), st.integers(1, 400))
def test_what_is_sealed_comes_out_as_it_went_in(data, step):
    sealing.PIECE, piece = 256, sealing.PIECE
    try:
        out = io.BytesIO()
        sealer = sealing.Sealer(out, PASSPHRASE)
        for at in range(0, len(data), step):
            sealer.write(data[at : at + step])
        sealer.close()
        out.seek(0)
        opener, found = sealing.Opener(out, PASSPHRASE), b""
        while more := opener.read(step):
            found += more
        assert found == data
    finally:
        sealing.PIECE = piece
