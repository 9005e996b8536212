"""What the whole shop weighs, started as `make run` starts it, while it is visited and written to."""

import random
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass

import psutil

from scripts.benching import burst
from scripts.benching.shop import ADDRESS, ROOT, Shop
from scripts.benching.visits import CLIENTS, Visitor

SECONDS = 60
PATIENCE = 300  # seconds until it answers: a large file is looked through at a start


@dataclass
class Weight:
    """MB: proportional of web server, worker and parent; resident of the first two together."""

    web: float
    worker: float
    parent: float
    resident: float

    @property
    def whole(self) -> float:
        return self.web + self.worker + self.parent


def measure(shop: Shop, seconds: int = SECONDS) -> Weight:
    parent = subprocess.Popen(
        [sys.executable, "run.py"], cwd=ROOT, env=shop.environ, stdout=subprocess.DEVNULL
    )
    try:
        _wait(parent)
        _visit(shop, seconds)
        return _weighed(psutil.Process(parent.pid))
    finally:
        parent.terminate()
        parent.wait()


def _wait(parent: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and parent.poll() is None:
        try:
            with urllib.request.urlopen(ADDRESS + "/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the shop did not start")


def _visit(shop: Shop, seconds: int) -> None:
    visitors = [Visitor().sign_in("owner" if n % 2 else "agent") for n in range(CLIENTS)]
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=_walk, args=(one, shop, end)) for one in visitors]
    for thread in threads:
        thread.start()
    while time.monotonic() < end:
        burst.fire(burst.requests(shop, 20), clients=2)
        time.sleep(1)
    for thread in threads:
        thread.join()


def _walk(visitor: Visitor, shop: Shop, end: float) -> None:
    chance = random.Random(7)  # noqa: S311 - which pages are opened is no secret
    while time.monotonic() < end:
        one = chance.randrange(1, shop.customers)
        for path in ("/", "/customers?view=all", f"/customers/{one}", "/inbox?tab=all"):
            visitor.ask(path)


def _weighed(parent: psutil.Process) -> Weight:
    programs = [parent, *parent.children()]
    weights = [one.memory_full_info() for one in programs]
    if len(weights) != 3:
        raise RuntimeError(f"{len(weights)} programs instead of three")
    pss = [float(one.pss) / 1e6 for one in weights]
    resident = sum(float(one.rss) / 1e6 for one in weights[1:])
    return Weight(web=pss[1], worker=pss[2], parent=pss[0], resident=resident)
