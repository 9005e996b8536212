"""Measure the product at several sizes and write docs/benchmarks.md.

Every figure stands beside its ratio to /const, a page of 50 constant rows of the same run on the
same server: absolute times say more about the machine than about us.
"""

import datetime
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from app.portal import sessions
from scripts.benching import burst, circle, hearing, limits, starting, upkeep, visits, weight
from scripts.benching.beside import Beside
from scripts.benching.shop import ROOT, Shop
from scripts.benching.visits import Figures, Visitor

SIZES = (10_000, 100_000, 1_000_000)
KEEP = os.environ.get("BENCH_FOLDER")  # filled shops are kept here for the next run


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    lines = _head()
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            shop = Shop(Path(KEEP or folder) / str(size), size)
            shop.folder.mkdir(parents=True, exist_ok=True)
            took = shop.fill()
            print(f"{size} customers loaded in {took:.0f} s", flush=True)
            lines += _measured(shop, took)
    text = "\n".join(lines) + "\n"
    (ROOT / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")
    print(text)


def _head() -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        "# Benchmarks",
        "",
        "Written by `make bench`. «ratio» is CPU per request against `/const`: the list of customers, the "
        "same template and shell, drawn from 50 constant rows without session or database, by the same "
        "server in the same run. It is the figure to compare; absolute times say more about the machine. "
        "`/bare` is a small table of 50 constant rows, for scale. Every shop has 2 purchases and 3 messages "
        "for each customer. «thread» is the conversation with its card, as a phone opens it: on a wide screen "
        "the list beside it stands, or comes by a request of its own, which costs what «inbox list» does.",
        "",
        f"Machine: {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"{memory:.0f} GiB, Python {platform.python_version()}, SQLite by default, "
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}.",
    ]


def _measured(shop: Shop, took: float) -> list[str]:
    lines = ["", f"## {shop.customers:,} customers", ""]
    ready = circle.prepare(shop)
    bare = starting.bare_start()
    with shop:
        time.sleep(1)
        for role in ("owner", "agent"):
            visitor = Visitor().sign_in(role)
            places = visits.places(visitor, shop, ready["group"])
            paths = {"/const": "/const", "/bare": "/bare", **places}
            found = visits.measure(shop, visitor, paths)
            found["create customer"] = visits.creating(shop, visitor)
            lines += _table(role, found)
            lines += _carried(starting.carried(visitor, paths["list, first page"]))
        member = Visitor()
        member.cookies[sessions.COOKIE] = ready["token"]
        home = {"/const": "/const", "member home": "/m/", "member purchases": "/m/purchases"}
        lines += _table("member", visits.measure(shop, member, home))
        calls = burst.measure(shop)
        heard = hearing.measure(shop)
        lines += [
            f"Callbacks, 8 connections: {calls.rate:.0f}/s, {calls.cpu:.2f} CPU ms, "
            f"p50 {calls.p50:.1f} ms, p99 {calls.p99:.1f} ms; of the same minute: "
            f"{calls.commits:.0f} raw durable commits/s, {calls.hellos:.0f} empty POSTs/s; "
            f"ratio to the smaller {calls.ratio:.2f}.",
            "",
            f"Worker: {heard.rate:.0f} messages/s of a burst; at {hearing.STEADY} messages/s each is in "
            f"the inbox after {heard.p50:.2f} s (p95 {heard.p95:.2f} s), and the platform is answered "
            f"in {heard.answer_p99:.0f} ms (p99).",
            "",
            f"Cold start {shop.cold_start:.1f} s, of the smallest application on this server {bare:.1f} s. "
            f"Loading the shop took {took:.0f} s.",
        ]
    least = limits.measure(shop)
    kept = upkeep.measure(shop)
    joined = Beside(shop).run("joining")
    moved = Beside(shop).run("moving")
    heavy = weight.measure(shop)
    return [
        *lines,
        "",
        f"Search: the index's own part of two characters takes 1/{1 / least['search']:.0f} of a scan of all "
        "names by LIKE (p95 against p50). A push of the platform is opened at "
        f"{least['reading']:.2f} of the rate of the same by hand.",
        "",
        f"Summaries: the list of quiet customers takes 1/{1 / kept['quiet']:.0f} of computing it from all "
        f"purchases; a message recorded with its upkeep takes {kept['event']:.1f} x the bare row, each "
        "committed by itself. Computing all summaries again and comparing them takes "
        f"{kept['rebuild']:.1f} x one INSERT … SELECT of the same columns.",
        "",
        f"Communities: the nightly look at everybody takes {joined['night']:.1f} x the rules asked alone, "
        f"a first filling {joined['fill']:.1f} x the rules and one plain write of as many rows, "
        f"{_writes(joined, 'fill')}; one customer's look {joined['one']:.1f} CPU ms.",
        "",
        f"Another unit of the shop: the dates of {moved['rows']:,.0f} customers move with "
        f"{moved['ratio']:.1f} x the CPU of one INSERT … SELECT and one indexed UPDATE of as many rows, "
        f"{_writes(moved, 'dates')}.",
        "",
        f"Memory of what `make run` starts, after {weight.SECONDS} s of visits and messages (PSS): web "
        f"{heavy.web:.0f} MB, worker {heavy.worker:.0f} MB, their parent {heavy.parent:.0f} MB; "
        f"{heavy.whole:.0f} MB in all. Resident, web and worker: {heavy.resident:.0f} MB.",
    ]


def _writes(told: dict[str, float], stage: str) -> str:
    """How long the writes of a long work were, and how soon callbacks were answered beside it."""
    return (
        f"in transactions of {told['p99']:.0f} ms (p99; the longest {told['longest']:.0f}), the platform "
        f"answered in {told[f'{stage} answer']:.0f} ms meanwhile (p99; a raw commit beside it "
        f"{told[f'{stage} commit']:.0f})"
    )


def _carried(seen: starting.Carried) -> list[str]:
    return [
        f"The list seen for the first time carries {seen.first / 1000:.0f} kB in {seen.requests} requests, "
        f"seen again {seen.again / 1000:.1f} kB.",
        "",
    ]


def _table(role: str, found: dict[str, Figures]) -> list[str]:
    base = found["/const"]
    lines = [
        f"As {role}:",
        "",
        "| page | CPU ms | ratio | p50 ms | p95 ms | p95 ratio | requests/s, 8 clients | bytes, gzip |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, one in found.items():
        rate = f"{one.rate:.0f}" if one.rate else ""
        lines.append(
            f"| {name} | {one.cpu:.2f} | {one.cpu / base.cpu:.2f} | {one.p50:.1f} | {one.p95:.1f} "
            f"| {one.p95 / base.p95:.2f} | {rate} | {one.wire or ''} |"
        )
    return [*lines, ""]


if __name__ == "__main__":
    main()
