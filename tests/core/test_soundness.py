"""A shop whose file is gone or damaged is not opened, and nothing is made anew over it."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import create_engine

from app.core import soundness
from app.core.errors import Refused


@pytest.fixture
def shop(tmp_path):
    file = tmp_path / "shuke.db"
    with closing(sqlite3.connect(file)) as line:
        line.execute("PRAGMA page_size = 1024")
        line.execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT)")
        line.execute("CREATE INDEX ix_name ON customer (name)")
        line.executemany(
            "INSERT INTO customer (name) VALUES (?)", [(f"客人{n}",) for n in range(500)]
        )
        line.commit()
    return file


def check(file):
    soundness.check(create_engine(f"sqlite:///{file}"), file.parent / "media")


def test_a_sound_shop_is_opened(shop):
    check(shop)


def test_a_new_place_may_be_filled(tmp_path):
    check(tmp_path / "shuke.db")


@pytest.mark.parametrize("trace", ["shuke.db-wal", "backups/a.backup", "media/ab"])
def test_a_shop_that_lost_its_file_is_not_made_anew(tmp_path, trace):
    (tmp_path / trace).parent.mkdir(exist_ok=True)
    (tmp_path / trace).write_bytes(b"x")
    with pytest.raises(Refused, match="不见了"):
        check(tmp_path / "shuke.db")
    assert not (tmp_path / "shuke.db").exists()


@pytest.mark.parametrize("place", [0, 20, 100, 1024, 5000])
def test_a_damaged_file_is_told_with_what_to_do(shop, place):
    damaged = bytearray(shop.read_bytes())
    damaged[place : place + 16] = b"\xa5" * 16
    shop.write_bytes(damaged)
    with pytest.raises(Refused, match="flask backup restore"):
        check(shop)
    assert shop.read_bytes() == bytes(damaged)


def test_damage_that_cannot_even_be_spelt_is_told(shop):
    """SQLite quotes the damaged name, which is no text any more."""
    damaged = shop.read_bytes().replace(b"ix_namecustomer", b"ix_\xd6amecust\xd6mer")
    shop.write_bytes(damaged)
    with pytest.raises(Refused, match="flask backup restore"):
        check(shop)


def test_a_file_cut_short_is_told(shop):
    shop.write_bytes(shop.read_bytes()[:-2048])
    with pytest.raises(Refused, match="坏了"):
        check(shop)


def test_a_file_that_is_none_of_ours_is_told(shop):
    shop.write_bytes(b"<html>sorry</html>" * 100)
    with pytest.raises(Refused, match="坏了"):
        check(shop)


def test_a_large_shop_is_only_looked_at_from_outside(shop, monkeypatch):
    damaged = shop.read_bytes()
    shop.write_bytes(damaged[:5000] + b"\xa5" * 16 + damaged[5016:])
    monkeypatch.setattr(soundness, "QUICK", 100)
    check(shop)


def test_a_shop_that_somebody_writes_to_is_opened(shop):
    with closing(sqlite3.connect(shop, isolation_level=None)) as line:
        line.execute("PRAGMA journal_mode = WAL")
        line.execute("BEGIN IMMEDIATE")
        check(shop)


def test_another_database_looks_after_itself(tmp_path):
    soundness.check(create_engine("sqlite://"), tmp_path)
