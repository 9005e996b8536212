"""The platform's servers on loopback, in any weather: every letter that reached them is counted."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from typing import Any

from tests.outside import Platform

Weather = Callable[[str, dict[str, Any]], Any]  # (path, body) -> a trouble, or None for fair


class Wire(Platform):  # type: ignore[misc]
    """`weather` decides what each call gets; `heard` holds what arrived, `taken` how often
    the customer got it, as far as anybody can tell."""

    def __init__(self) -> None:
        self.weather: Weather | None = None
        self.server: ThreadingHTTPServer
        super().__init__()

    def forget(self) -> None:
        super().forget()
        self.heard: list[tuple[str, str, float]] = []  # to whom, what, when
        self.taken: Counter[tuple[str, str]] = Counter()  # all but what was refused by a code
        self.fetched: list[float] = []  # when a token was asked for
        self.weather = None
        self.lock = threading.Lock()

    def answer(self, path: str, body: dict[str, Any], query: str) -> Any:
        letter = (body["touser"], str(body["text"]["content"])) if "touser" in body else None
        with self.lock:
            if path.endswith("/stable_token"):
                self.fetched.append(time.monotonic())
            if letter:
                self.heard.append((*letter, time.monotonic()))
        told = self._told(path, body, query)
        if letter and not (isinstance(told, dict) and told.get("errcode")):
            with self.lock:
                self.taken[letter] += 1
        return told

    def _told(self, path: str, body: dict[str, Any], query: str) -> Any:
        told = self.weather(path, body) if self.weather else None
        if told is None:
            return super().answer(path, body, query)
        return {"errcode": told, "errmsg": "no rid: 1"} if isinstance(told, int) else told

    def close(self) -> None:
        """Nobody listens any more: connections are refused."""
        self.server.shutdown()
        self.server.server_close()

    def open(self) -> None:
        """Listen again, at the same address."""
        port = self.server.server_port
        self.server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.server.daemon_threads = True
        self.__enter__()
