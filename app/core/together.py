"""Group commit: small writes of many requests share one transaction, and one wait for the disk.

A request hands its write over and waits; one thread runs what has gathered, commits, and only
then lets every request answer. A write that breaks is run again alone, so that it harms no other.
"""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from flask import Flask, current_app

from app.core.db import db

T = TypeVar("T")
MOST = 64  # writes in one transaction
PATIENCE = 4.5  # seconds that a request waits: WeChat cuts the line after five


@dataclass
class Ticket(Generic[T]):
    write: Callable[[], T]
    app: Flask
    done: threading.Event = field(default_factory=threading.Event)
    result: list[T] = field(default_factory=list)
    error: BaseException | None = None

    def run(self) -> None:
        self.result[:] = [self.write()]


_waiting: "queue.SimpleQueue[Ticket[Any]]" = queue.SimpleQueue()
_starting = threading.Lock()
_writer: threading.Thread | None = None


def commit(write: Callable[[], T]) -> T:
    """Run `write` and commit it, durably, together with what others hand over meanwhile.

    Raises what `write` raises; TimeoutError when the database lets nobody write.
    """
    ticket = Ticket(write, current_app._get_current_object())  # type: ignore[attr-defined]
    _waiting.put(ticket)
    _awake()
    if not ticket.done.wait(PATIENCE):
        raise TimeoutError("the database is busy")
    if ticket.error:
        raise ticket.error
    return ticket.result[0]


def _awake() -> None:
    global _writer
    if _writer is None or not _writer.is_alive():
        with _starting:
            if _writer is None or not _writer.is_alive():
                _writer = threading.Thread(target=_serve, daemon=True, name="group commit")
                _writer.start()


def _serve() -> None:
    while True:
        first = _waiting.get()
        with first.app.app_context():
            _settle(first)


def _settle(first: Ticket[Any]) -> None:
    tickets = [first]
    try:
        first.run()
        while len(tickets) < MOST and not _waiting.empty():
            tickets.append(_waiting.get())
            tickets[-1].run()
        db.session.commit()
    except BaseException:
        db.session.rollback()
        for ticket in tickets:
            _alone(ticket)
    for ticket in tickets:
        ticket.done.set()


def _alone(ticket: Ticket[Any]) -> None:
    try:
        ticket.run()
        db.session.commit()
    except BaseException as error:
        db.session.rollback()
        ticket.error = error
