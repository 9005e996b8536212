"""Run the drills one after another, each in a shop of its own; exit status 1 when one went wrong."""

import argparse
import os
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.core.db import db
from app.inbox import greeting
from app.staff import accounts
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
from scripts.faults.shop import OWNER, PASSWORD, Shop
from scripts.faults.verdicts import Verdict
from scripts.faults.wire import Wire

MEMORY = "/dev/shm"  # noqa: S108 - quick, and gone afterwards: kill -9 asks nothing of the disk


@dataclass(frozen=True)
class Drill:
    fault: str
    title: str
    run: Callable[[Shop], Verdict]


DRILLS = [
    Drill("F-01", "kill -9 of web and worker in a burst of callbacks", killing.burst),
    Drill("F-03", "kill -9 at every step of carrying a letter", killing.carrying),
    Drill("F-05", "two workers that come and go while days pass", turns.workers),
    Drill("F-06", "another program holds the database's lock", starving.locked),
    Drill("F-08", "no file may grow any more", starving.full),
    Drill("F-11", "the platform is away, slow, wrong", weather.outage),
    Drill("F-12", "access tokens that are replaced, or never good", weather.tokens),
    Drill("F-13", "each refusal of the platform", weather.refusals),
    Drill("F-14", "the platform takes a letter and its answer is lost", weather.lost_answers),
    Drill("F-15", "a clock that jumps", clocks.jumps),
    Drill("F-16", "400 days in zones that change their hour", clocks.zones),
    Drill("F-18", "backups under load, damaged, of an old version", keeping.backups),
    Drill("F-19", "a shop goes on from a backup", keeping.restored),
    Drill("F-20", "migrations there and back, and kill -9 in the middle", moving.migrations),
    Drill("F-24", "the database file is damaged, cut, gone", damage.file),
    Drill("F-25", "reminders come due while two workers are killed", reminding.some),
]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("faults", nargs="*", help="F-01 F-03 …; without any, all of them")
    asked.add_argument("--callbacks", type=int, default=0, help="the long storm of so many instead")
    asked.add_argument("--kills", type=int, default=100, help="deaths in the storm")
    asked.add_argument("--reminders", type=int, default=0, help="so many due reminders instead")
    wanted = asked.parse_args()
    fast = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="shuke-faults-", dir=fast) as place:
        if wanted.callbacks:
            found = [_storm(Path(place), wanted.callbacks, wanted.kills)]
        elif wanted.reminders:
            found = [_reminders(Path(place), wanted.reminders)]
        else:
            found = _drills(Path(place), wanted.faults)
    report.write(found)
    sys.exit(0 if all(verdict.is_good for _id, _title, verdict, _took in found) else 1)


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
        verdict = _run(drill, place, wire, _template(place, wire))
        found = (drill.fault, title, verdict, time.monotonic() - began)
    _say(*found)
    return found


def _drills(place: Path, chosen: list[str]) -> list[report.Found]:
    found: list[report.Found] = []
    with Wire() as wire:
        template = _template(place, wire)
        for drill in DRILLS:
            if not chosen or drill.fault in chosen:
                began = time.monotonic()
                verdict = _run(drill, place, wire, template)
                found.append((drill.fault, drill.title, verdict, time.monotonic() - began))
                _say(*found[-1])
    return found


def _template(place: Path, wire: Wire) -> Path:
    """A shop that has its tables and its greeting, to be copied for every drill."""
    shop = Shop(place / "template", wire)
    with shop.inside():
        greeting.put("欢迎光临", "")
        accounts.add(OWNER, role="owner", password=PASSWORD)
        db.session.commit()
    shop.end_all()
    with closing(sqlite3.connect(shop.file)) as line:
        line.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return shop.file


def _run(drill: Drill, place: Path, wire: Wire, template: Path) -> Verdict:
    wire.forget()
    shop = Shop(place / drill.fault, wire, template)
    try:
        verdict = drill.run(shop)
    except Exception as error:  # a drill that cannot be carried out has gone wrong as well
        traceback.print_exc()
        verdict = Verdict(wrong=[f"{type(error).__name__}: {error}", shop.told()])
    finally:
        shop.end_all()
    if not verdict.is_good and shop.log.exists():
        lines = shop.log.read_text().splitlines()
        errors = [line for line in lines if "broke" in line or "Traceback" in line]
        print("\n".join(line[-1500:] for line in (errors or lines)[-8:]))
    return verdict


def _say(fault: str, title: str, verdict: Verdict, took: float) -> None:
    print(f"{'good' if verdict.is_good else 'BAD '} {fault} {title} ({took:.0f} s)")
    print(f"     {'; '.join(verdict.figures)}")
    for line in verdict.wrong:
        print(f"     !! {line}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
