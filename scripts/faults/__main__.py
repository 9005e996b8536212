"""Run the drills one after another, each in a shop of its own; exit status 1 when one went wrong."""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.core.db import db
from app.inbox import greeting
from app.staff import accounts
from scripts.benching.shop import ROOT
from scripts.faults import (
    clocks,
    damage,
    keeping,
    killing,
    moving,
    reminding,
    report,
    starving,
    storm,
    turns,
    weather,
)
from scripts.faults.databases import FIRST, Postgres
from scripts.faults.shop import OWNER, PASSWORD, Shop
from scripts.faults.verdicts import Verdict
from scripts.faults.wire import Wire

MEMORY = "/dev/shm"  # noqa: S108 - quick, and gone afterwards: kill -9 asks nothing of the disk


@dataclass(frozen=True)
class Drill:
    fault: str
    title: str
    run: Callable[[Shop], Verdict]
    on_both: bool = False  # it does not concern SQLite's file


LANES = 2  # drills at a time: they wait more than they work
LONG = ("F-20", "F-25", "F-18", "F-05", "F-03", "F-11", "F-06")
DRILLS = [
    Drill("F-01", "kill -9 of web and worker in a burst of callbacks", killing.burst, True),
    Drill("F-03", "kill -9 at every step of carrying a letter", killing.carrying, True),
    Drill("F-05", "two workers that come and go while days pass", turns.workers, True),
    Drill("F-06", "another program holds the database's lock", starving.locked),
    Drill("F-08", "no file may grow any more", starving.full),
    Drill("F-11", "the platform is away, slow, wrong", weather.outage, True),
    Drill("F-12", "access tokens that are replaced, or never good", weather.tokens, True),
    Drill("F-13", "each refusal of the platform", weather.refusals, True),
    Drill("F-14", "the platform takes a letter and its answer is lost", weather.lost_answers, True),
    Drill("F-15", "a clock that jumps", clocks.jumps, True),
    Drill("F-16", "400 days in zones that change their hour", clocks.zones),
    Drill("F-18", "backups under load, damaged, of an old version", keeping.backups),
    Drill("F-19", "a shop goes on from a backup", keeping.restored),
    Drill("F-20", "migrations there and back, and kill -9 in the middle", moving.migrations),
    Drill("F-24", "the database file is damaged, cut, gone", damage.file),
    Drill("F-25", "reminders come due while two workers are killed", reminding.some, True),
]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("faults", nargs="*", help="F-01 F-03 …; without any, all of them")
    asked.add_argument("--callbacks", type=int, default=0, help="the long storm of so many instead")
    asked.add_argument("--kills", type=int, default=100, help="deaths in the storm")
    asked.add_argument("--reminders", type=int, default=0, help="so many due reminders instead")
    asked.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    wanted = asked.parse_args()
    drills = _asked_for(wanted.faults, wanted.database)
    if len(drills) > 1 and not (wanted.callbacks or wanted.reminders):
        sys.exit(_lanes(drills, wanted.database))
    fast = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="shuke-faults-", dir=fast) as place:
        if wanted.callbacks:
            found = [_storm(Path(place), wanted.callbacks, wanted.kills)]
        elif wanted.reminders:
            found = [_reminders(Path(place), wanted.reminders)]
        else:
            found = _drills(Path(place), drills, wanted.database)
    report.write(found)
    sys.exit(0 if all(verdict.is_good for _id, _title, verdict, _took in found) else 1)


def _asked_for(faults: list[str], database: str) -> list[Drill]:
    possible = [drill for drill in DRILLS if drill.on_both or database == "sqlite"]
    return [drill for drill in possible if not faults or drill.fault in faults]


def _lanes(drills: list[Drill], database: str) -> int:
    """Two at a time, each a program of its own; the long ones first. 1 when one went wrong."""
    waiting = sorted(
        drills, key=lambda drill: LONG.index(drill.fault) if drill.fault in LONG else 9
    )
    turn, lock, wrong = iter(waiting), threading.Lock(), list[str]()

    def lane() -> None:
        while True:
            with lock:
                drill = next(turn, None)
            if drill is None:
                return
            words = ["-m", "scripts.faults", drill.fault, "--database", database]
            done = subprocess.run(
                [sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
            )
            with lock:
                wrong.extend([drill.fault] if done.returncode else [])
                print(done.stdout, end="", flush=True)

    threads = [threading.Thread(target=lane) for _lane in range(LANES)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{len(drills)} drills in {time.monotonic() - began:.0f} s; wrong: {wrong or 'none'}")
    return int(bool(wrong))


def _storm(place: Path, count: int, kills: int) -> report.Found:
    began = time.monotonic()
    verdict = storm.run(place, count, kills)
    found = (
        "G-01",
        "the long storm: callbacks, repeats and kill -9",
        verdict,
        time.monotonic() - began,
    )
    _say(*found)
    return found


def _reminders(place: Path, count: int) -> report.Found:
    title = "many due reminders, two workers, a mail server and kill -9"
    with Wire() as wire:
        began = time.monotonic()
        drill = Drill("G-02", title, lambda shop: reminding.run(shop, count))
        verdict = _run(drill, place, wire, _template(place, wire), None)
        found = (drill.fault, title, verdict, time.monotonic() - began)
    _say(*found)
    return found


def _drills(place: Path, drills: list[Drill], database: str) -> list[report.Found]:
    found: list[report.Found] = []
    server = Postgres(place) if database == "postgresql" else None
    with Wire() as wire:
        template = _template(place, wire, server)
        for drill in drills:
            began = time.monotonic()
            verdict = _run(drill, place, wire, template, server)
            name = drill.fault + (" on PostgreSQL" if server else "")
            found.append((name, drill.title, verdict, time.monotonic() - began))
            _say(*found[-1])
    return found


def _template(place: Path, wire: Wire, server: Postgres | None = None) -> Path:
    """A shop that has its tables and its greeting, to be copied for every drill."""
    shop = Shop(place / FIRST, wire, url=server.url(FIRST) if server else "")
    with shop.inside():
        greeting.put("欢迎光临", "")
        accounts.add(OWNER, role="owner", password=PASSWORD)
        db.session.commit()
    shop.end_all()
    if server is None:
        with closing(sqlite3.connect(shop.file)) as line:
            line.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return shop.file


def _run(drill: Drill, place: Path, wire: Wire, template: Path, server: Postgres | None) -> Verdict:
    wire.forget()
    shop = Shop(place / drill.fault, wire, template, server.url(drill.fault) if server else "")
    try:
        verdict = drill.run(shop)
    except Exception as error:  # a drill that cannot be carried out has gone wrong as well
        traceback.print_exc()
        verdict = Verdict(wrong=[f"{type(error).__name__}: {error}", _told(shop)])
    finally:
        shop.end_all()
    if not verdict.is_good and shop.log.exists():
        lines = shop.log.read_text().splitlines()
        errors = [line for line in lines if "broke" in line or "Traceback" in line]
        print("\n".join(line[-1500:] for line in (errors or lines)[-8:]))
    return verdict


def _told(shop: Shop) -> str:
    try:
        return shop.told()
    except Exception as error:  # the database itself may be what is broken
        return f"{type(error).__name__}: {error}"


def _say(fault: str, title: str, verdict: Verdict, took: float) -> None:
    print(f"{'good' if verdict.is_good else 'BAD '} {fault} {title} ({took:.0f} s)")
    print(f"     {'; '.join(verdict.figures)}")
    for line in verdict.wrong:
        print(f"     !! {line}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
