"""How near two looks come to what is possible at all: run as a program of its own.

Prints JSON: `search`, the index's own part of finding two characters (p95), against a scan of all
names by LIKE (p50); `reading`, opening an encrypted push by hand, against opening it as we do.
"""

import base64
import hashlib
import json
import sqlite3
import statistics
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from app.core.db import db
from app.customers import finding, words
from app.staff.models import Staff
from app.wechat import envelopes
from app.wechat.accounts import Account
from scripts.benching import burst
from scripts.benching.shop import ROOT, Shop
from wsgi import app

T = TypeVar("T")
PASSES, PUSHES = 5, 400
PAIRS = 40  # of characters that stand in names
MISSING = "龘龖"  # in nobody's name: both look to the end
SCAN = "SELECT id FROM customer WHERE name LIKE ? ORDER BY id DESC LIMIT 50"


def measure(shop: Shop) -> dict[str, float]:
    """{"search": ratio, "reading": ratio} of this shop."""
    command = [
        sys.executable,
        "-m",
        "scripts.benching.limits",
        str(shop.folder),
        str(shop.customers),
    ]
    said = subprocess.run(command, cwd=ROOT, env=shop.environ, check=True, capture_output=True)
    return dict(json.loads(said.stdout))


def search(folder: Path) -> float:
    owner = db.session.scalars(db.select(Staff).where(Staff.name == "owner")).one()
    with sqlite3.connect(folder / "shuke.db") as line:
        names = line.execute(
            "SELECT DISTINCT substr(name, 1, 2) FROM customer WHERE length(name) > 1 LIMIT ?",
            (PAIRS,),
        )
        pairs = [*(name for (name,) in names), MISSING]
        scans = _times(lambda pair: line.execute(SCAN, (f"%{pair}%",)).fetchall(), pairs)
    looks = _times(lambda pair: finding._plain(owner, words.query(pair), 50), pairs)
    return statistics.quantiles(looks, n=20)[-1] / statistics.median(scans)


def reading(shop: Shop) -> float:
    """Our rate over that of the same done by hand."""
    pushes = [
        (dict(parse_qsl(path.partition("?")[2])), body)
        for path, body in burst.requests(shop, PUSHES)
    ]
    account = burst.practice(shop)
    ours = _times(lambda push: envelopes.open_envelope(*push), pushes)
    least = _times(lambda push: _by_hand(account, *push), pushes)
    return statistics.median(least) / statistics.median(ours)


def _by_hand(account: Account, query: dict[str, str], body: bytes) -> dict[str, str | None]:
    """Signature, cipher, fields, and no other question."""
    secret = ET.fromstring(body).findtext("Encrypt") or ""  # noqa: S314 - of our own making
    parts = sorted((account.token, query["timestamp"], query["nonce"], secret))
    if hashlib.sha1("".join(parts).encode()).hexdigest() != query["msg_signature"]:  # noqa: S324
        raise RuntimeError("signature")
    key = account.ciphers[0].key
    opener = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    clear = opener.update(base64.b64decode(secret)) + opener.finalize()
    length = int.from_bytes(clear[16:20], "big")
    return {field.tag: field.text for field in ET.fromstring(clear[20 : 20 + length])}  # noqa: S314


def _times(look: Callable[[T], object], things: Sequence[T]) -> list[float]:
    """Seconds of each, the first pass left out."""
    times = []
    for number in range(PASSES + 1):
        for thing in things:
            began = time.perf_counter()
            look(thing)
            if number:
                times.append(time.perf_counter() - began)
    return times


if __name__ == "__main__":
    shop = Shop(Path(sys.argv[1]), int(sys.argv[2]))
    with app.app_context():
        print(json.dumps({"search": search(shop.folder), "reading": reading(shop)}))
