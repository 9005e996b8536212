"""The kill drill: encrypted callbacks with repeats, kill -9 of web and worker in between.

Every acknowledged message must be there once. `python -m scripts.drill 10000` runs it by hand; the
suite runs a small one.
"""

import http.client
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from app import config
from app.wechat import accounts
from scripts.benching.burst import sign_push
from scripts.benching.shop import ROOT

SENDERS = 8
REPEATED = 0.03
EACH_KILL = 500  # messages
PATIENCE = 120  # seconds until the worker has worked all off; more for a large drill


@dataclass
class Result:
    acknowledged: set[str] = field(default_factory=set)
    kills: int = 0
    arrivals: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    left: list[tuple[str, ...]] = field(default_factory=list)
    failed: int = 0
    rate: float = 0.0


class Drill:
    def __init__(self, folder: Path, count: int, url: str = "") -> None:
        self.count = count
        self.port = free_port()
        # All that decides how a push is signed and where it goes: a `.env` beside us has no say.
        self.environ = {
            **os.environ, "SHUKE_INSTANCE": str(folder), "SHUKE_ENV": "demo", "FLASK_APP": "wsgi",
            "HOST": "127.0.0.1", "PORT": str(self.port), "PUBLIC_URL": "", "TRUSTED_PROXIES": "0",
            "DATABASE_URL": url or f"sqlite:///{folder / 'drill.db'}",
            "SECRET_KEY": secrets.token_urlsafe(48), "SHUKE_PRACTICE": "1", "WECHAT_APP_ID": "",
            "MEDIA_ROOT": str(folder / "media"),
        }  # fmt: skip
        self.result = Result()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.over = threading.Event()
        self.chance = random.Random(7)  # noqa: S311 - a repeatable drill

    def run(self) -> Result:
        subprocess.run(self.flask("db", "upgrade"), cwd=ROOT, env=self.environ, check=True)
        self.begin()
        killer = threading.Thread(target=self.kill_now_and_then)
        killer.start()
        began = time.monotonic()
        try:
            self._send_all()
            self.result.rate = self.count / (time.monotonic() - began)
            self.over.set()
            killer.join()
            self._wait_until_drained()
        finally:
            self.over.set()
            killer.join()
            for program in self.running.values():
                program.kill()
                program.wait()
        self._look()
        return self.result

    def begin(self) -> None:
        self._start("serve")
        self._start("worker")

    def flask(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "flask", *arguments]

    def _start(self, name: str) -> None:
        self.running[name] = subprocess.Popen(
            self.flask(name), cwd=ROOT, env=self.environ, stderr=subprocess.DEVNULL
        )

    def kill_now_and_then(self) -> None:
        """One kill a stretch of acknowledged messages, of the web server or of the worker."""
        kills = max(3, self.count // EACH_KILL)
        for number in range(kills):
            goal = int(self.count * (number + self.chance.uniform(0.2, 0.8)) / kills)
            while len(self.result.acknowledged) < goal:
                if self.over.wait(0.02):
                    return
            name = ("serve", "worker")[number % 2]
            self.running[name].send_signal(signal.SIGKILL)
            self.running[name].wait()
            self.result.kills += 1
            self._start(name)

    def _send_all(self) -> None:
        accounts.set_up(config.read(self.environ))
        numbers = list(range(self.count))
        numbers += [n for n in numbers if self.chance.random() < REPEATED]
        numbers.sort(key=lambda n: n + self.chance.random())
        threads = [
            threading.Thread(target=self.send, args=(numbers[k::SENDERS],)) for k in range(SENDERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def send(self, numbers: list[int]) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        for number in numbers:
            while True:
                path, body = push(number)
                try:
                    line.request("POST", path, body, {"Content-Type": "text/xml"})
                    answer = line.getresponse()
                    text = answer.read()
                except (OSError, http.client.HTTPException):
                    line.close()
                    time.sleep(0.05)
                    continue
                if answer.status == 200 and text == b"success":
                    self.result.acknowledged.add(str(10**12 + number))
                    break
        line.close()

    def _engine(self) -> sa.Engine:
        return sa.create_engine(self.environ["DATABASE_URL"], poolclass=sa.NullPool)

    def _wait_until_drained(self) -> None:
        waiting = "SELECT name, state, error FROM job WHERE state IN ('queued', 'running')"
        end = time.monotonic() + max(PATIENCE, self.count / 8)
        with self._engine().connect() as line:
            while time.monotonic() < end:
                self.result.left = [tuple(row) for row in line.execute(sa.text(waiting))]
                line.rollback()
                if not self.result.left:
                    return
                time.sleep(0.3)

    def _look(self) -> None:
        engine = self._engine()
        with engine.connect() as line:
            self.result.arrivals = list(line.scalars(sa.text("SELECT key FROM arrival")))
            self.result.messages = list(line.scalars(sa.text("SELECT key FROM message")))
            failed = "SELECT count(*) FROM job WHERE state = 'failed'"
            self.result.failed = line.scalar(sa.text(failed)) or 0
            if engine.dialect.name == "sqlite":
                state = line.scalar(sa.text("PRAGMA integrity_check"))
                if state != "ok":
                    raise RuntimeError(f"integrity: {state}")
        engine.dispose()


def push(number: int) -> tuple[str, bytes]:
    account = accounts.practice()
    if account is None:
        raise RuntimeError("practice is off")
    stamp, nonce = str(int(time.time())), secrets.token_hex(8)
    text = (
        f"<xml><ToUserName>gh</ToUserName><FromUserName>o-drill-{number % 50}</FromUserName>"
        f"<CreateTime>1790000000</CreateTime><MsgType>text</MsgType>"
        f"<Content>第 {number} 句</Content><MsgId>{10**12 + number}</MsgId></xml>"
    )
    return sign_push(account, text, stamp, nonce)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        found = Drill(Path(folder), count, os.environ.get("DRILL_URL", "")).run()
    print(f"{count} messages, {found.kills} kills, {found.rate:.0f} acknowledged/s")
    print(f"acknowledged {len(found.acknowledged)}, stored {len(set(found.arrivals))}")
    twice = len(found.messages) - len(set(found.messages))
    print(f"in the inbox {len(set(found.messages))}, twice {twice}")
    print(f"jobs left {len(found.left)}, failed {found.failed}")
    good = len(found.acknowledged) == len(found.arrivals) == len(found.messages) == count
    sys.exit(0 if good and not found.left and not found.failed else 1)


if __name__ == "__main__":
    main()
