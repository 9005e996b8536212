"""The parent of the web server and the worker: starts a dead one again, and ends both.

It stays for as long as the shop is open, so it loads next to nothing: neither a client of HTTP nor
what reads `.env`. `parent.py HOST PORT web=12 worker=13` takes over programs that were started.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

PROGRAMS = {"web": ["serve"], "worker": ["worker"]}
ENDS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 60  # seconds until the web server must answer
GRACE = 10  # seconds that a program may take to end
OFTEN = 5  # ends within a minute: something is wrong that a restart does not mend
ASKING = b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n"


def started(words: list[str]) -> "dict[str, Forked]":
    """What both.py has started: "web=12 worker=13"."""
    return {name: Forked(int(pid)) for name, pid in (word.split("=") for word in words)}


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

    def __init__(self, host: str, port: int, running: dict[str, Forked]) -> None:
        self.host = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared only
        self.port = port
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
        # Without the libraries' docstrings it weighs 15 MB less. A session of its own: Ctrl-C
        # reaches us alone, and we end both in order.
        command = [sys.executable, "-OO", "-m", "flask", *PROGRAMS[name]]
        self.running[name] = subprocess.Popen(command, start_new_session=True)

    def _answers(self) -> bool:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not self.stopping:
            if self.running["web"].poll() is not None:
                return False
            if self._is_well():
                return True
            time.sleep(0.2)
        return self.stopping

    def _is_well(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), 2) as line:
                line.sendall(ASKING)
                return line.recv(64).split()[1:2] == [b"200"]
        except OSError:
            return False

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
        name = f"[{self.host}]" if ":" in self.host else self.host
        print(f"\n  熟客 Shuke  http://{name}:{self.port}")
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
    host, port, *running = sys.argv[1:]
    sys.exit(Parent(host, int(port), started(running)).run())
