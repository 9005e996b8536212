"""docs/reliability.md: a line for each fault. A run replaces the lines of what it ran."""

import fcntl
import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

from scripts.benching.shop import ROOT
from scripts.faults.verdicts import Verdict

Found = tuple[str, str, Verdict, float]  # fault, title, verdict, seconds
FILE = ROOT / "docs" / "reliability.md"
LINE = re.compile(r"^\| ([A-Z]-[0-9]+(?: on PostgreSQL)?) \|")
HEAD = """# Reliability

Written by `make faults`: real web servers and workers on SQLite (`make faults ON=postgresql` runs those
drills that do not concern SQLite's file on a PostgreSQL), two drills at a time, and a stand-in for the platform on
loopback that counts every letter. They are killed with `kill -9`, at random and at named points of
the code, kept from writing, refused, left without an answer, told a wrong time. Each line says what
was counted and what of it was lost, doubled or late; a line that is not «good» fails the run.

«acknowledged» are callbacks that we answered with `success`: the platform never sends those again.
«in doubt» are letters of which nobody knows whether they arrived, for example because the worker
died between sending and noting it down: a person decides, they are never sent again by themselves.
Seconds are those of a machine that did other work at the same time. The long storm (G-01) is
`make faults CALLBACKS=100000 KILLS=100`; its line says how many there were. So is G-02, many reminders
that come due: `make faults REMINDERS=10000`.

| fault | what happens | verdict | counted | took | when, where |
|---|---|---|---|---|---|
"""


def write(found: list[Found], file: Path = FILE) -> None:
    with file.with_suffix(".lock").open("w") as lock:  # two drills at a time come to an end
        fcntl.flock(lock, fcntl.LOCK_EX)
        _write(found, file)


def _write(found: list[Found], file: Path) -> None:
    lines = _kept(file)
    for fault, title, verdict, took in found:
        said = "good" if verdict.is_good else "**bad**: " + "; ".join(verdict.wrong)
        counted = "; ".join(verdict.figures)
        cells = (fault, title, said, counted, f"{took:.0f} s", _here())
        lines[fault] = "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
    body = "\n".join(lines[fault] for fault in sorted(lines))
    file.write_text(f"{HEAD}{body}\n", encoding="utf-8")


def _kept(file: Path) -> dict[str, str]:
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    found = ((LINE.match(line), line) for line in text.splitlines())
    return {match[1]: line for match, line in found if match}


def _here() -> str:
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    return f"{day}, {os.cpu_count()} cores, Python {platform.python_version()}"
