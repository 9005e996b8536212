"""A shop under test: its folder, its programs, what it believes, and what customers say to it."""

import os
import random
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app import config, create_app
from app.core import clock, seams, soundness
from app.core.backup import reading as backups
from app.core.backup.places import place_of
from app.core.db import db, reading
from app.core.errors import Refused
from app.core.outbox import post
from scripts.benching.shop import ROOT
from scripts.drill import free_port
from scripts.faults.programs import Program
from scripts.faults.wire import Wire

chance = random.Random(7)  # noqa: S311 - a repeatable drill
OWNER, PASSWORD = "chief", "a good password"
EACH = 0.05  # seconds between two looks


class Shop:
    """Programs are called by name: "serve", "worker", "worker b" (a second one) …"""

    def __init__(
        self, folder: Path, wire: Wire, template: Path | None = None, url: str = ""
    ) -> None:
        self.folder, self.wire, self.port = folder, wire, free_port()
        self.orders = folder / "faults"  # of crash points, and the clock
        self.orders.mkdir(parents=True)
        self.file, self.log = folder / "shuke.db", folder / "programs.log"
        account = wire.account
        bare = {k: v for k, v in os.environ.items() if k.isupper() and "SHUKE" not in k}
        self.environ = {
            **bare, "SHUKE_INSTANCE": str(folder), "SHUKE_ENV": "demo", "FLASK_APP": "wsgi",
            "HOST": "127.0.0.1", "PORT": str(self.port), "PUBLIC_URL": "", "TRUSTED_PROXIES": "0",
            "DATABASE_URL": url or f"sqlite:///{self.file}", "SECRET_KEY": secrets.token_urlsafe(48),
            "SHUKE_PRACTICE": "0", "MEDIA_ROOT": str(folder / "media"), "SMTP_URL": "",
            "WECHAT_APP_ID": account.app_id, "WECHAT_APP_SECRET": account.secret,
            "WECHAT_TOKEN": account.token, "WECHAT_AES_KEY": account.aes_keys[0],
            "WECHAT_API_BASE": account.api_base, "SHUKE_FAULTS": str(self.orders),
        }  # fmt: skip
        self.running: dict[str, Program] = {}
        self.offset = 0.0
        if template is None:
            self.flask("db", "upgrade")
        elif not url:
            shutil.copyfile(template, self.file)
        self.app = create_app(config.read({**self.environ, "SHUKE_FAULTS": ""}))

    # Programs --------------------------------------------------------------------------------

    def start(self, *names: str) -> None:
        for name in names:
            words = tuple(name.split()[:1])
            self.running[name] = Program(words, self.environ, self.log)
        if "serve" in names:
            self.until(self.answers, 30, "the web server answers")

    def kill(self, *names: str) -> None:
        for name in names or list(self.running):
            self.running.pop(name).kill()

    def end_all(self) -> None:
        for name in list(self.running):
            self.running.pop(name).kill()
        with self.app.app_context():
            db.engine.dispose()

    def flask(self, *words: str, **more: str) -> str:
        """A command that must succeed; what it said."""
        done = self.try_flask(*words, **more)
        if done.returncode:
            raise RuntimeError(f"flask {' '.join(words)}: {done.stderr[-800:]}")
        return done.stdout

    def try_flask(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "flask", *words], cwd=ROOT, env={**self.environ, **more},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def answers(self) -> bool:
        return self.page("/login")[0] == 200

    def page(self, path: str, patience: float = 15) -> tuple[int, float]:
        """The status of a page, 0 when there is no answer, and the seconds that it took."""
        began = time.monotonic()
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}{path}", timeout=patience
            ) as a:
                status = a.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            status = 0
        return status, time.monotonic() - began

    # The file ---------------------------------------------------------------------------------

    def fold(self) -> None:
        """Nobody has it open: everything stands in the one file."""
        with self.app.app_context():
            db.engine.dispose()
        with closing(sqlite3.connect(self.file)) as line:
            line.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            line.execute("PRAGMA journal_mode = DELETE")

    def refusal(self) -> str:
        """Why a start would not open the database; "" when it would."""
        with self.app.app_context():
            db.engine.dispose()
            try:
                soundness.check(db.engine, self.folder / "media")
            except Refused as no:
                return str(no)
        return ""

    def refuses_backup(self, content: bytes) -> bool:
        """Whether a backup of these bytes is refused with its reason."""
        file = self.folder / "tried.backup"
        file.write_bytes(content)
        with self.app.app_context():
            place = place_of(self.app.config["SHUKE"], db.engine)
            try:
                backups.verify(place, file)
            except Refused as no:
                return bool(str(no))
        return False

    def move_to(self, file: Path) -> None:
        """The shop goes on with another database."""
        self.file = file
        self.environ["DATABASE_URL"] = f"sqlite:///{file}"
        self.app = create_app(config.read({**self.environ, "SHUKE_FAULTS": ""}))

    # Orders ----------------------------------------------------------------------------------

    def time(self) -> float:
        """What the platform's clock shows."""
        return time.time() + self.offset

    def die_at(self, point: str) -> None:
        (self.orders / point).touch()

    def clock_is_wrong_by(self, seconds: float, *, for_all: bool = True) -> None:
        """Move the shop's time; with `for_all` the platform's as well: then it merely passes."""
        self.offset = seconds if for_all else self.offset
        new = self.orders / "clock.new"
        new.write_text(str(seconds))
        new.rename(self.orders / "clock")

    # What the shop believes --------------------------------------------------------------------

    @contextmanager
    def inside(self) -> Iterator[None]:
        with self.app.app_context():
            try:
                yield
            finally:
                db.session.rollback()
                db.session.remove()

    @contextmanager
    def at_its_time(self) -> Iterator[None]:
        """What is written here is written by the shop's clock."""
        seams.set_up(self.orders)
        try:
            yield
        finally:
            seams.set_up(None)
            clock.source = clock.system_now

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.inside(), reading():
            return [tuple(row) for row in db.session.execute(text(sql), values)]

    def count(self, sql: str, **values: Any) -> int:
        return int(self.rows(f"SELECT count(*) FROM {sql}", **values)[0][0])  # noqa: S608 - our own words

    def is_sound(self) -> bool:
        if not self.file.exists():
            return True  # PostgreSQL looks after its own
        with closing(sqlite3.connect(self.file)) as line:
            return bool(line.execute("PRAGMA integrity_check").fetchone()[0] == "ok")

    def write_letter(self, to: str, said: str) -> int:
        """A letter in the outbox, as a verb of the inbox leaves it there."""
        with self.inside(), self.at_its_time():
            letter = post("wechat", to, {"text": said}, account=self.wire.account.app_id)
            db.session.commit()
            return letter.id if letter else 0

    def letters(self) -> dict[str, int]:
        return dict(self.rows("SELECT state, count(*) FROM letter GROUP BY state"))

    def told(self) -> str:
        """What is left undone, for whoever looks why a drill could not be carried out."""
        states = ("SELECT name, state, tries, crashes, run_at, substr(error, -200) FROM job "
                  "WHERE state != 'done' LIMIT 6")  # fmt: skip
        letters = "SELECT state, attempts, reason, count(*) FROM letter GROUP BY 1, 2, 3"
        return f"jobs {self.rows(states)}; letters {self.rows(letters)}"

    def state_of(self, letter_id: int) -> str:
        return str(self.rows("SELECT state FROM letter WHERE id = :id", id=letter_id)[0][0])

    def states(self, letters: list[int]) -> list[str]:
        return [self.state_of(one) for one in letters]

    # Waiting ---------------------------------------------------------------------------------

    def until(self, is_so: Callable[[], bool], patience: float, what: str) -> float:
        """Wait for something to be so; the seconds it took."""
        began = time.monotonic()
        while not is_so():
            if time.monotonic() - began > patience:
                raise TimeoutError(f"not within {patience:.0f} s: {what}")
            time.sleep(EACH)
        return time.monotonic() - began

    def is_idle(self) -> bool:
        """No work waits or runs in the lanes of messages."""
        lanes = "('arrivals', 'network')"
        return not self.count(f"job WHERE lane IN {lanes} AND state IN ('queued', 'running')")
