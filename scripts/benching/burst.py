"""Encrypted callbacks over eight connections, beside what the disk and the server can do at all."""

import hashlib
import http.client
import secrets
import sqlite3
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import xmltodict

from app import config
from app.wechat import accounts
from scripts.benching.shop import PORT, Shop

CLIENTS = 8
PASSES = 5


@dataclass
class Burst:
    """Answers per second, CPU ms per callback, p50 and p99 ms; the two limits of the same minute,
    and the ratio to the smaller."""

    rate: float
    cpu: float
    p50: float
    p99: float
    commits: float
    hellos: float
    ratio: float


def measure(shop: Shop, count: int = 7500) -> Burst:
    """Interleaved passes of raw commits, empty POSTs and callbacks; medians."""
    passes = [_pass(shop, count // PASSES) for _pass_number in range(PASSES)]
    return Burst(*(statistics.median(one) for one in zip(*passes, strict=True)))


def _pass(shop: Shop, count: int) -> tuple[float, ...]:
    pushes = requests(shop, count)
    commits = _commits(shop.folder / "raw.db")
    hellos, _times = fire([("/hello", b"x")] * count)
    before = shop.cpu()
    rate, times = fire(pushes)
    cpu = 1000 * (shop.cpu() - before) / count
    ordered = sorted(times)
    p99 = ordered[int(len(ordered) * 0.99)]
    return rate, cpu, statistics.median(times), p99, commits, hellos, rate / min(commits, hellos)


def requests(shop: Shop, count: int) -> list[tuple[str, bytes]]:
    """(path, body) of authentic pushes of the practice account."""
    account = practice(shop)
    return [_push(account, number) for number in range(count)]


def practice(shop: Shop) -> accounts.Account:
    """The practice account of this shop."""
    accounts.set_up(config.read(shop.environ))
    account = accounts.practice()
    if account is None:
        raise RuntimeError("practice is off")
    return account


def _push(account: accounts.Account, number: int) -> tuple[str, bytes]:
    stamp, nonce = str(int(time.time())), secrets.token_hex(8)
    text = (
        f"<xml><ToUserName>gh</ToUserName><FromUserName>o-bench-{number % 200}</FromUserName>"
        f"<CreateTime>{stamp}</CreateTime><MsgType>text</MsgType><Content>在吗</Content>"
        f"<MsgId>{time.time_ns()}{number}</MsgId></xml>"
    )
    return sign_push(account, text, stamp, nonce)


def sign_push(account: accounts.Account, text: str, stamp: str, nonce: str) -> tuple[str, bytes]:
    """(path, body) of an authentic encrypted push, as the platform sends it."""
    body = account.ciphers[0].encrypt_message(text, nonce, stamp)
    secret = xmltodict.parse(body)["xml"]["Encrypt"]
    query = {
        "signature": _sign(account.token, stamp, nonce), "timestamp": stamp, "nonce": nonce,
        "encrypt_type": "aes", "msg_signature": _sign(account.token, stamp, nonce, secret),
    }  # fmt: skip
    return "/wechat/callback?" + urlencode(query), body.encode()


def _sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - the platform's


def fire(requests: list[tuple[str, bytes]], clients: int = CLIENTS) -> tuple[float, list[float]]:
    """Answers per second, and ms of each."""
    times: list[float] = []

    def client(own: list[tuple[str, bytes]]) -> None:
        line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        for path, body in own:
            began = time.perf_counter()
            line.request("POST", path, body, {"Content-Type": "text/xml"})
            answer = line.getresponse()
            answer.read()
            times.append(1000 * (time.perf_counter() - began))
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status}")

    return _together(client, requests, clients), times


def _together(
    client: Callable[[list[tuple[str, bytes]]], None],
    requests: list[tuple[str, bytes]],
    clients: int,
) -> float:
    threads = [
        threading.Thread(target=client, args=(requests[n::clients],)) for n in range(clients)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(requests) / (time.perf_counter() - began)


def _commits(path: Path, seconds: float = 1.0) -> float:
    """Single-row durable commits per second of plain SQLite on the same disk."""
    path.unlink(missing_ok=True)
    line = sqlite3.connect(path, isolation_level=None)
    line.execute("PRAGMA journal_mode=WAL")
    line.execute("PRAGMA synchronous=FULL")
    line.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT)")
    end, count = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        line.execute("INSERT INTO row (text) VALUES ('x')")
        count += 1
    line.close()
    return count / seconds
