"""Find what was said: the messages that hold the typed words, newest first, with the place.

The index gives candidates; each is asked once more whether it holds the words and whether its
customer may be seen. A search looks at MOST candidates and then says how far it came.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text

from app.core.db import ask, db
from app.core.errors import N_, Refused
from app.customers import finding, words
from app.customers.models import Customer
from app.inbox import indexing
from app.inbox.models import Conversation, IndexGap, Message
from app.staff.models import Staff

PAGE = 20
LOOK = 200  # candidates at once
MOST = 2000
LARGEST = 2**31 - 1
BEFORE, AFTER = 24, 80  # characters around the place found

ROWS = (
    Message.id, Message.conversation_id, Message.text, Message.gist, Message.kind, Message.inbound,
    Message.at, Customer.name,
)  # fmt: skip


@dataclass(frozen=True)
class Hit:
    """A message, and its words before, at and after the place found."""

    row: Any
    before: str
    found: str
    after: str


@dataclass(frozen=True)
class Found:
    hits: list[Hit]
    next: int | None  # the message from which an older look goes on; there may be nothing


def search(
    staff: Staff, typed: str, *, before: int | None = None, chat_id: int | None = None
) -> Found:
    """One page of what was said, of all that this colleague may see or of one conversation."""
    # one character alone is no token of the index; whether it is there, the re-check sees
    terms = [term for term in words.query(typed) if len(term.text) > 1]
    if not terms:
        raise Refused(N_("一个字找不准，请至少写两个字"), field="q")
    if chat_id:
        terms = [*terms, words.Term(indexing.of_chat(chat_id))]
    edge, looked = before or LARGEST, 0
    hits: list[Hit] = []
    while looked < MOST:
        ids = _candidates(terms, edge)
        looked += len(ids)
        for row in _rows(staff, ids):
            if _holds(typed, row.text) or _holds(typed, row.gist):
                hits.append(_hit(row, typed))
                if len(hits) == PAGE:
                    return Found(hits, row.id)
        if len(ids) < LOOK:
            return Found(hits, None)
        edge = ids[-1]
    return Found(hits, edge)


def is_complete() -> bool:
    """Whether every message is in the index yet."""
    return db.session.scalar(select(IndexGap.id).limit(1)) is None


def _rows(staff: Staff, ids: Sequence[int]) -> Sequence[Any]:
    statement = (
        select(*ROWS)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Customer, Customer.id == Conversation.customer_id)
        .where(Message.id.in_(ids), finding.seen_by(staff))
    )
    found: Sequence[Any] = ask(statement.order_by(Message.id.desc())).all()
    return found


def _candidates(terms: Sequence[words.Term], edge: int) -> Sequence[int]:
    statement = _postgresql if db.session.get_bind().dialect.name == "postgresql" else _sqlite
    return db.session.scalars(statement(terms).bindparams(edge=edge, most=LOOK)).all()


def _sqlite(terms: Sequence[words.Term]) -> Any:
    match = " AND ".join(f'"{t.text}"*' if t.prefix else f'"{t.text}"' for t in terms)
    return text(
        "SELECT rowid FROM message_words_index WHERE message_words_index MATCH :match"
        " AND rowid < :edge ORDER BY rowid DESC LIMIT :most"
    ).bindparams(match=match)


def _postgresql(terms: Sequence[words.Term]) -> Any:
    match = " & ".join(f"'{t.text}':*" if t.prefix else f"'{t.text}'" for t in terms)
    # MATERIALIZED: without it the planner walks the primary key backwards.
    return text(
        "WITH hits AS MATERIALIZED (SELECT message_id FROM message_words_index"
        " WHERE vector @@ CAST(:match AS tsquery) AND message_id < :edge)"
        " SELECT message_id FROM hits ORDER BY message_id DESC LIMIT :most"
    ).bindparams(match=match)


def _hit(row: Any, typed: str) -> Hit:
    """The place: in what was said, else in what a colleague typed about it."""
    for said in (row.text, row.gist):
        place = _place(said, typed)
        if place:
            start, end = place
            cut = max(0, start - BEFORE)
            ahead = ("…" if cut else "") + said[cut:start]
            rest = said[end : end + AFTER] + ("…" if len(said) > end + AFTER else "")
            return Hit(row, ahead, said[start:end], rest)
    said = row.text or row.gist
    return Hit(row, said[: BEFORE + AFTER], "", "")


def _holds(typed: str, said: str) -> bool:
    """Whether all that was typed is truly there: pairs of characters alone may lie."""
    folded = _folded(said)
    return all(piece in folded for piece in _folded(typed).split())


def _folded(said: str) -> str:
    return unicodedata.normalize("NFKC", said).casefold()


def _place(said: str, typed: str) -> tuple[int, int] | None:
    folded = said.casefold()
    if len(folded) != len(said):
        folded = said
    for piece in sorted(typed.casefold().split(), key=len, reverse=True):
        start = folded.find(piece)
        if start >= 0:
            return start, start + len(piece)
    return None
