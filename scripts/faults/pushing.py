"""The platform's side of the callback: encrypted pushes, sent again until they are acknowledged."""

import http.client
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from scripts.benching.burst import sign_push
from scripts.faults.shop import Shop, chance

LINES = 8
FIRST = 10**12  # the first MsgId
CUT = 10.0  # seconds; the platform itself cuts after five and comes again


@dataclass
class Burst:
    """What the platform knows afterwards."""

    acknowledged: set[str] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)  # of each answer
    busy: int = 0  # answers that said: come again
    strange: set[int] = field(default_factory=set)  # any other status
    given_up: int = 0

    @property
    def p99(self) -> float:
        ordered = sorted(self.seconds)
        return ordered[int(len(ordered) * 0.99)] if ordered else 0.0

    @property
    def longest(self) -> float:
        return max(self.seconds, default=0.0)


@dataclass(frozen=True)
class Push:
    """A text, or with `event` an event; `key` is its name in the table of arrivals."""

    openid: str
    number: int
    said: str = ""
    event: str = ""
    at: float = 0.0

    @property
    def key(self) -> str:
        if self.event:
            return f"event:{self.openid}|{int(self.at)}|{self.event}|"
        return f"msg:{FIRST + self.number}"

    def xml(self, now: float) -> str:
        about = f"<MsgType>text</MsgType><Content>{escape(self.said)}</Content><MsgId>{FIRST + self.number}</MsgId>"
        if self.event:
            about = f"<MsgType>event</MsgType><Event>{self.event}</Event><EventKey></EventKey>"
        return (
            f"<xml><ToUserName>gh</ToUserName><FromUserName>{self.openid}</FromUserName>"
            f"<CreateTime>{int(self.at or now)}</CreateTime>{about}</xml>"
        )


def texts(count: int, people: int, first: int = 0) -> list[Push]:
    return [Push(f"o-{n % people}", n, said=f"第 {n} 句") for n in range(first, first + count)]


def repeated(pushes: Sequence[Push], share: float) -> list[Push]:
    """A share of them twice, all a little out of order, many pairs at the same moment."""
    places = [(n + 3 * chance.random(), push) for n, push in enumerate(pushes)]
    places += [
        (n + 3 * chance.random(), p) for n, p in enumerate(pushes) if chance.random() < share
    ]
    return [push for _place, push in sorted(places, key=lambda place: place[0])]


def send(shop: Shop, pushes: Sequence[Push], *, rounds: int = 0, pace: float = 0) -> Burst:
    """Send over eight lines. With `rounds` a push that gets no answer is given up after so many."""
    burst, turn = Burst(), iter(list(pushes))
    lock = threading.Lock()

    def line() -> None:
        while True:
            with lock:
                push = next(turn, None)
            if push is None:
                return
            _hand_over(shop, push, burst, rounds)
            time.sleep(pace)

    threads = [threading.Thread(target=line) for _line in range(LINES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return burst


def _hand_over(shop: Shop, push: Push, burst: Burst, rounds: int) -> None:
    tries = 0
    while not rounds or tries < rounds:
        tries += 1
        status, answer, took = post(shop, push)
        if status:
            burst.seconds.append(took)
        if status == 200 and answer == b"success":
            burst.acknowledged.add(push.key)
            return
        burst.busy += status == 503
        if status not in (0, 200, 503):
            burst.strange.add(status)
        time.sleep(0.05)
    burst.given_up += 1


def post(shop: Shop, push: Push) -> tuple[int, bytes, float]:
    """One try: (status, body, seconds); status 0 when the line broke."""
    stamp = str(int(shop.time()))
    path, body = sign_push(shop.wire.account, push.xml(shop.time()), stamp, secrets.token_hex(8))
    began = time.monotonic()
    line = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=CUT)
    try:
        line.request("POST", path, body, {"Content-Type": "text/xml"})
        answer = line.getresponse()
        return answer.status, answer.read(), time.monotonic() - began
    except (OSError, http.client.HTTPException):
        return 0, b"", time.monotonic() - began
    finally:
        line.close()


def meet(shop: Shop, people: Sequence[str], first: int) -> None:
    """Let these customers say something, so that the shop may answer them."""
    send(shop, [Push(openid, first + n, said="在吗") for n, openid in enumerate(people)])
    shop.until(shop.is_idle, 60, "the worker has heard all")
