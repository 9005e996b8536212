"""F-24: the database file is damaged, cut, or gone. Nothing is opened, and nothing made anew."""

from pathlib import Path

from scripts.faults.pushing import send, texts
from scripts.faults.shop import Shop, chance
from scripts.faults.verdicts import Verdict

FLIPS = 60
RESTORE = "flask backup restore"


def file(shop: Shop) -> Verdict:
    verdict = Verdict()
    shop.start("serve", "worker")
    send(shop, texts(300, 30))
    shop.until(shop.is_idle, 60, "heard")
    for name in ("serve", "worker"):
        shop.running.pop(name).end()
    shop.fold()
    good, rows = shop.file.read_bytes(), _rows(shop)
    refused = same = 0
    for number in range(FLIPS):
        shop.file.write_bytes(_flipped(good, number))
        said = shop.refusal()
        refused += RESTORE in said
        same += not said and _rows(shop) == rows
    verdict.tell("pages damaged", FLIPS)
    verdict.tell("refused, with what to do", refused)
    verdict.tell("opened with all rows, damage in an index's or a value's middle", same)
    verdict.must("opened with fewer rows, or refused without a word", FLIPS - refused - same)
    _gone(shop, verdict, good)
    return verdict


def _flipped(good: bytes, number: int) -> bytes:
    """One page with a damaged head, or one byte anywhere."""
    damaged = bytearray(good)
    if number % 2:
        place = 4096 * chance.randrange(len(good) // 4096)
        damaged[place : place + 12] = bytes(chance.randrange(256) for _byte in range(12))
    else:
        damaged[chance.randrange(len(good))] ^= 0xFF
    return bytes(damaged)


def _rows(shop: Shop) -> int:
    return shop.count("arrival") + shop.count("message")


def _gone(shop: Shop, verdict: Verdict, good: bytes) -> None:
    (shop.folder / "backups").mkdir(exist_ok=True)
    (shop.folder / "backups" / "last.backup").touch()
    for name, content in (("cut", good[: len(good) // 2]), ("empty", b""), ("gone", None)):
        _put(shop.file, content)
        verdict.must(f"{name}: refused by `db upgrade`", RESTORE in shop.refusal(), True)
        left = shop.file.read_bytes() if shop.file.exists() else None
        verdict.must(f"{name}: left as it was", left == content, True)


def _put(file: Path, content: bytes | None) -> None:
    file.unlink(missing_ok=True)
    if content is not None:
        file.write_bytes(content)
