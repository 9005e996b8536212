"""Histories of purchases and contacts from CSV files, read once and kept small.

A history is a flat list of numbers for each customer, so that a million of them fit in memory.
What cannot be read is left out and counted; nothing after the last day is looked at.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from pathlib import Path

from app.core.errors import N_, Refused
from app.customers import odds
from app.customers.ledger import UNKNOWN, Taken

Row = list[str]
REMEMBERED = 200_000  # different amounts and days whose reading is kept
NOT_CONTACT = frozenset(("subscribe", "unsubscribe", "auto", "autoreply"))
JOINTS = str.maketrans("", "", "_- ")  # auto_reply, auto-reply: one word
LARGEST = 1_000_000_000  # more is no amount of a shop


@dataclass
class Book:
    """What the files tell up to a day. Days are day numbers, amounts 分 or UNKNOWN."""

    bought: dict[str, list[int]] = field(default_factory=dict)  # day, 分, day, 分, …
    taken: dict[str, list[Taken]] = field(default_factory=dict)
    heard: dict[str, list[int]] = field(default_factory=dict)  # days with contact of their own
    touch: dict[str, tuple[int, str]] = field(default_factory=dict)  # the last: (day, kind)
    spoke: dict[str, list[int]] = field(default_factory=dict)  # days with contact either way
    stops: dict[str, list[tuple[int, bool]]] = field(default_factory=dict)  # 勿扰 from, or no more
    unread: int = 0  # rows that said nothing


class Reader:
    """Reads days and amounts; the same words are read once."""

    def __init__(self) -> None:
        self._days: dict[str, int] = {}
        self._cents: dict[str, int] = {}

    def day(self, text: str) -> int:
        """A day number; 0 where there is no day."""
        found = self._days.get(text)
        if found is None:
            found = self._days[text] = _day(text)
        return found

    def cents(self, text: str) -> int:
        """分, negative for a refund, UNKNOWN where nothing can be read."""
        found = self._cents.get(text)
        if found is None:
            if len(self._cents) > REMEMBERED:
                self._cents.clear()
            found = self._cents[text] = cents_of(text)
        return found


def _day(text: str) -> int:
    try:
        return date.fromisoformat(text.strip()[:10]).toordinal()
    except ValueError:
        return 0


def cents_of(text: str) -> int:
    """An amount in 分, UNKNOWN where nothing can be read."""
    try:
        amount = float(text.replace(",", "").strip().lstrip("¥￥"))
    except ValueError:
        return UNKNOWN
    return round(amount * 100) if isfinite(amount) and abs(amount) < LARGEST else UNKNOWN


@contextmanager
def rows(path: Path, *needed: str) -> Iterator[tuple[Iterator[Row], Callable[[str], int]]]:
    """The rows of a CSV file, and where each named column stands (-1: it has none)."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        header = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in needed if name not in header]
        if missing:
            raise Refused(
                N_("%(file)s 里没有 %(columns)s 这几列，请在第一行写上列名"),
                file=path.name, columns="、".join(missing),
            )  # fmt: skip
        yield reader, lambda name: header.index(name) if name in header else -1


def read_orders(book: Book, path: Path, last_day: int) -> None:
    """Purchases and refunds up to `last_day`."""
    read = Reader()
    refunds: list[tuple[str, int, int, str]] = []
    with rows(path, "customer_id", "date") as (lines, at):
        who, on, much, kind, order = map(at, ("customer_id", "date", "amount", "kind", "order_id"))
        widest = max(who, on)
        bought, days, cents = book.bought, read.day, read.cents
        for row in lines:
            if len(row) <= widest or not row[who]:
                book.unread += bool(row)
                continue
            day = days(row[on])
            if day > last_day:
                continue
            flat = bought.setdefault(row[who], [])
            if not day:  # an opening balance without a date: known, and nothing more
                book.unread += bool(row[on].strip())
                continue
            amount = cents(row[much]) if -1 < much < len(row) else UNKNOWN
            if UNKNOWN < amount < 0 or _is_refund(row, kind):
                name = row[order] if -1 < order < len(row) else ""
                refunds.append((row[who], day, amount, name))
            else:
                flat.append(day)
                flat.append(amount)
    _give_back(book, path, refunds, last_day)


def _give_back(
    book: Book, path: Path, refunds: list[tuple[str, int, int, str]], last_day: int
) -> None:
    wanted = {name for *_other, name in refunds if name}
    named = _days_of(path, wanted, last_day) if wanted else {}
    for customer, day, amount, name in refunds:
        cents = UNKNOWN if amount == UNKNOWN else abs(amount)
        book.taken.setdefault(customer, []).append((day, cents, named.get(name, 0)))


def _is_refund(row: Row, kind: int) -> bool:
    return -1 < kind < len(row) and row[kind].strip().lower() == "refund"


def _days_of(path: Path, wanted: set[str], last_day: int) -> dict[str, int]:
    """The days of the purchases that refunds name: the file is read again for these alone."""
    read = Reader()
    found: dict[str, int] = {}
    with rows(path, "customer_id", "date", "order_id") as (lines, at):
        on, order, kind = at("date"), at("order_id"), at("kind")
        for row in lines:
            if len(row) > max(on, order) and row[order] in wanted and not _is_refund(row, kind):
                day = read.day(row[on])
                if 0 < day <= last_day:
                    found.setdefault(row[order], day)
    return found


def read_events(book: Book, path: Path, last_day: int) -> None:
    """Contacts up to `last_day`; only what the customer did by themselves is contact of theirs."""
    read = Reader()
    with rows(path, "customer_id", "date", "direction") as (lines, at):
        who, on, way, kind = map(at, ("customer_id", "date", "direction", "kind"))
        for row in lines:
            if len(row) <= max(who, on, way) or not row[who]:
                book.unread += bool(row)
                continue
            day = read.day(row[on])
            if not day:
                book.unread += 1
            elif day <= last_day:
                what = row[kind].lower().translate(JOINTS) if -1 < kind < len(row) else ""
                _note(book, row[who], day, row[way].strip().lower() == "in", what)


def _note(book: Book, customer: str, day: int, inbound: bool, what: str) -> None:
    if what in ("subscribe", "unsubscribe"):
        book.stops.setdefault(customer, []).append((day, what == "unsubscribe"))
        book.bought.setdefault(customer, [])
    if what in NOT_CONTACT:
        return
    book.bought.setdefault(customer, [])
    book.spoke.setdefault(customer, []).append(day)
    if inbound:
        book.heard.setdefault(customer, []).append(day)
        book.touch[customer] = max(book.touch.get(customer, (0, "")), (day, what))


def read(book: Book, path: Path, last_day: int) -> None:
    """Purchases of either form: a CSV with a heading, or a plain text of columns."""
    with path.open(encoding="utf-8-sig") as stream:
        headed = "customer_id" in stream.readline().lower()
    (read_orders if headed else read_plain)(book, path, last_day)


def read_plain(book: Book, path: Path, last_day: int) -> None:
    """A text of columns without heading: id, any, yyyymmdd, pieces, amount (the form in which
    Fader and Hardie publish their sample)."""
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            parts = line.split()
            day = _day(f"{parts[2][:4]}-{parts[2][4:6]}-{parts[2][6:]}") if len(parts) > 4 else 0
            if not day:
                book.unread += bool(parts)
            elif day <= last_day:
                book.bought.setdefault(parts[0], []).extend((day, cents_of(parts[-1])))


def typical_amount(book: Book) -> int:
    """The shop's median purchase in 分; 0 where no amount is known."""
    counted: Counter[int] = Counter()
    for flat in book.bought.values():
        counted.update(flat[1::2])
    return odds.middle(counted)
