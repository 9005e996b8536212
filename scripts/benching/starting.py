"""What a first visit carries over the wire, and how long a start takes beside a bare one."""

import re
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass

from scripts.benching.shop import PORT
from scripts.benching.visits import Visitor

LINKED = re.compile(r'<(?:link|script|img)\b[^>]*?(?:href|src)="(/[^"]+)"')
AT_ONCE = re.compile(r'hx-trigger="load')  # a part that is asked for as soon as the page stands
BARE = (
    "from flask import Flask; from waitress import serve; app = Flask('bare'); "
    "app.add_url_rule('/healthz', view_func=lambda: 'ok'); "
    f"serve(app, listen='127.0.0.1:{PORT}')"
)


@dataclass
class Carried:
    """Bytes, compressed, and requests of a page that is seen for the first time, and again."""

    first: int
    requests: int
    again: int


def carried(visitor: Visitor, path: str) -> Carried:
    """What stands in the page; what is kept for ever is asked for once."""
    whole = visitor.text(path)
    linked = sorted(set(LINKED.findall(whole)))
    page = len(visitor.ask(path)[1])
    files = sum(len(visitor.ask(each)[1]) for each in linked)
    return Carried(page + files, 1 + len(linked) + len(AT_ONCE.findall(whole)), page)


def bare_start() -> float:
    """Seconds until the smallest application on the same server answers."""
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", BARE])
    try:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=2):
                    return time.monotonic() - began
            except OSError:
                time.sleep(0.02)
    finally:
        process.terminate()
        process.wait()
