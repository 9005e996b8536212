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
STAMPED = {"index_gap"}  # its rows bear the moment of the migration
CUSTOMERS, DEATHS = 3000, 12


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
    return verdict


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
        for path in shop.folder.glob("shuke.db*"):
            path.unlink()
        shutil.copyfile(old, shop.file)
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
            columns = sorted(row[1] for row in line.execute(f'PRAGMA table_info("{table}")'))
            if table in STAMPED:
                columns.remove("created_at")
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
