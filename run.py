"""`make run`: prepare the database, then one small parent of the web server and the worker.

Where it can (Linux), both.py starts the two from one copy of the code and becomes this program
again, told their numbers: the process stays the same, so they are its children.
"""

import os
import platform
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import FrameType

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent
PROGRAMS = {"web": ["serve"], "worker": ["worker"]}
ENDS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 60  # seconds until the web server must answer
GRACE = 10  # seconds that a program may take to end
OFTEN = 5  # ends within a minute: something is wrong that a restart does not mend


def flask(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", *arguments]


def small(*arguments: str) -> list[str]:
    """For what runs all day: without the libraries' docstrings it weighs 15 MB less."""
    return [sys.executable, "-OO", "-m", "flask", *arguments]


def main() -> int:
    os.chdir(ROOT)
    given = settings()
    os.environ["SHUKE_ENV"] = given.get("SHUKE_ENV", "demo")
    os.environ["FLASK_APP"] = "wsgi"
    host, port = given.get("HOST", "127.0.0.1"), given.get("PORT", "8000")
    if sys.argv[1:]:
        return Parent(host, port, started(sys.argv[1:])).run()
    if not port.isdigit() or not _is_free(host, int(port)):
        print(f"端口 {port} 打不开或已被占用：换一个，例如 PORT=8001 make run", file=sys.stderr)
        return 1
    print("准备数据库 … / preparing the database", flush=True)
    for step in (["db", "upgrade"], *_demo_steps()):
        if subprocess.run(flask(*step), check=False).returncode:
            print(f"「flask {' '.join(step)}」没有成功，原因见上面。", file=sys.stderr)
            return 1
    if platform.system() == "Linux":
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)  # one that comes now is heard afterwards
        os.execv(sys.executable, [sys.executable, "-OO", "both.py"])
    return Parent(host, port, {}).run()


def started(words: list[str]) -> "dict[str, Forked]":
    """What both.py has started: "web=12 worker=13"."""
    return {name: Forked(int(pid)) for name, pid in (word.split("=") for word in words)}


def settings() -> dict[str, str]:
    """What `.env` says, and over it the environment: as the programs read them themselves."""
    from_file = {k: v for k, v in dotenv_values(ROOT / ".env").items() if v is not None}
    return {**from_file, **os.environ}


def _demo_steps() -> list[list[str]]:
    return [["demo", "load", "--if-empty"]] if os.environ["SHUKE_ENV"] == "demo" else []


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


class Forked:
    """A child of ours that we did not start by subprocess, with what Parent asks of one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if done else None
        return self.returncode

    def wait(self, timeout: float = GRACE) -> None:
        end = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.05)

    def terminate(self) -> None:
        self._tell(signal.SIGTERM)

    def kill(self) -> None:
        self._tell(signal.SIGKILL)

    def _tell(self, sign: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, sign)


class Parent:
    """Starts both programs, starts a dead one again, ends both."""

    def __init__(self, host: str, port: str, running: dict[str, Forked]) -> None:
        name = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared only
        self.address = f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
        self.running: dict[str, subprocess.Popen[bytes] | Forked] = {**running}
        self.ends: list[float] = []
        self.stopping = False

    def run(self) -> int:
        for sign in ENDS:
            signal.signal(sign, self._stop)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
        for name in PROGRAMS:
            if name not in self.running:
                self._start(name)
        failed = not self._answers()
        if not failed:
            self._greet()
        while not self.stopping and not failed:
            time.sleep(0.3)
            failed = self._mend()
        self._end_all()
        return 1 if failed and not self.stopping else 0

    def _start(self, name: str) -> None:
        # A session of its own: Ctrl-C reaches us alone, and we end both in order.
        self.running[name] = subprocess.Popen(small(*PROGRAMS[name]), start_new_session=True)

    def _answers(self) -> bool:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not self.stopping:
            if self.running["web"].poll() is not None:
                return False
            try:
                with urllib.request.urlopen(self.address + "/healthz", timeout=2):  # noqa: S310
                    return True
            except OSError:
                time.sleep(0.2)
        return self.stopping

    def _mend(self) -> bool:
        """Start what has died; True when it dies too often."""
        for name, program in list(self.running.items()):
            if program.poll() is not None and not self.stopping:
                now = time.monotonic()
                self.ends = [then for then in self.ends if now - then < 60] + [now]
                print(f"{name} 停了（{program.returncode}），重新启动", file=sys.stderr, flush=True)
                self._start(name)
        return len(self.ends) > OFTEN

    def _greet(self) -> None:
        print(f"\n  熟客 Shuke  {self.address}")
        if os.environ["SHUKE_ENV"] == "demo":
            print("  登录 sign in: owner / manager / agent   密码 password: shuke-demo")
        print("  停止 stop: Ctrl-C\n", flush=True)

    def _stop(self, _sign: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _end_all(self) -> None:
        for program in self.running.values():
            program.terminate()
        end = time.monotonic() + GRACE
        for program in self.running.values():
            try:
                program.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


if __name__ == "__main__":
    sys.exit(main())
