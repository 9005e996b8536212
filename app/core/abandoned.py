"""Letters whose job has given up: nobody carries them, and somebody waits for an answer.

A job gives up when its worker died at it again and again, or when it stumbled over a fault of ours
as often as it may. The letter would say «sending» for ever; here it comes to an end that is seen.
"""

from sqlalchemy import select

from app.core import outbox
from app.core.db import db
from app.core.errors import N_
from app.core.jobs import QUEUED, RUNNING, Job, job
from app.core.outbox import Letter

NOT_SENT = N_("程序几次都没能把它发出去，请再发一次")
OPEN = ("queued", "sending")
AT_ONCE = 200


@job()
def settle() -> None:
    """Give letters that no job carries an end: doubtful if they were on their way, else failed."""
    waiting = select(Letter.id).where(Letter.state.in_(OPEN))
    for letter_id in db.session.scalars(waiting.order_by(Letter.id).limit(AT_ONCE)).all():
        letter = db.session.get(Letter, letter_id, populate_existing=True, with_for_update=True)
        if letter and letter.state in OPEN and not _is_carried(letter):
            doubt = letter.state == "sending"
            reason = outbox.INTERRUPTED if doubt else NOT_SENT
            outbox.settle(letter, "unknown" if doubt else "failed", reason=reason)


def _is_carried(letter: Letter) -> bool:
    """Whether a job of its line is alive: as long as one is, the letter's own may be."""
    alive = select(Job.id).where(
        Job.line == outbox.line_of(letter), Job.state.in_((QUEUED, RUNNING))
    )
    return db.session.scalar(alive.limit(1)) is not None
