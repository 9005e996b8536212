"""The shop of the drill: its two programs as an operator runs them, its end by kill -9, its return."""

import os
import secrets
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

from scripts.benching.shop import ROOT
from scripts.drill import free_port

PASSWORD = "shuke-demo"  # noqa: S105 - of the demo shop, known to everybody
PROGRAMS = ("serve", "worker")
NIGHT = (
    "from wsgi import app; from app.core.backup import keeping; from app.core.db import db\n"
    "with app.app_context(): keeping._start(keeping.NIGHTLY); db.session.commit()"
)


class House:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.key = secrets.token_urlsafe(48)
        self.running: list[subprocess.Popen[bytes]] = []
        self.move_to(folder)

    def move_to(self, folder: Path) -> None:
        """From now on the shop is in this folder."""
        self.folder = folder
        self.environ = {
            **{k: v for k, v in os.environ.items() if "SHUKE" not in k},
            "SHUKE_INSTANCE": str(folder), "SHUKE_ENV": "demo", "FLASK_APP": "wsgi",
            "HOST": "127.0.0.1", "PORT": str(self.port), "PUBLIC_URL": "", "TRUSTED_PROXIES": "0",
            "DATABASE_URL": f"sqlite:///{folder / 'shuke.db'}", "SECRET_KEY": self.key,
            "SHUKE_PRACTICE": "1", "MEDIA_ROOT": str(folder / "media"), "WECHAT_APP_ID": "",
        }  # fmt: skip

    def flask(self, *words: str, said: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "flask", *words], cwd=ROOT, env=self.environ, input=said,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"flask {' '.join(words)}: {done.stderr[-800:]}")
        return done.stdout

    def open(self) -> None:
        for name in PROGRAMS:
            with (self.folder / f"{name}.log").open("ab") as log:
                command = [sys.executable, "-OO", "-m", "flask", name]
                self.running.append(
                    subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=log, stderr=log)
                )
        end = time.monotonic() + 60
        while not self._answers():
            if time.monotonic() > end:
                raise RuntimeError("the web server does not answer")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.address + "/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        for program in self.running:
            program.kill()
            program.wait()
        self.running = []

    def back_up_tonight(self) -> Path:
        """The nightly backup, made and proved by the worker as every night."""
        subprocess.run([sys.executable, "-c", NIGHT], cwd=ROOT, env=self.environ, check=True)
        end = time.monotonic() + 120
        proved = "SELECT file FROM backup WHERE kind = 'nightly' AND verified_at IS NOT NULL AND id = (SELECT max(id) FROM backup)"
        while not (found := self.ask(proved)):
            if time.monotonic() > end:
                raise RuntimeError("there is no nightly backup")
            time.sleep(0.2)
        return self.folder / "backups" / str(found[0][0])

    def ask(self, statement: str) -> list[Any]:
        line = sqlite3.connect(f"file:{self.folder / 'shuke.db'}?mode=ro", uri=True, timeout=10)
        with closing(line):
            return line.execute(statement).fetchall()

    def count(self, statement: str) -> int:
        return int(self.ask(statement)[0][0])
