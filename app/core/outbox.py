"""The only way out: letters are rows, and a worker carries them.

queued → sending (attempt) → sent | failed | unknown. A letter found in «sending» by a later run
belongs to a worker that died in the middle: nobody knows whether it arrived, so it becomes
«unknown» and a person decides. What a restored backup found unsent is «held» until a person
releases or drops it: it may have gone out long ago.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import JSON, Connection, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Model, db, let_go
from app.core.errors import N_, DeliveryFailed, DeliveryUnknown, Refused
from app.core.jobs import Later, LostLease, job
from app.core.seams import crash_point

MAIL = "email"  # the channel of letters that have a lane of their own
BEHIND = timedelta(seconds=5)
RETRY_WAITS = [5, 30, 120, 600, 3600]  # seconds
INTERRUPTED = N_("发送时程序中断，不知道对方收到没有")


class Letter(Model):
    channel: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(64))
    to: Mapped[str] = mapped_column(String(128))
    body: Mapped[dict[str, object]] = mapped_column(JSON)
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    state: Mapped[str] = mapped_column(String(16), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(300), default="")  # a source sentence
    code: Mapped[str] = mapped_column(String(40), default="")
    receipt: Mapped[str] = mapped_column(String(200), default="")
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_letter_state", "state", "id"),
        Index("ix_letter_to", "channel", "account", "to", "id"),
    )


@dataclass(frozen=True)
class Verdict:
    """What a guard says of a letter: refuse with a reason, or wait until a moment."""

    reason: str = ""
    code: str = ""
    until: datetime | None = None


# Handed over in wiring.py.
guards: list[Callable[[Letter], Verdict | None]] = []
senders: dict[str, Callable[[Letter], str]] = {}
watchers: list[Callable[[Letter, str], None]] = []  # told of a letter's new end, and its old state


def post(
    channel: str, to: str, body: dict[str, object], *, account: str, key: str | None = None
) -> Letter | None:
    """Put a letter in the outbox, in the caller's transaction. A known `key` posts nothing."""
    if key and db.session.scalar(db.select(Letter.id).where(Letter.key == key)):
        return None
    letter = Letter(channel=channel, to=to, body=body, account=account, key=key, state="queued")
    letter.attempts, letter.reason, letter.code, letter.receipt = 0, "", "", ""
    db.session.add(letter)
    db.session.flush()
    _enqueue(letter)
    return letter


def _enqueue(letter: Letter) -> None:
    carry = deliver_mail if letter.channel == MAIL else deliver
    carry.later(letter.id, line=line_of(letter))


def line_of(letter: Letter) -> str:
    """Letters to one person go one after another."""
    return f"letter:{letter.channel}:{letter.account}:{letter.to}"[:200]


@job(lane="network")
def deliver(letter_id: int) -> None:
    """Carry one letter. Commits before the network call: no transaction waits for a stranger."""
    letter = db.session.get_one(Letter, letter_id)
    if letter.state == "sending":
        settle(letter, "unknown", reason=INTERRUPTED)
    if letter.state != "queued":
        return
    if not _admitted(letter):
        return
    letter.state, letter.attempts = "sending", letter.attempts + 1
    let_go()
    crash_point("letter.sending")
    try:
        letter.receipt = senders[letter.channel](letter)[:200]
        crash_point("letter.carried")
    except DeliveryUnknown as doubt:
        settle(letter, "unknown", reason=doubt.reason)
    except DeliveryFailed as failure:
        _refused(letter, failure)
    else:
        settle(letter, "sent")


@job(lane="mail")
def deliver_mail(letter_id: int) -> None:
    """The same in a lane of its own: a mail server that hangs holds up no answer to a customer."""
    deliver(letter_id)


def _admitted(letter: Letter) -> bool:
    for guard in guards:
        verdict = guard(letter)
        if verdict and verdict.until:
            _say_why(letter, verdict.reason)
            raise Later(verdict.until)
        if verdict:
            settle(letter, "failed", reason=verdict.reason, code=verdict.code)
            return False
    return True


def _say_why(letter: Letter, reason: str) -> None:
    """Who looks at a letter that waits reads what it waits for."""
    if reason and letter.reason != reason:
        letter.reason = reason
        db.session.commit()


def _refused(letter: Letter, failure: DeliveryFailed) -> None:
    if failure.until is None and (failure.permanent or letter.attempts > len(RETRY_WAITS)):
        settle(letter, "failed", reason=failure.reason, code=failure.code)
        return
    tries = letter.attempts
    _put_back(letter, failure)
    # who made all others wait comes after them: they may be welcome
    behind = failure.until and failure.until + BEHIND
    raise Later(behind or now() + timedelta(seconds=RETRY_WAITS[tries - 1]))


def _put_back(letter: Letter, failure: DeliveryFailed) -> None:
    """It waits for its next try, unless another worker has taken it for lost meanwhile: then it
    is theirs, and nobody would carry what we put back."""
    ours = db.session.scalar(
        db.update(Letter)
        .where(Letter.id == letter.id, Letter.state == "sending")
        .where(Letter.attempts == letter.attempts)
        .values(
            state="queued",
            reason=failure.reason,
            code=failure.code,
            attempts=letter.attempts - (failure.until is not None),
        )
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    )
    if ours is None:
        raise LostLease
    db.session.commit()


def settle(letter: Letter, state: str, *, reason: str = "", code: str = "") -> None:
    """A letter comes to its end."""
    before = letter.state
    letter.state, letter.reason, letter.code, letter.settled_at = state, reason, code, now()
    _tell(letter, before)


def _tell(letter: Letter, before: str) -> None:
    for watcher in watchers:
        watcher(letter, before)


def send_again(letter: Letter) -> None:
    """A person decides that a failed or doubtful letter goes out once more."""
    if letter.state not in ("failed", "unknown"):
        raise Refused(N_("这条消息不用重发：它正在发送，或者已经送达"))
    before = letter.state
    letter.state, letter.reason, letter.code, letter.attempts = "queued", "", "", 0
    _tell(letter, before)
    db.session.flush()
    _enqueue(letter)


def mark_delivered(letter: Letter) -> None:
    """A person knows that a doubtful letter has arrived."""
    if letter.state != "unknown":
        raise Refused(N_("这条消息的结果已经清楚了，不用再标记"))
    settle(letter, "sent")


HELD = N_("恢复备份时它还没有发出，也许早就发过了，等店主决定")
DROPPED = N_("恢复备份后店主决定不发")


def hold_unsent(line: Connection) -> None:
    """Of a database that comes from a backup: what it believes unsent waits for a click."""
    line.execute(
        db.update(Letter)
        .where(Letter.state.in_(("queued", "sending")))
        .values(state="held", reason=HELD)
    )


def release(letter: Letter) -> None:
    """A person decides that a held letter goes out after all."""
    _decide(letter, state="queued", reason="", attempts=0)
    _enqueue(letter)


def drop(letter: Letter) -> None:
    """A person decides that a held letter does not go out."""
    _decide(letter, state="failed", reason=DROPPED, settled_at=now())


def _decide(letter: Letter, **values: object) -> None:
    """Of two who decide at once one does."""
    ours = db.session.scalar(
        db.update(Letter)
        .where(Letter.id == letter.id, Letter.state == "held")
        .values(**values)
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    )
    if ours is None:
        raise Refused(N_("这条消息已经有人决定过了"))
    db.session.expire(letter)
