"""Group commit: small writes of many requests share one transaction, and one wait for the disk.

A request hands over what it wants written and waits; one thread writes all that has gathered,
commits, and only then lets every request answer. When the whole breaks, each is written again
alone, so that none harms another.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from flask import Flask, current_app

from app.core.db import db

T = TypeVar("T")
R = TypeVar("R")
Write = Callable[[Sequence[T]], Sequence[R]]  # a result for each thing, in their order
MOST = 64  # things in one transaction
PATIENCE = 4.5  # seconds that a request waits: WeChat cuts the line after five


def _closed() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass
class Ticket(Generic[T, R]):
    write: Write[T, R]
    thing: T
    app: Flask
    settled: threading.Lock = field(default_factory=_closed)  # opened when it is over
    result: R | None = None
    error: BaseException | None = None


_waiting: "queue.SimpleQueue[Ticket[Any, Any]]" = queue.SimpleQueue()
_starting = threading.Lock()
_writer: threading.Thread | None = None


def commit(write: Write[T, R], thing: T) -> R:
    """Have `write` write `thing` and commit it, durably, together with what others hand over.

    `write` gets all things that wait for it and answers a result for each. Raises what it
    raises for this thing alone; TimeoutError when the database lets nobody write.
    """
    ticket = Ticket(write, thing, current_app._get_current_object())  # type: ignore[attr-defined]
    _waiting.put(ticket)
    _awake()
    if not ticket.settled.acquire(timeout=PATIENCE):
        raise TimeoutError("the database is busy")
    if ticket.error:
        raise ticket.error
    return ticket.result  # type: ignore[return-value]


def _awake() -> None:
    global _writer
    if _writer is None or not _writer.is_alive():
        with _starting:
            if _writer is None or not _writer.is_alive():
                _writer = threading.Thread(target=_serve, daemon=True, name="group commit")
                _writer.start()


def _serve() -> None:
    while True:
        tickets = [_waiting.get()]
        while len(tickets) < MOST and not _waiting.empty():
            tickets.append(_waiting.get())
        with tickets[0].app.app_context():
            _settle(tickets)


def _settle(tickets: list[Ticket[Any, Any]]) -> None:
    try:
        _write(tickets)
    except BaseException:
        db.session.rollback()
        for ticket in tickets:
            _alone(ticket)
    for ticket in tickets:
        ticket.settled.release()


def _write(tickets: list[Ticket[Any, Any]]) -> None:
    kinds: dict[Write[Any, Any], list[Ticket[Any, Any]]] = {}
    for ticket in tickets:
        kinds.setdefault(ticket.write, []).append(ticket)
    for write, alike in kinds.items():
        results = write([ticket.thing for ticket in alike])
        for ticket, result in zip(alike, results, strict=True):
            ticket.result = result
    db.session.commit()


def _alone(ticket: Ticket[Any, Any]) -> None:
    try:
        _write([ticket])
    except BaseException as error:
        db.session.rollback()
        ticket.error = error
