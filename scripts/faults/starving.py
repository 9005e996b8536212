"""F-06, F-08: nobody can write, because another program holds the database or the disk is full."""

import resource
import sqlite3
import threading
import time
from contextlib import closing

from scripts.faults.pushing import Burst, send, texts
from scripts.faults.shop import OWNER, Shop
from scripts.faults.verdicts import Verdict
from scripts.faults.visitor import Visitor

HELD = (1.0, 4.0, 30.0)  # seconds
CUT = 5.0  # the platform hangs up after so many
PACE = 0.15


def locked(shop: Shop) -> Verdict:
    """F-06. A program that knows nothing of our locks holds SQLite's own, during a burst."""
    verdict, first = Verdict(), 0
    shop.start("serve", "worker")
    owner = Visitor(shop).sign_in(OWNER)
    owner.open("/customers/new")
    for seconds in HELD:
        stuck: list[tuple[int, float]] = []
        holder = threading.Thread(target=_hold, args=(shop, seconds))
        writers = [threading.Thread(target=_write, args=(owner, n, stuck)) for n in range(12)]
        holder.start()
        time.sleep(0.3)
        for thread in writers:
            thread.start()
        page, took = shop.page("/login")
        pushes = texts(int(8 * (seconds + 1) / (PACE + 0.5)) + 40, 20, first)
        first += len(pushes)
        found = send(shop, pushes, pace=PACE)
        for thread in (holder, *writers):
            thread.join()
        _judge_held(verdict, seconds, found, stuck)
        verdict.must(f"{seconds:.0f} s: a page that only reads", page, 200)
        verdict.at_most("which took", took, 2.0, " s")
    shop.until(shop.is_idle, 60, "all worked off")
    _judge_stored(shop, verdict, first)
    return verdict


def _hold(shop: Shop, seconds: float) -> None:
    with closing(sqlite3.connect(shop.file, timeout=10, isolation_level=None)) as line:
        line.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        line.execute("ROLLBACK")


def _write(owner: Visitor, number: int, stuck: list[tuple[int, float]]) -> None:
    """A form that writes."""
    stuck.append(owner.send("/customers", name=f"客人{number}"))


def _judge_held(
    verdict: Verdict, seconds: float, found: Burst, stuck: list[tuple[int, float]]
) -> None:
    name = f"{seconds:.0f} s"
    verdict.tell(f"{name}: callbacks acknowledged", len(found.acknowledged))
    verdict.tell("told to come again", found.busy)
    verdict.must("answered otherwise", sorted(found.strange), [])
    verdict.at_most("slowest answer", found.longest, CUT, " s")
    verdict.at_most("slowest form", max(took for _status, took in stuck), 12.0, " s")
    told = sorted({status for status, _took in stuck})
    verdict.must(
        "forms answered otherwise than done or busy", [s for s in told if s not in (303, 503)], []
    )


def _judge_stored(shop: Shop, verdict: Verdict, count: int) -> None:
    verdict.must("acknowledged lost", count - shop.count("arrival"))
    messages = "(SELECT key FROM message WHERE inbound GROUP BY key HAVING count(*) > 1) AS twice"
    verdict.must("doubled", shop.count(messages))
    verdict.must("in the inbox", shop.count("message WHERE inbound"), count)


def full(shop: Shop) -> Verdict:
    """F-08. No file of the web server or the worker may grow any more, as on a full disk; then
    there is room again, and nobody starts anything anew."""
    verdict = Verdict()
    shop.start("serve", "worker")
    send(shop, texts(40, 10))
    shop.until(shop.is_idle, 30, "heard")
    _room(shop, False)
    found = send(shop, texts(60, 10, 40), rounds=2)
    verdict.must("acknowledged on a full disk", len(found.acknowledged))
    verdict.tell("told to come again", found.busy)
    verdict.must("answered otherwise", sorted(found.strange), [])
    status, took = shop.page("/login")
    verdict.must("a page that only reads", status, 200)
    ready, _took = shop.page("/healthz")
    verdict.tell("/healthz", ready)
    verdict.must("programs that ended", sum(one.is_dead for one in shop.running.values()))
    _room(shop, True)
    began = time.monotonic()
    found = send(shop, texts(60, 10, 40))
    shop.until(shop.is_idle, 60, "heard again")
    verdict.tell("seconds until all was heard again", time.monotonic() - began)
    _judge_stored(shop, verdict, 100)
    verdict.must("jobs failed", shop.count("job WHERE state = 'failed'"))
    verdict.must("integrity", shop.is_sound(), True)
    return verdict


def _room(shop: Shop, there_is: bool) -> None:
    """The kernel refuses to let any file of theirs grow, or be written beyond its first page."""
    most = resource.RLIM_INFINITY if there_is else 1
    for program in shop.running.values():
        resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
