"""With the worker at work: how fast it works off a burst, how soon a message is seen."""

import sqlite3
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from scripts.benching import burst
from scripts.benching.shop import ROOT, Shop

STEADY = 20  # messages a second, for a shop a very busy minute
SECONDS = 15
BURST = 15  # seconds for which a burst is worked off


@dataclass
class Heard:
    """Messages a second worked off; seconds until one is in the inbox; ms of the answers meanwhile."""

    rate: float
    p50: float
    p95: float
    answer_p99: float


def measure(shop: Shop) -> Heard:
    command = [sys.executable, "-m", "flask", "worker"]
    process = subprocess.Popen(command, cwd=ROOT, env=shop.environ)
    try:
        rate = _worked_off(shop)
        seen, answers = _steady(shop)
        ordered = sorted(seen)
        return Heard(
            rate, statistics.median(seen), ordered[int(len(ordered) * 0.95)],
            statistics.quantiles(answers, n=100)[-1],
        )  # fmt: skip
    finally:
        process.terminate()
        process.wait()


def _worked_off(shop: Shop) -> float:
    """Messages a second, from when the first of the waiting ones is done."""
    line = _reading(shop)
    first = _count(line)
    while _count(line) == first:
        time.sleep(0.05)
    began, first = time.monotonic(), _count(line)
    while (left := _count(line)) and time.monotonic() - began < BURST:
        time.sleep(0.2)
    rate = (first - left) / (time.monotonic() - began)
    line.close()
    shop.forget_waiting()
    return rate


def _steady(shop: Shop) -> tuple[list[float], list[float]]:
    """Seconds from the answer until the message is in the inbox, and ms of the answers."""
    line = _reading(shop)
    requests = burst.requests(shop, STEADY * SECONDS)
    last = line.execute("SELECT max(id) FROM message").fetchone()[0]
    came: list[float] = []
    seen: list[float] = []
    answers: list[float] = []
    began = time.monotonic()
    while len(seen) < len(requests) and time.monotonic() - began < SECONDS + 30:
        due = min(len(requests), int((time.monotonic() - began) * STEADY) + 1)
        while len(came) < due:
            answers += burst.fire(requests[len(came) : len(came) + 1], clients=1)[1]
            came.append(time.monotonic())
        there = line.execute("SELECT count(*) FROM message WHERE id > ?", (last,)).fetchone()[0]
        seen += [time.monotonic() - came[n] for n in range(len(seen), there)]
        time.sleep(0.02)
    line.close()
    if len(seen) < len(requests):
        raise RuntimeError(f"{len(requests) - len(seen)} messages were not heard")
    return seen, answers


def _reading(shop: Shop) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{shop.folder / 'shuke.db'}?mode=ro", uri=True)


def _count(line: sqlite3.Connection) -> int:
    found = line.execute(
        "SELECT count(*) FROM job WHERE lane = 'arrivals' AND state IN ('queued', 'running')"
    )
    return int(found.fetchone()[0])
