"""How soon the platform is answered while long work writes beside the web server.

The work is a program of scripts/benching that prints a line `now NAME` as each of its stages begins
(`now` alone: nothing that counts) and its figures as JSON at the end.
"""

import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from scripts.benching import burst
from scripts.benching.shop import ROOT, Shop

STEADY = 20  # callbacks a second


class Beside:
    """Callbacks, and plain durable commits into a file of their own, stage by stage in ms."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.stage, self.ended = shop, "", False
        self.answers: dict[str, list[float]] = defaultdict(list)
        self.commits: dict[str, list[float]] = defaultdict(list)

    def run(self, program: str) -> dict[str, Any]:
        """The program's own figures; for each stage also p99 ms of an answer and of a commit."""
        with self.shop:
            threads = [threading.Thread(target=one) for one in (self._call, self._commit)]
            for thread in threads:
                thread.start()
            try:
                told = self._listen(program)
            finally:
                self.ended = True
                for thread in threads:
                    thread.join()
        self.shop.forget_waiting()
        kinds = (("answer", self.answers), ("commit", self.commits))
        return told | {
            f"{stage} {what}": p99(own) for what, times in kinds for stage, own in times.items()
        }

    def _listen(self, program: str) -> dict[str, Any]:
        command = [sys.executable, "-m", f"scripts.benching.{program}"]
        told: dict[str, Any] = {}
        with subprocess.Popen(
            command, cwd=ROOT, env=self.shop.environ, stdout=subprocess.PIPE, text=True
        ) as process:
            for line in process.stdout or ():
                if line.startswith("now"):
                    self.stage = line[3:].strip()
                else:
                    told = json.loads(line)
        if process.returncode:
            raise RuntimeError(f"{program} ended with {process.returncode}")
        return told

    def _call(self) -> None:
        while not self.ended:
            for request in burst.requests(self.shop, STEADY):
                if stage := self.stage:
                    self.answers[stage] += burst.fire([request], clients=1)[1]
                time.sleep(1 / STEADY)

    def _commit(self) -> None:
        line = sqlite3.connect(Path(self.shop.folder) / "raw.db", isolation_level=None)
        line.execute("PRAGMA journal_mode=WAL")
        line.execute("PRAGMA synchronous=FULL")
        line.execute("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, text TEXT)")
        while not self.ended:
            if stage := self.stage:
                began = time.perf_counter()
                line.execute("INSERT INTO row (text) VALUES ('x')")
                self.commits[stage].append(1000 * (time.perf_counter() - began))
            time.sleep(1 / STEADY)
        line.close()


def p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)] if times else 0.0
