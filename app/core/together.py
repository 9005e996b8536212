"""Group commit: small writes of many requests share one transaction, and one wait for the disk.

A request hands over what it wants written and waits; one thread writes all that has gathered,
commits, and only then lets every request answer. When the whole breaks, each is written again
alone, so that none harms another.

A transaction of one costs nearly as much as one of eight. So the thread is woken by the one who
completes a company as large as the last, or by one who has waited for the others long enough. Who
comes alone is a company of one, and waits for nobody.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from app.core.db import db
from app.core.seams import crash_point
from app.core.writers import Busy

T = TypeVar("T")
R = TypeVar("R")
Write = Callable[[Sequence[T]], Sequence[R]]  # a result for each thing, in their order
MOST = 64  # things in one transaction
PATIENCE = 3.5  # seconds that a request waits: WeChat cuts the line after five, of which it may
# have waited one for a thread
HURRIED = 1.0  # seconds, when the writer itself has waited for longer
LINGER = 0.012  # seconds of it that it waits for others who came with the last ones


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


_lock = threading.Lock()
_waiting: list[Ticket[Any, Any]] = []
_company = 1.0  # how many have come together of late
_bell = _closed()  # open: there is something to write
_writer: threading.Thread | None = None
_began = 0.0  # when it took up what it is at; 0: nothing


def commit(write: Write[T, R], thing: T) -> R:
    """Have `write` write `thing` and commit it, durably, together with what others hand over.

    `write` gets all things that wait for it and answers a result for each. Raises what it
    raises for this thing alone; TimeoutError when the database lets nobody write.
    """
    ticket = Ticket(write, thing, current_app._get_current_object())  # type: ignore[attr-defined]
    with _lock:
        _waiting.append(ticket)
        if len(_waiting) >= _company:
            _ring()
    if not ticket.settled.acquire(timeout=LINGER):
        with _lock:
            if _waiting:
                _ring()
        if not ticket.settled.acquire(timeout=_patience()):
            raise TimeoutError("the database is busy")
    if ticket.error:
        raise ticket.error
    return ticket.result  # type: ignore[return-value]


def _patience() -> float:
    """When the writer has not been let in for long, there is no use in waiting behind it: the
    threads of the web server are wanted."""
    stuck = _began > 0 and time.monotonic() - _began > HURRIED
    return HURRIED if stuck else PATIENCE


def _ring() -> None:
    global _writer
    if _bell.locked():
        _bell.release()
    if _writer is None or not _writer.is_alive():
        _writer = threading.Thread(target=_serve, daemon=True, name="group commit")
        _writer.start()


def _serve() -> None:
    global _began
    while True:
        _bell.acquire()
        tickets = _gathered()
        if tickets:
            _began = time.monotonic()
            with tickets[0].app.app_context():
                _settle(tickets)
            _began = 0.0


def _gathered() -> list[Ticket[Any, Any]]:
    global _company
    with _lock:
        tickets = _waiting[:MOST]
        del _waiting[:MOST]
        if tickets:
            _company = max(len(tickets), _company / 2)
        if _waiting:
            _ring()
    return tickets


def _settle(tickets: list[Ticket[Any, Any]]) -> None:
    try:
        _write(tickets)
    except (Busy, OperationalError) as error:  # nobody can write: it is no one thing's fault
        db.session.rollback()
        for ticket in tickets:
            ticket.error = error
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
    crash_point("together.written")
    db.session.commit()
    crash_point("together.committed")


def _alone(ticket: Ticket[Any, Any]) -> None:
    try:
        _write([ticket])
    except BaseException as error:
        db.session.rollback()
        ticket.error = error
