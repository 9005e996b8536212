"""The only way out: once, in order, and never again by itself when nobody knows."""

import contextvars
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import current_app

from app.core import clock, jobs, leases, outbox
from app.core.clock import now
from app.core.db import db
from app.core.errors import DeliveryFailed, DeliveryUnknown, Refused
from app.core.jobs import Job
from app.core.outbox import Letter, Verdict

sent = []
troubles = []


def carry(letter):
    db.session.commit()
    if troubles:
        trouble = troubles.pop(0)
        if trouble:
            raise trouble
    sent.append(letter.body["text"])
    return "receipt-1"


@pytest.fixture(autouse=True)
def _line(app):
    sent.clear()
    troubles.clear()
    outbox.senders["pigeon"] = carry
    outbox.guards[:] = []


def post(text="hello", to="lin", **options):
    letter = outbox.post("pigeon", to, {"text": text}, account="us", **options)
    db.session.commit()
    return letter


def again(letter):
    db.session.expire_all()
    return db.session.get_one(Letter, letter.id)


@pytest.fixture
def later(app):
    begin, passed = now(), [0]

    def move(seconds):
        passed[0] += seconds
        clock.source = lambda: begin + timedelta(seconds=passed[0])

    move(0)
    return move


def test_a_letter_goes_out_once(work):
    letter = post()
    assert letter.state == "queued"
    work()
    work()
    assert sent == ["hello"]
    assert (again(letter).state, again(letter).receipt) == ("sent", "receipt-1")
    assert again(letter).settled_at


def test_a_change_that_is_rolled_back_sends_nothing(work):
    outbox.post("pigeon", "lin", {"text": "no"}, account="us")
    db.session.rollback()
    work()
    assert sent == []


def test_a_known_key_posts_nothing(work):
    assert post(key="digest:7")
    assert outbox.post("pigeon", "lin", {"text": "2"}, account="us", key="digest:7") is None
    work()
    assert sent == ["hello"]


def test_letters_to_one_address_go_in_their_order(work, later):
    troubles[:] = [DeliveryFailed("busy", permanent=False)]
    post("1")
    post("2")
    post("other", to="bo")
    work()
    assert sent == ["other"]
    later(outbox.RETRY_WAITS[0])
    work()
    assert sent == ["other", "1", "2"]


def test_a_passing_failure_is_tried_again_with_growing_waits(work, later):
    troubles[:] = [DeliveryFailed("busy", permanent=False)] * 2
    letter = post()
    work()
    assert (again(letter).state, again(letter).reason) == ("queued", "busy")
    later(outbox.RETRY_WAITS[0] - 1)
    work()
    assert again(letter).attempts == 1
    later(1)
    work()
    assert again(letter).attempts == 2
    later(outbox.RETRY_WAITS[1])
    work()
    assert sent == ["hello"]
    assert again(letter).reason == ""


def test_a_failure_that_never_passes_ends_as_failed(work, later):
    troubles[:] = [DeliveryFailed("busy", permanent=False, code="-1")] * 99
    letter = post()
    for wait in (*outbox.RETRY_WAITS, 1):
        work()
        later(wait)
    work()
    found = again(letter)
    assert (found.state, found.reason, found.code) == ("failed", "busy", "-1")
    assert found.attempts == len(outbox.RETRY_WAITS) + 1
    assert db.session.scalar(db.select(db.func.count(Job.id)).where(Job.state == "queued")) == 0


def test_a_permanent_failure_is_not_tried_again(work, later):
    troubles[:] = [DeliveryFailed("gone", permanent=True, code="43004")]
    letter = post()
    work()
    later(99999)
    work()
    assert (again(letter).state, again(letter).code, again(letter).attempts) == (
        "failed", "43004", 1,
    )  # fmt: skip
    assert sent == []


def test_a_doubt_is_never_sent_again_by_itself(work, later):
    troubles[:] = [DeliveryUnknown("no answer")]
    letter = post()
    work()
    later(99999)
    work()
    assert (again(letter).state, again(letter).reason) == ("unknown", "no answer")
    assert sent == []


def test_a_worker_that_dies_while_sending_leaves_a_doubt(work, later):
    class Killed(BaseException):
        pass

    letter = post()
    troubles[:] = [Killed()]
    with pytest.raises(Killed):
        work()
    assert again(letter).state == "sending"
    later(60)
    leases.release_expired()
    work()
    assert again(letter).state == "unknown"
    assert "中断" in again(letter).reason
    assert sent == []


def test_a_fault_of_ours_while_sending_leaves_a_doubt(work, later):
    letter = post()
    troubles[:] = [RuntimeError("a bug")]
    work()
    later(10)
    work()
    assert again(letter).state == "unknown"
    assert sent == []


def test_a_person_sends_a_doubtful_letter_again(work):
    troubles[:] = [DeliveryUnknown("no answer")]
    letter = post()
    work()
    outbox.send_again(again(letter))
    db.session.commit()
    work()
    assert sent == ["hello"]
    assert again(letter).state == "sent"


def test_a_person_knows_that_a_doubtful_letter_has_arrived(work):
    troubles[:] = [DeliveryUnknown("no answer")]
    letter = post()
    work()
    outbox.mark_delivered(again(letter))
    db.session.commit()
    work()
    assert again(letter).state == "sent"
    assert sent == []


@pytest.mark.parametrize("state", ["queued", "sending", "sent"])
def test_what_is_under_way_or_arrived_is_not_sent_again(app, state):
    letter = post()
    letter.state = state
    db.session.commit()
    with pytest.raises(Refused):
        outbox.send_again(letter)


@pytest.mark.parametrize("state", ["queued", "sending", "sent", "failed"])
def test_only_a_doubt_can_be_marked_as_arrived(app, state):
    letter = post()
    letter.state = state
    db.session.commit()
    with pytest.raises(Refused):
        outbox.mark_delivered(letter)


def test_a_guard_refuses_with_its_reason(work):
    outbox.guards[:] = [lambda _letter: None, lambda _letter: Verdict("勿扰", "dnd")]
    letter = post()
    work()
    assert sent == []
    assert (again(letter).state, again(letter).reason, again(letter).code) == (
        "failed", "勿扰", "dnd",
    )  # fmt: skip
    assert again(letter).attempts == 0


def test_a_guard_defers_without_counting_a_try(work, later):
    until = now() + timedelta(hours=9)
    outbox.guards[:] = [lambda _letter: Verdict(until=until) if now() < until else None]
    letter = post()
    work()
    assert (again(letter).state, again(letter).attempts) == ("queued", 0)
    later(9 * 3600)
    work()
    assert sent == ["hello"]


def test_a_guard_is_asked_at_the_moment_of_sending(work):
    letter = post()
    outbox.guards[:] = [lambda _letter: Verdict("changed meanwhile")]
    work()
    assert again(letter).state == "failed"


def test_no_transaction_is_open_while_a_stranger_thinks(work):
    seen = []

    def slow(letter):
        seen.append(db.session().in_transaction())
        return ""

    outbox.senders["pigeon"] = slow
    post()
    work()
    assert seen == [False]


def test_a_person_clicking_twice_sends_once_more(work):
    troubles[:] = [DeliveryUnknown("no answer")]
    letter = post()
    work()
    outbox.send_again(again(letter))
    db.session.commit()
    with pytest.raises(Refused):
        outbox.send_again(again(letter))
    work()
    assert sent == ["hello"]


def test_a_letter_that_another_worker_took_for_lost_is_not_put_back(work, later, outside):
    """Else it would wait for ever: nobody carries what a worker without its lease puts back."""

    def asleep(_letter):
        db.session.commit()
        with ThreadPoolExecutor(1) as others:
            others.submit(contextvars.Context().run, taken_over).result()
        raise DeliveryFailed("busy", permanent=False)

    def taken_over():
        later(60)
        with current.app_context():
            leases.release_expired()
            jobs.run_one("network", "other")

    current = current_app._get_current_object()
    outbox.senders["pigeon"] = asleep
    letter = post()
    outside(jobs.run_one, "network", "asleep")
    assert again(letter).state == "unknown"
    assert db.session.scalars(db.select(Job.state)).all() == ["done"]
