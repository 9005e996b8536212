"""A browser with cookies: signs in, reads, sends forms."""

import http.client
import re
import time
from urllib.parse import urlencode

from scripts.faults.shop import PASSWORD, Shop

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Visitor:
    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.cookies: dict[str, str] = {}
        self.token = ""

    def open(self, path: str) -> int:
        """The status of a page, 0 without an answer; its token is kept for the next form."""
        status, body, _took = self._ask("GET", path, None)
        if found := TOKEN.search(body):
            self.token = found[1]
        return status

    def send(self, path: str, **fields: str) -> tuple[int, float]:
        """A form; (status, seconds)."""
        fields["csrf_token"] = self.token
        status, _body, took = self._ask("POST", path, urlencode(fields))
        return status, took

    def sign_in(self, name: str) -> "Visitor":
        self.open("/login")
        status, _took = self.send("/login", name=name, password=PASSWORD)
        if status != 303:
            raise RuntimeError(f"sign-in: {status}")
        return self

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str, float]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        line = http.client.HTTPConnection("127.0.0.1", self.shop.port, timeout=90)
        began = time.monotonic()
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, "", time.monotonic() - began
        finally:
            line.close()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _equals, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return answer.status, text, time.monotonic() - began
