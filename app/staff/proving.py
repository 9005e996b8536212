"""Is a book whole? Walk its chain, and hold its ends against what was sealed elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.clock import now
from app.core.db import ask, db, reading
from app.core.errors import N_
from app.core.jobs import job
from app.staff import chain, seals
from app.staff.models import Book, Line
from app.staff.seals import Seal

STEP = 1000

CHANGED = N_("第 %(line)s 行被改过：内容和它的指纹对不上")
GONE = N_("第 %(line)s 行不见了")
CUT = N_("末尾被删过：第 %(line)s 行起不见了")
REWRITTEN = N_("第 %(line)s 行和封存的指纹对不上：它或它前面的行被重写过")
BEHEADED = N_("开头被删过：第 %(line)s 行之前的行不是到期清理的")
NO_BOOK = N_("账本的首尾记录不见了（应当到第 %(line)s 行）")


@dataclass
class Proof:
    """What was found: how many lines hold, and the first that does not."""

    name: str
    lines: int = 0
    struck: int = 0
    fault: str = ""
    line: int = 0
    warning: str = ""


def prove(name: str) -> Proof:
    """Walk one book from its beginning to the end it had when the walk began."""
    found, model = Proof(name), chain.BOOKS[name]
    seal, found.warning = seals.read(name)
    with reading():
        db.session.commit()
        book = db.session.scalar(select(Book).where(Book.name == name))
        last = db.session.scalar(select(db.func.max(model.id))) or 0
        if book is None:
            _no_book(found, seal, last)
        else:
            db.session.refresh(book)
            _begins(found, book, seal)
            _walk(found, model, book, seal)
        db.session.commit()
    return found


def _no_book(found: Proof, seal: Seal | None, last: int) -> None:
    if seal or last:
        _name(found, NO_BOOK, max(last, seal.line if seal else 0))


def _begins(found: Proof, book: Book, seal: Seal | None) -> None:
    """Only pruning moves the beginning, and leaves its mark; the seal knew an earlier one."""
    if book.from_hash:
        moved = book.from_mac != chain.mac("from", book.name, book.from_id, book.from_hash)
    else:
        moved = seal is not None and book.from_id != seal.from_line
    if moved:
        _name(found, BEHEADED, book.from_id + 1)


def _walk(found: Proof, model: type[Line], book: Book, seal: Seal | None) -> None:
    at, before = book.from_id, book.from_hash
    for row in _rows(model, book.from_id, book.last_id) if not found.fault else ():
        if row.id != at + 1:
            return _name(found, GONE, at + 1)
        at, before = row.id, chain.link(before, _own(found, model, row))
        if found.fault:
            return None
        if row.hash != before:
            return _name(found, CHANGED, row.id)
        if seal and seal.line == at and seal.hash != before:
            return _name(found, REWRITTEN, at)
        found.lines += 1
    return None if found.fault else _ends(found, book, seal, at, before)


def _ends(found: Proof, book: Book, seal: Seal | None, at: int, before: str) -> None:
    if at != book.last_id:
        _name(found, CUT, at + 1)
    elif before != book.last_hash:
        _name(found, CHANGED, at)
    elif seal and seal.line > at:
        _name(found, CUT, at + 1)


def _own(found: Proof, model: type[Line], row: Any) -> str:
    """The hash of a line's words; of a struck line the one it had, if the mark on it is ours."""
    words = row._mapping
    if row.what != chain.STRUCK:
        return chain.digest(row.id, words)
    was = str(row.details.get("was", ""))
    if row.details.get("mark") != chain.mac(chain.STRUCK, found.name, row.id, was):
        _name(found, CHANGED, row.id)
    found.struck += 1
    return was


def _rows(model: type[Line], start: int, end: int) -> Iterator[Any]:
    """The lines in order, a few at a time, with no transaction kept open between them."""
    parts = chain.columns(model)
    while start < end:
        some = select(*parts).where(model.id > start, model.id <= end)
        rows = ask(some.order_by(model.id).limit(STEP)).all()
        db.session.commit()
        yield from rows
        if len(rows) < STEP:
            return
        start = rows[-1].id


def _name(found: Proof, fault: str, line: int) -> None:
    found.fault, found.line = fault, line


@job()
def nightly() -> None:
    """Prove both books, and keep what was found for the status page and the alarms."""
    for name in chain.BOOKS:
        _keep(prove(name))


@job()
def renew_seals() -> None:
    """By the clock: a few minutes are the most that an end may be cut without a trace."""
    for name in seals.put():
        _keep(prove(name))


def _keep(found: Proof) -> None:
    told = {"proved_at": now(), "fault": found.fault, "fault_line": found.line}
    db.session.execute(db.update(Book).where(Book.name == found.name).values(**told))
    db.session.commit()
