"""A backup takes the shop's place: whole, proved, with the old one kept beside."""

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from app.core import jobs, outbox, schema
from app.core.backup import packing, postgres_side, reading, restoring, taking
from app.core.clock import now
from app.core.db import db
from app.core.errors import Refused
from app.core.outbox import Letter
from app.customers.models import Customer
from app.sales.models import Order
from app.staff import signing_in
from app.staff.models import Staff, StaffSession
from tests import make
from tests.core.backup.conftest import PASSPHRASE
from tests.house.walking import all_rows

UNLIKE = {"staff_session", "access_token", "alembic_version"}


def test_what_comes_back_is_what_was_there(place, backup, elsewhere):
    before = all_rows(without=UNLIKE)
    with elsewhere() as other:
        done = restoring.restore(other, backup)
        assert all_rows(without=UNLIKE) == before
        assert (other.media / "inbox" / "a1b2").read_bytes() == b"a picture" * 1000
        assert (other.instance / "secret_key").read_text() == "k" * 48
        assert (other.instance / "MP_verify_x.txt").read_text() == "x"
        assert done.proof.counts["purchase"] == 1
        assert not [p for p in other.instance.iterdir() if p.name.endswith(".part")]


def test_what_is_written_afterwards_gets_new_numbers(place, backup, elsewhere):
    with elsewhere() as other:
        restoring.restore(other, backup)
        amy = db.session.scalars(db.select(Staff).where(Staff.name == "amy")).one()
        assert make.customer("新来的", owner=amy).id > 1
        found = db.session.scalars(db.select(Customer.name).order_by(Customer.id)).all()
        assert found == ["林小满", "新来的"]


def test_a_sealed_backup_comes_back_with_its_passphrase(sealed, elsewhere):
    with elsewhere() as other:
        with pytest.raises(Refused, match="口令不对"):
            restoring.restore(other, sealed, passphrase="not that one")
        restoring.restore(other, sealed, passphrase=PASSPHRASE)
        assert db.session.scalars(db.select(Order.cents)).all() == [10_000]


def test_a_shop_is_not_overwritten_unless_asked_and_then_kept_beside(backup, elsewhere):
    with elsewhere() as other:
        restoring.restore(other, backup)
        make.staff("zoe", "agent")
        (other.media / "new").write_bytes(b"new")
        (other.instance / "books.seal").write_text("of the other database")
        db.session.remove()
        with pytest.raises(Refused, match="--force"):
            restoring.restore(other, backup)
        assert db.session.scalar(db.select(Staff.id).where(Staff.name == "zoe"))
        db.session.remove()
        done = restoring.restore(other, backup, force=True)
        assert not db.session.scalar(db.select(Staff.id).where(Staff.name == "zoe"))
        assert not (other.media / "new").exists()
        db.session.remove()
        kept = {p.name.split(".before-")[0]: p for p in other.instance.glob("*.before-restore-*")}
        assert (kept["media"] / "new").read_bytes() == b"new"
        assert kept["books.seal"].read_text() == "of the other database"
        assert not (other.instance / "books.seal").exists()
        assert _old_names(other, kept, done) == {"amy", "chief", "zoe"}


def _old_names(other, kept, done):
    url = f"sqlite:///{kept['shuke.db']}" if other.database else other.engine.url
    folder = "" if other.database else done.aside[0].removeprefix("schema ") + "."
    engine = create_engine(url)
    with engine.connect() as line:
        names = set(line.scalars(text(f"SELECT name FROM {folder}staff")))  # noqa: S608
    engine.dispose()
    return names


def test_a_database_that_somebody_uses_is_left_alone(backup, elsewhere):
    with elsewhere() as other:
        restoring.restore(other, backup)
        other.engine.dispose()
        engine = create_engine(other.engine.url)
        with engine.connect() as line:  # a web server that forgot to stop
            line.execute(text("SELECT count(*) FROM staff"))
            if other.database:
                line.execute(text("PRAGMA journal_mode = WAL"))
                line.commit()
                line.execute(text("SELECT count(*) FROM staff"))
            line.rollback()
            with pytest.raises(Refused, match="还在用数据库"):
                restoring.restore(other, backup, force=True)
        engine.dispose()
        assert not list(other.instance.glob("shuke.db.before-restore*"))


def test_a_damaged_backup_changes_nothing(backup, elsewhere, tmp_path):
    data = backup.read_bytes()
    bad = tmp_path / "bad.backup"
    bad.write_bytes(data[:-700] + b"\1" + data[-699:])
    with elsewhere() as other:
        restoring.restore(other, backup)
        db.session.remove()
        with pytest.raises(Refused):
            restoring.restore(other, bad, force=True)
        assert db.session.scalars(db.select(Order.cents)).all() == [10_000]
        db.session.remove()
        names = [p.name for p in other.instance.iterdir()]
        assert not [n for n in names if "before-restore" in n and not n.startswith("secret_key")]
        assert not [n for n in names if n.endswith(".part")]


def test_a_failure_while_changing_places_puts_the_old_one_back(backup, elsewhere, monkeypatch):
    with elsewhere() as other:
        restoring.restore(other, backup)
        make.staff("zoe", "agent")
        (other.media / "new").write_bytes(b"new")
        db.session.remove()
        real = restoring.keep
        calls = []

        def trip(folder):
            calls.append(folder)
            if len(calls) == (2 if other.database else 1):
                raise OSError(5, "Input/output error")
            real(folder)

        monkeypatch.setattr(restoring, "keep", trip)
        with pytest.raises(Refused, match="失败"):
            restoring.restore(other, backup, force=True)
        assert (other.media / "new").read_bytes() == b"new"
        assert db.session.scalar(db.select(Staff.id).where(Staff.name == "zoe"))


def test_letters_that_were_unsent_wait_for_a_click(place, elsewhere, tmp_path):
    for state in ("queued", "sending", "sent", "failed", "unknown"):
        letter = outbox.post("pigeon", f"to-{state}", {"text": "hello"}, account="us")
        letter.state = state
    db.session.commit()
    taking.take(place, tmp_path / "x.backup")
    sent = []
    with elsewhere() as other:
        restoring.restore(other, tmp_path / "x.backup")
        outbox.senders["pigeon"] = lambda one: sent.append(one.to) or "ok"
        guards, outbox.guards[:] = list(outbox.guards), []
        while jobs.run_one("network", "w"):
            pass
        assert sent == []
        states = dict(db.session.execute(db.select(Letter.to, Letter.state)).all())
        assert states == {
            "to-queued": "held", "to-sending": "held", "to-sent": "sent", "to-failed": "failed",
            "to-unknown": "unknown",
        }  # fmt: skip
        held = db.session.scalars(
            db.select(Letter).where(Letter.state == "held").order_by(Letter.id)
        ).all()
        outbox.release(held[0])
        outbox.drop(held[1])
        db.session.commit()
        with pytest.raises(Refused, match="有人决定过"):
            outbox.release(held[1])
        db.session.rollback()
        while jobs.run_one("network", "w"):
            pass
        assert sent == ["to-queued"]
        states = dict(db.session.execute(db.select(Letter.to, Letter.state)).all())
        assert (states["to-queued"], states["to-sending"]) == ("sent", "failed")
        outbox.guards[:] = guards


def test_everybody_signs_in_anew(place, chief, elsewhere, tmp_path):
    signing_in.open_session(chief)
    db.session.commit()
    taking.take(place, tmp_path / "x.backup")
    with elsewhere() as other:
        restoring.restore(other, tmp_path / "x.backup")
        assert db.session.scalars(db.select(StaffSession)).all() == []


def test_a_backup_of_an_older_version_is_brought_forward(elsewhere, tmp_path):
    with elsewhere("old") as old:
        with old.engine.begin() as line:
            schema.forward(line, "0006")
            moment = now().replace(tzinfo=None) if old.database else now()
            put = (
                "INSERT INTO staff (name, display, role, password_hash, language, is_active,"
                " is_demo, created_at) VALUES ('eve', '', 'owner', '', 'zh', :t, :f, :at)"
            )
            line.execute(text(put), {"t": True, "f": False, "at": moment})
            held = (  # a row that points at a table which a later migration makes anew
                "INSERT INTO staff_session (staff_id, token_hash, seen_at, created_at)"
                " SELECT id, 'x', :at, :at FROM staff"
            )
            line.execute(text(held), {"at": moment})
        taking.take(old, tmp_path / "old.backup")
    with elsewhere("new") as new:
        assert reading.verify(new, tmp_path / "old.backup").revision == "0006"
        restoring.restore(new, tmp_path / "old.backup")
        assert db.session.scalars(db.select(Staff.name)).all() == ["eve"]
        at = db.session.scalar(text("SELECT version_num FROM alembic_version"))
        assert schema.knows(at)
        assert at > "0006"


def test_one_whose_tables_cannot_be_brought_forward_is_refused(place, elsewhere, tmp_path):
    with elsewhere("old") as old:
        with old.engine.begin() as line:
            schema.forward(line, "0006")
            line.execute(text("CREATE INDEX ix_customer_owner_warm ON customer (id)"))
        taking.take(old, tmp_path / "odd.backup")
    with elsewhere("new") as new:
        if not new.database:  # there an index of one's own is no part of a backup
            restoring.restore(new, tmp_path / "odd.backup")
            return
        with pytest.raises(Refused, match="already exists.*请用做备份时的"):
            restoring.restore(new, tmp_path / "odd.backup")
        assert not new.database.exists()


def test_a_backup_of_a_newer_version_is_refused_with_the_reason(
    place, elsewhere, tmp_path, monkeypatch
):
    real = taking._opening
    monkeypatch.setattr(taking.schema, "version", lambda: "9.1.0")
    revised = "UPDATE alembic_version SET version_num = '{}'"
    at = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    db.session.execute(text(revised.format("9999")))
    db.session.commit()
    try:
        taking.take(place, tmp_path / "newer.backup")
    finally:
        db.session.execute(text(revised.format(at)))
        db.session.commit()
    monkeypatch.setattr(taking, "_opening", lambda: {**real(), "format": 2})
    taking.take(place, tmp_path / "format.backup")
    monkeypatch.undo()
    with elsewhere() as other:
        for name in ("newer", "format"):
            with pytest.raises(Refused, match="9.1.0.*升级程序"):
                restoring.restore(other, tmp_path / f"{name}.backup")


def test_a_backup_of_the_other_kind_of_database_is_refused(place, elsewhere, tmp_path):
    data = (tmp_path / "x.backup").open("w+b")
    pack = packing.Pack(data, tmp_path)
    kind = "postgresql" if place.database else "sqlite"
    at = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    pack.add_json(packing.OPENING, {**taking._opening(), "kind": kind, "revision": at})
    pack.finish({"counts": {}})
    data.close()
    with elsewhere() as other, pytest.raises(Refused, match="不能互相恢复"):
        restoring.restore(other, tmp_path / "x.backup")


def test_a_key_of_the_environment_that_differs_is_told(backup, elsewhere):
    with elsewhere("own") as other:
        assert restoring.restore(other, backup).key_in_force
    with elsewhere("given", SECRET_KEY="e" * 40) as other:
        assert not restoring.restore(other, backup).key_in_force
    with elsewhere("same", SECRET_KEY="k" * 48) as other:
        assert restoring.restore(other, backup).key_in_force


def test_a_trial_leaves_no_trace(place, backup):
    before = all_rows()
    proof = reading.verify(place, backup)
    assert all_rows() == before
    assert proof.counts["customer"] == 1
    if not place.database:
        schemas = db.session.scalars(text("SELECT nspname FROM pg_namespace")).all()
        assert postgres_side.NEW not in schemas
        db.session.commit()
    made = now() - timedelta(minutes=5)
    assert proof.made_at > made.isoformat()
