"""A letter whose job has given up comes to an end that is seen; a living one is left alone."""

import pytest

from app.core import abandoned, leases, outbox
from app.core.db import db
from app.core.jobs import Job
from app.core.outbox import Letter


@pytest.fixture
def letter(app):
    outbox.senders["pigeon"] = lambda _letter: "receipt"
    outbox.guards[:] = []
    one = outbox.post("pigeon", "lin", {"text": "hello"}, account="us")
    db.session.commit()
    return one


def give_up(letter, state):
    """As leases.py leaves a job at which workers died, with the letter at `state`."""
    letter.state = state
    db.session.execute(db.update(Job).values(state="failed"))
    db.session.commit()


@pytest.mark.parametrize(
    ("at", "end", "says"), [("queued", "failed", "请再发一次"), ("sending", "unknown", "中断")]
)
def test_a_letter_that_nobody_carries_comes_to_an_end(letter, at, end, says):
    told = []
    outbox.watchers.append(lambda one, before: told.append((one.state, before)))
    give_up(letter, at)
    abandoned.settle()
    db.session.commit()
    assert (letter.state, told) == (end, [(end, at)])
    assert says in letter.reason
    assert letter.settled_at
    outbox.watchers.pop()


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_letter_that_somebody_carries_is_left_alone(letter, state):
    db.session.execute(db.update(Job).values(state=state))
    db.session.commit()
    abandoned.settle()
    assert letter.state == "queued"


def test_workers_that_die_at_a_letter_leave_nobody_waiting(letter, work):
    db.session.execute(
        db.update(Job).values(
            state="running", crashes=leases.CRASHES - 1, leased_until=Job.created_at
        )
    )
    letter.state = "sending"
    db.session.commit()
    leases.release_expired()
    work()
    db.session.expire_all()
    assert db.session.get_one(Letter, letter.id).state == "unknown"
