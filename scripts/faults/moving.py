"""F-20: migrations there and back on a shop with rows, and kill -9 in the middle of them."""

import hashlib
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from scripts.faults.programs import Program
from scripts.faults.shop import Shop, chance
from scripts.faults.verdicts import Verdict

OLD = "0016"
UNLIKE = {  # what bears the moment of the upgrade, or was drawn by lot
    "index_gap": {"created_at"}, "community": {"created_at", "code"},
    "community_rule": {"created_at"},
}  # fmt: skip
KEPT = {"customer", "purchase", "message", "conversation", "moment", "product", "follow_up"}
CUSTOMERS, DEATHS = 3000, 8
MESSAGES, SHUT = 1_000_000, 60.0  # of a large shop; seconds


def migrations(shop: Shop) -> Verdict:
    verdict = Verdict()
    shop.flask(
        "demo", "load", "--customers", str(CUSTOMERS), "--orders", str(2 * CUSTOMERS),
        "--messages", str(5 * CUSTOMERS), "--seed", "7", SHUKE_PRACTICE="1",
    )  # fmt: skip
    shop.flask("db", "downgrade", OLD)
    shop.fold()
    before, old = _hashes(shop.file), shop.folder / "old.db"
    shutil.copyfile(shop.file, old)
    took = _upgrade(shop)
    after = _hashes(shop.file)
    shop.flask("db", "downgrade", OLD)
    shop.fold()
    verdict.tell("rows", _rows(shop.file))
    verdict.tell(f"{OLD} to head, seconds", took)
    verdict.must("tables that differ after up and down", _differing(before, _hashes(shop.file)), [])
    shutil.copyfile(old, shop.file)
    _upgrade(shop)
    verdict.must("after up once more", _differing(after, _hashes(shop.file)), [])
    _killed(shop, verdict, old, after, took)
    _given_back(shop, verdict, old, after)
    _large(shop, verdict, old)
    return verdict


def _given_back(shop: Shop, verdict: Verdict, old: Path, wanted: dict[str, str]) -> None:
    """A backup that was taken before the upgrade, as docs/deploy.md asks for, brings it all back."""
    _put(shop, old)
    file = shop.folder / "before.backup"
    shop.flask("backup", "create", str(file))
    _upgrade(shop)
    shop.flask("backup", "restore", str(file), "--force")
    shop.fold()
    found = set(_differing(wanted, _hashes(shop.file))) & KEPT
    verdict.must("tables that differ in a backup from before, brought forward", sorted(found), [])


def _large(shop: Shop, verdict: Verdict, old: Path) -> None:
    """The longest that nobody can write during an upgrade of a shop with a million messages."""
    _put(shop, old)
    with closing(sqlite3.connect(shop.file)) as line:
        line.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        columns = [row[1] for row in line.execute("PRAGMA table_info(message)")]
        listed = ", ".join(f'"{column}"' for column in columns)
        told = ", ".join(
            {"id": "NULL", "letter_id": "NULL", "key": "lower(hex(randomblob(12)))"}.get(
                column, f'"{column}"'
            )
            for column in columns
        )
        most = line.execute("SELECT max(id) FROM message").fetchone()[0]
        again = f"INSERT INTO message ({listed}) SELECT {told} FROM message WHERE id <= ?"  # noqa: S608
        for _turn in range(-(-MESSAGES // most)):
            line.execute(again, (most,))
        line.commit()
        count = line.execute("SELECT count(*) FROM message").fetchone()[0]
    verdict.tell("messages of a large shop", count)
    verdict.at_most("brought up to date in", _upgrade(shop), SHUT, " s")


def _put(shop: Shop, file: Path) -> None:
    for path in shop.folder.glob("shuke.db*"):
        path.unlink()
    shutil.copyfile(file, shop.file)


def _upgrade(shop: Shop) -> float:
    """Bring it to the newest version; the seconds it took."""
    began = time.monotonic()
    program = Program(("db", "upgrade"), shop.environ, shop.log)
    if program.wait() != 0:
        raise RuntimeError("flask db upgrade failed")
    took = time.monotonic() - began
    shop.fold()
    return took


def _killed(shop: Shop, verdict: Verdict, old: Path, wanted: dict[str, str], took: float) -> None:
    half = deaths = 0
    for _death in range(DEATHS):
        _put(shop, old)
        program = Program(("db", "upgrade"), shop.environ, shop.log)
        time.sleep(chance.uniform(0.1, 0.9) * took)
        deaths += not program.is_dead
        program.kill()
        half += _revision(shop.file) not in (OLD, wanted["alembic_version"])
        _upgrade(shop)
        verdict.wrong += [f"{name} differs" for name in _differing(wanted, _hashes(shop.file))]
    verdict.tell("killed in the middle", deaths)
    verdict.must("left between two versions", half)
    verdict.must("not brought to the end by a second run", len(verdict.wrong))


def _revision(file: Path) -> str:
    with closing(sqlite3.connect(file)) as line:
        return str(line.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _tables(line: sqlite3.Connection) -> list[str]:
    asked = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return sorted(name for (name,) in line.execute(asked) if "words_index" not in name)


def _hashes(file: Path) -> dict[str, str]:
    """Of every table, over all rows in the order of their columns' names."""
    found = {}
    with closing(sqlite3.connect(file)) as line:
        for table in _tables(line):
            told = {row[1] for row in line.execute(f'PRAGMA table_info("{table}")')}
            columns = sorted(told - UNLIKE.get(table, set()))
            listed = ", ".join(f'"{column}"' for column in columns)
            digest = hashlib.sha256(listed.encode())
            for row in line.execute(f'SELECT {listed} FROM "{table}" ORDER BY {listed}'):  # noqa: S608
                digest.update(repr(row).encode())
            found[table] = digest.hexdigest()
        found["alembic_version"] = _revision(file)
    return found


def _rows(file: Path) -> int:
    with closing(sqlite3.connect(file)) as line:
        return sum(
            line.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608
            for table in _tables(line)
        )


def _differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
