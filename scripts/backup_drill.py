"""The backup drill: backups while callbacks come in, each restored into an empty place.

Every callback that was acknowledged before a backup began must be in it, and nobody may wait long
for one meanwhile. `python -m scripts.backup_drill 5 /path/of/an/instance` works on a copy of that
shop; without a path on an empty one. DRILL_URL runs it on an empty PostgreSQL database.
"""

import http.client
import os
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from app import config
from app.wechat import accounts
from scripts.benching.burst import sign_push
from scripts.benching.shop import ROOT
from scripts.drill import free_port

SENDERS = 8
RATE = 200  # callbacks in a second, over all senders
CALM = 8.0  # seconds before the first backup, for comparison


@dataclass
class Round:
    took: float
    size: int
    restored_in: float
    expected: int
    missing: int
    strange: int


@dataclass
class Result:
    rounds: list[Round] = field(default_factory=list)
    calm: list[float] = field(default_factory=list)  # ms of each callback, by what went on
    busy: list[float] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)  # ms of raw commits on the same disk
    sent: int = 0
    rate: float = 0.0  # what was reached of RATE: less where the machine has other work


class Drill:
    def __init__(self, folder: Path, rounds: int, shop: Path | None = None, url: str = "") -> None:
        self.folder, self.rounds, self.shop = folder, rounds, shop
        self.port = free_port()
        self.environ = {
            **os.environ, "SHUKE_INSTANCE": str(folder / "shop"), "SHUKE_ENV": "demo",
            "FLASK_APP": "wsgi", "HOST": "127.0.0.1", "PORT": str(self.port), "PUBLIC_URL": "",
            "TRUSTED_PROXIES": "0", "SHUKE_PRACTICE": "1", "WECHAT_APP_ID": "",
            "SECRET_KEY": secrets.token_urlsafe(48), "MEDIA_ROOT": str(folder / "shop" / "media"),
            "DATABASE_URL": url or f"sqlite:///{folder / 'shop' / 'shuke.db'}",
        }  # fmt: skip
        self.result = Result()
        self.acknowledged: dict[str, float] = {}
        self.working, self.over = threading.Event(), threading.Event()

    def run(self) -> Result:
        (self.folder / "shop").mkdir(parents=True)
        if self.shop:
            source = sqlite3.connect(f"file:{self.shop / 'shuke.db'}?mode=ro", uri=True)
            with closing(source), closing(sqlite3.connect(self.folder / "shop/shuke.db")) as copy:
                source.backup(copy)
        self._flask("db", "upgrade")
        web, worker = self._start("serve"), self._start("worker")
        accounts.set_up(config.read(self.environ))
        threads = [threading.Thread(target=self._send, args=(n,)) for n in range(SENDERS)]
        threads.append(threading.Thread(target=self._commit))
        try:
            for thread in threads:
                thread.start()
            while not self.acknowledged:
                time.sleep(0.1)
            began = time.monotonic()
            time.sleep(CALM)
            for number in range(self.rounds):
                self.result.rounds.append(self._round(number))
            self.result.rate = len(self.acknowledged) / (time.monotonic() - began)
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
            for program in (web, worker):
                program.terminate()
                program.wait()
        self.result.sent = len(self.acknowledged)
        return self.result

    def _round(self, number: int) -> Round:
        file = self.folder / f"{number}.backup"
        before = set(self.acknowledged)
        self.working.set()
        began = time.monotonic()
        self._flask("backup", "create", str(file))
        took = time.monotonic() - began
        self.working.clear()
        size, began = file.stat().st_size, time.monotonic()
        keys = self._restored(file, number)
        lasted = time.monotonic() - began
        file.unlink()
        ours = {key for key in keys if key.startswith("msg:9")}
        missing = {f"msg:{key}" for key in before} - ours
        strange = ours - {f"msg:{key}" for key in set(self.acknowledged)}
        return Round(took, size, lasted, len(before), len(missing), len(strange))

    def _restored(self, file: Path, number: int) -> set[str]:
        """The keys of all arrivals after a restore into an empty place."""
        place = self.folder / f"place-{number}"
        url = self.environ["DATABASE_URL"]
        lite = url.startswith("sqlite")
        url = f"sqlite:///{place / 'shuke.db'}" if lite else _another(url)
        there = {"SHUKE_INSTANCE": str(place), "DATABASE_URL": url, "MEDIA_ROOT": str(place / "m")}
        self._flask("backup", "restore", str(file), **there)
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.connect() as line:
            keys = set(line.scalars(sa.text("SELECT key FROM arrival")))
        for path in place.glob("shuke.db*"):
            path.unlink()
        return keys

    def _flask(self, *arguments: str, **more: str) -> None:
        command = [sys.executable, "-m", "flask", *arguments]
        environ = {**self.environ, **more}
        subprocess.run(command, cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL)

    def _start(self, name: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "flask", name]
        return subprocess.Popen(command, cwd=ROOT, env=self.environ, stderr=subprocess.DEVNULL)

    def _send(self, own: int) -> None:
        """One of the senders: its share of the rate, each push with a number of its own."""
        line, number = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30), own
        start = time.monotonic()
        while not self.over.is_set():
            key = str(9 * 10**12 + number)
            path, body = _push(key, number)
            sent = time.monotonic()
            try:
                line.request("POST", path, body, {"Content-Type": "text/xml"})
                answer = line.getresponse()
                good = answer.read() == b"success"
            except (OSError, http.client.HTTPException):
                line.close()
                start = time.monotonic() - number / RATE  # the server is not there yet
                self.over.wait(0.05)
                continue
            done = time.monotonic()
            if good:
                self.acknowledged[key] = done
                times = self.result.busy if self.working.is_set() else self.result.calm
                times.append(1000 * (done - sent))
            number += SENDERS
            self.over.wait(max(0.0, start + number / RATE - time.monotonic()))
        line.close()

    def _commit(self) -> None:
        """What the disk can do at all while a backup runs: single rows, durable."""
        with closing(sqlite3.connect(self.folder / "raw.db", isolation_level=None)) as line:
            line.execute("PRAGMA journal_mode=WAL")
            line.execute("PRAGMA synchronous=FULL")
            line.execute("CREATE TABLE row (id INTEGER PRIMARY KEY)")
            while not self.over.wait(0.02):
                began = time.monotonic()
                line.execute("INSERT INTO row DEFAULT VALUES")
                if self.working.is_set():
                    self.result.commits.append(1000 * (time.monotonic() - began))


def _push(key: str, number: int) -> tuple[str, bytes]:
    account = accounts.practice()
    if account is None:
        raise RuntimeError("practice is off")
    text = (
        f"<xml><ToUserName>gh</ToUserName><FromUserName>o-drill-{number % 200}</FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType>text</MsgType>"
        f"<Content>第 {number} 句</Content><MsgId>{key}</MsgId></xml>"
    )
    return sign_push(account, text, str(int(time.time())), secrets.token_hex(8))


def _another(url: str) -> str:
    """An empty database beside the one of this address."""
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as line:
        line.execute(sa.text("DROP DATABASE IF EXISTS shuke_drill_restored"))
        line.execute(sa.text("CREATE DATABASE shuke_drill_restored TEMPLATE template0"))
    other = admin.url.set(database="shuke_drill_restored")
    return other.render_as_string(hide_password=False)


def p99(times: list[float]) -> float:
    ordered = sorted(times)
    return ordered[int(len(ordered) * 0.99)] if ordered else 0.0


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    shop = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    where = os.environ.get("DRILL_FOLDER")
    with tempfile.TemporaryDirectory(dir=where) as folder:
        found = Drill(Path(folder), rounds, shop, os.environ.get("DRILL_URL", "")).run()
    for one in found.rounds:
        print(
            f"backup {one.took:.1f} s, {one.size / 1e6:.1f} MB; restored in {one.restored_in:.1f} s; "
            f"{one.expected} acknowledged before it began, missing {one.missing}, strange {one.strange}"
        )
    limit = max(100.0, 3 * p99(found.commits))
    print(
        f"{found.sent} callbacks, {found.rate:.0f}/s of {RATE}; p99 {p99(found.calm):.1f} ms without a backup"
    )
    print(
        f"with one {p99(found.busy):.1f} ms of {len(found.busy)} (worst {max(found.busy):.1f}), "
        f"raw commits p99 {p99(found.commits):.1f} ms: limit {limit:.0f} ms"
    )
    good = all(one.missing == one.strange == 0 for one in found.rounds)
    sys.exit(0 if good and len(found.rounds) == rounds and p99(found.busy) <= limit else 1)


if __name__ == "__main__":
    main()
