"""Pages measured over one kept-alive connection, and with eight at once."""

import http.client
import re
import statistics
import threading
import time
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from scripts.benching.shop import PORT, Shop

CLIENTS = 8
DEEP = 150  # next-page links that are followed to get to the deep page


@dataclass
class Figures:
    """CPU ms per request, p50 and p95 ms with one client, requests/s with eight, bytes on wire."""

    cpu: float
    p50: float
    p95: float
    rate: float
    wire: int


class Visitor:
    def __init__(self) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, bytes]:
        cookie = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        headers = {"Cookie": cookie, "Accept-Encoding": "gzip"}
        if fields is None:
            self.line.request("GET", path, headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            self.line.request("POST", path, urlencode(fields), headers)
        answer = self.line.getresponse()
        body = answer.read()
        for header, value in answer.getheaders():
            if header.lower() == "set-cookie":
                name, _equals, rest = value.partition("=")
                self.cookies[name] = rest.partition(";")[0]
        return answer.status, body

    def text(self, path: str) -> str:
        cookie = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        self.line.request("GET", path, headers={"Cookie": cookie})
        return self.line.getresponse().read().decode()

    def sign_in(self, name: str) -> "Visitor":
        self.token = _token(self.text_and_cookie("/login"))
        status, _body = self.ask(
            "/login", {"csrf_token": self.token, "name": name, "password": "shuke-demo"}
        )
        if status != 303:
            raise RuntimeError(f"sign-in of {name}: {status}")
        self.token = _token(self.text_and_cookie("/customers/new"))
        return self

    def text_and_cookie(self, path: str) -> str:
        cookie = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        self.line.request("GET", path, headers={"Cookie": cookie})
        answer = self.line.getresponse()
        for header, value in answer.getheaders():
            if header.lower() == "set-cookie":
                name, _equals, rest = value.partition("=")
                self.cookies[name] = rest.partition(";")[0]
        return answer.read().decode()


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    if not found:
        raise RuntimeError("no token in the page")
    return found.group(1)


def places(visitor: Visitor, shop: Shop, group: str) -> dict[str, str]:
    """The addresses that are measured; `group` is the number of a community."""
    deep = "/customers?view=all"
    for _page in range(min(DEEP, shop.customers // 120)):
        found = re.search(r'rel="next" href="([^"]+)"', visitor.text(deep))
        if not found:
            break
        deep = found.group(1).replace("&amp;", "&")
    person = re.search(r'href="(/customers/\d+)"', visitor.text(deep))
    if not person:
        raise RuntimeError(f"{deep} shows nobody")
    talk = re.search(r'href="(/inbox/\d+)[?"]', visitor.text("/inbox?tab=all"))
    if not talk:
        raise RuntimeError("nobody has written")
    return {
        "list, first page": "/customers?view=all",
        "list, deep page": deep,
        "search, two characters": "/customers?q=" + quote("王芳"),
        "customer page": person.group(1),
        "inbox list": "/inbox?tab=all",
        "thread": talk.group(1),
        "Today": "/",
        "members of a community": f"/groups/{group}",
        "board of a community": f"/groups/{group}/board",
    }


def measure(
    shop: Shop, visitor: Visitor, paths: dict[str, str], passes: int = 5, each: int = 20
) -> dict[str, Figures]:
    """Interleaved passes over all pages; medians."""
    cpu: dict[str, list[float]] = {name: [] for name in paths}
    times: dict[str, list[float]] = {name: [] for name in paths}
    wire: dict[str, int] = {}
    for _pass in range(passes):
        for name, path in paths.items():
            before = shop.cpu()
            for _request in range(each):
                began = time.perf_counter()
                status, body = visitor.ask(path)
                times[name].append(1000 * (time.perf_counter() - began))
                if status != 200:
                    raise RuntimeError(f"{path}: {status}")
                wire[name] = len(body)
            cpu[name].append(1000 * (shop.cpu() - before) / each)
    return {
        name: Figures(
            statistics.median(cpu[name]), statistics.median(times[name]),
            statistics.quantiles(times[name], n=20)[-1], _rate(visitor, path), wire[name],
        )
        for name, path in paths.items()
    }  # fmt: skip


def _rate(visitor: Visitor, path: str, seconds: float = 2.0) -> float:
    done = []
    end = time.perf_counter() + seconds

    def client() -> None:
        other = Visitor()
        other.cookies = dict(visitor.cookies)
        while time.perf_counter() < end:
            other.ask(path)
            done.append(1)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done) / seconds


def creating(shop: Shop, visitor: Visitor, count: int = 60) -> Figures:
    """New customers by the form, each durable before the answer."""
    before, times = shop.cpu(), []
    for number in range(count):
        began = time.perf_counter()
        status, _body = visitor.ask(
            "/customers", {"csrf_token": visitor.token, "name": f"新客{time.time_ns()}{number}"}
        )
        times.append(1000 * (time.perf_counter() - began))
        if status != 303:
            raise RuntimeError(f"create: {status}")
    cpu = 1000 * (shop.cpu() - before) / count
    return Figures(cpu, statistics.median(times), statistics.quantiles(times, n=20)[-1], 0, 0)
