"""A shop of N customers in a folder of its own, and its web server."""

import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORT = int(os.environ.get("BENCH_PORT", "8741"))
ADDRESS = f"http://127.0.0.1:{PORT}"
ORDERS_EACH, MESSAGES_EACH = 2, 3


class Shop:
    def __init__(self, folder: Path, customers: int) -> None:
        self.folder, self.customers = folder, customers
        self.environ = {
            **os.environ, "SHUKE_INSTANCE": str(folder), "SHUKE_ENV": "demo", "PORT": str(PORT),
            "FLASK_APP": "wsgi", "PYTHONPATH": str(ROOT), "PYTHONOPTIMIZE": "2",
        }  # fmt: skip

    def fill(self) -> float:
        """Load the demo shop of this size, unless it is there; seconds that it took when it was."""
        began = time.monotonic()
        self._flask("db", "upgrade")
        kept = self.folder / "filled"
        if not kept.exists():
            self._flask(
                "demo", "load", "--customers", str(self.customers),
                "--orders", str(self.customers * ORDERS_EACH),
                "--messages", str(self.customers * MESSAGES_EACH), "--seed", "7",
            )  # fmt: skip
            kept.write_text(f"{time.monotonic() - began:.0f}")
        self._tick()
        self.forget_waiting()
        return float(kept.read_text() or 0)

    def forget_waiting(self) -> None:
        """What waits for a worker is over."""
        with sqlite3.connect(self.folder / "shuke.db", timeout=30) as line:
            line.execute("DELETE FROM job WHERE lane = 'arrivals' AND state = 'queued'")
            line.execute("UPDATE job SET state = 'done' WHERE state = 'queued'")

    def _tick(self) -> None:
        """Let the night's work be due now, so that it is not made up for in the middle of a run."""
        code = (
            "from wsgi import app; from app.core import worker; from app.timetable import TIMETABLE\n"
            "with app.app_context(): worker.tick(TIMETABLE)"
        )
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=self.environ, check=True)

    def _flask(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "flask", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.environ, check=True)

    def __enter__(self) -> "Shop":
        began = time.monotonic()
        code = "from scripts.benching.const_app import app; from app.cli.serve import run; run(app)"
        self.process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=self.environ)
        while True:
            try:
                with urllib.request.urlopen(ADDRESS + "/healthz", timeout=2):
                    break
            except OSError:
                time.sleep(0.02)
        self.cold_start = time.monotonic() - began
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.wait()

    def cpu(self) -> float:
        """CPU seconds that the server has used so far."""
        return time.clock_gettime((~self.process.pid << 3) | 2)  # the kernel's clock of a process
