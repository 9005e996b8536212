"""The index of what was said: exact tokens of every message, written as it is written.

Its structure is that of the customers' index (customers/words.py): pairs of Chinese characters,
words, numbers with their tails. On SQLite it is an FTS5 table without content, on PostgreSQL a
table of tsvectors; both are called message_words_index. One more token says which conversation a
message belongs to. What is found is asked of the messages once more, so a token too many is only
a look in vain.

Messages that were there before the index, or came in bulk, stand in gaps: ranges of ids that a
job closes from the newest on, some milliseconds at a time.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import TextClause, bindparam, select, text

from app.core.clock import now
from app.core.db import ask, db
from app.core.jobs import Later, job
from app.customers import words
from app.inbox.models import Conversation, IndexGap, Message

WINDOW = 400  # messages between two commits
SPELL = 3.0  # seconds of one run of the job: others of its lane come in between
READ = (Message.id, Message.conversation_id, Message.text, Message.gist)
Row = dict[str, object]


def tokens(chat_id: int, *texts: str) -> str:
    """What a message is found by."""
    found = words.tokens("", texts=[one for one in texts if one])
    return " ".join([*found, of_chat(chat_id)]) if found else ""


def of_chat(chat_id: int) -> str:
    """The token of a conversation: no person can type it."""
    return f"{words.SCOPE}c{chat_id}"


def add(message: Message) -> None:
    """A new message, in the transaction that writes it."""
    _insert([_row(message.id, message.conversation_id, message.text, message.gist)])


def renew(message: Message, before: str) -> None:
    """Its gist has changed, and was `before`."""
    _drop([_row(message.id, message.conversation_id, message.text, before)])
    add(message)


def forget(customer_ids: Sequence[int]) -> None:
    """These customers go, and with them what they were found by."""
    chats = select(Conversation.id).where(Conversation.customer_id.in_(customer_ids))
    _drop(_row(*row) for row in ask(select(*READ).where(Message.conversation_id.in_(chats))))


def leave_gap(low: int, high: int) -> None:
    """Messages with low < id <= high were written past the index: the job will come to them."""
    if high > low:
        db.session.add(IndexGap(low=low, high=high))
        db.session.flush()
        close_gaps.later()


@job()
def close_gaps() -> None:
    """Index what stands in the gaps, the newest first, for a few seconds; then others' turn."""
    until = time.monotonic() + SPELL
    while _step():
        db.session.commit()
        if time.monotonic() > until:
            raise Later(now() + timedelta(seconds=0.2))


def _step() -> bool:
    """One window of the newest gap, and how far it came, in one transaction."""
    newest = select(IndexGap).order_by(IndexGap.high.desc()).limit(1)
    newest = newest.with_for_update().execution_options(populate_existing=True)
    gap = db.session.scalar(newest)
    if gap is None:
        return False
    inside = select(*READ).where(Message.id > gap.low, Message.id <= gap.high)
    rows = ask(inside.order_by(Message.id.desc()).limit(WINDOW)).all()
    _insert([_row(*row) for row in reversed(rows)])  # upwards: FTS5 flushes at each step down
    if len(rows) < WINDOW:
        db.session.delete(gap)
    else:
        gap.high = rows[-1].id - 1
    db.session.flush()
    return True


def _row(message_id: int, chat_id: int, *texts: str) -> Row:
    return {"id": message_id, "tokens": tokens(chat_id, *texts)}


def _insert(rows: Iterable[Row]) -> None:
    _run(_statements()[0], rows)


def _drop(rows: Iterable[Row]) -> None:
    _run(_statements()[1], rows)


def _run(statement: TextClause, rows: Iterable[Row]) -> None:
    spoken = [row for row in rows if row["tokens"]]
    if spoken:
        db.session.connection().execute(statement, spoken)


def _statements() -> tuple[TextClause, TextClause]:
    return _written_for(db.session.get_bind().dialect.name)


@cache
def _written_for(dialect: str) -> tuple[TextClause, TextClause]:
    named: Any = [bindparam("id"), bindparam("tokens")]
    if dialect == "postgresql":
        return (
            text(
                "INSERT INTO message_words_index (message_id, vector)"
                " VALUES (:id, array_to_tsvector(string_to_array(:tokens, ' ')))"
                " ON CONFLICT (message_id) DO UPDATE SET vector = excluded.vector"
            ).bindparams(*named),
            text("DELETE FROM message_words_index WHERE message_id = :id"),
        )
    # FTS5 asks nobody: a row put in twice or taken out unknown would spoil the whole index
    known = "EXISTS (SELECT 1 FROM message_words_index_docsize WHERE id = :id)"
    return (
        text(
            f"INSERT INTO message_words_index (rowid, tokens) SELECT :id, :tokens WHERE NOT {known}"
        ),
        text(
            "INSERT INTO message_words_index (message_words_index, rowid, tokens)"
            f" SELECT 'delete', :id, :tokens WHERE {known}"
        ),
    )
