"""Work that is done later: once, in order, again after a failure, and by whoever lives."""

from datetime import timedelta

import pytest

from app.core import batches, clock, jobs, leases
from app.core.clock import now
from app.core.db import db
from app.core.jobs import Job, Later, job
from tests.crowd import at_once

ran = []
troubles = []


@job(lane="long", tries=3)
def noted(word):
    ran.append(word)
    if troubles:
        trouble = troubles.pop(0)
        if trouble:
            raise trouble


@job(lane="long")
def writes(word):
    ran.append(word)
    noted.later(f"child of {word}")


@pytest.fixture(autouse=True)
def _clean(app):
    ran.clear()
    troubles.clear()


def one(job_id):
    db.session.expire_all()
    return db.session.get_one(Job, job_id)


def enqueue(*args, **options):
    new = noted.later(*args, **options)
    db.session.commit()
    return new


def run_all(lane="long"):
    while jobs.run_one(lane, "test"):
        pass


@pytest.fixture
def later(app):
    """later(60): the clock is that many seconds further, and stands."""
    begin = now()
    passed = [0]

    def move(seconds):
        passed[0] += seconds
        clock.source = lambda: begin + timedelta(seconds=passed[0])

    move(0)
    return move


def test_a_job_runs_once_and_is_done(app):
    new = enqueue("a")
    run_all()
    run_all()
    assert ran == ["a"]
    assert one(new).state == "done"
    assert one(new).finished_at


def test_four_workers_at_once_never_run_a_job_twice(app):
    for n in range(60):
        noted.later(n)
    db.session.commit()

    def work():
        while jobs.run_one("long", "w"):
            pass

    assert at_once(app, *[work] * 4) == [None] * 4
    assert sorted(ran) == list(range(60))


def test_a_change_that_is_rolled_back_leaves_no_job(app):
    noted.later("a")
    db.session.rollback()
    run_all()
    assert ran == []


def test_a_job_that_is_not_due_waits(app, later):
    enqueue("a", at=now() + timedelta(minutes=5))
    run_all()
    assert ran == []
    later(301)
    run_all()
    assert ran == ["a"]


def test_jobs_of_one_line_run_in_order(app):
    for n in range(5):
        enqueue(n, line="lin")
    run_all()
    assert ran == [0, 1, 2, 3, 4]


def test_a_failed_job_holds_up_its_line_and_no_other(app, later):
    troubles[:] = [RuntimeError("no")]
    enqueue("lin 1", line="lin")
    enqueue("lin 2", line="lin")
    enqueue("bo 1", line="bo")
    run_all()
    assert ran == ["lin 1", "bo 1"]
    later(3)
    run_all()
    assert ran == ["lin 1", "bo 1", "lin 1", "lin 2"]


def test_a_line_goes_on_when_a_job_has_failed_for_good(app, later):
    troubles[:] = [RuntimeError("no")] * 3
    first = enqueue("1", line="lin")
    enqueue("2", line="lin")
    for _wait in range(3):
        run_all()
        later(3600)
    assert one(first).state == "failed"
    assert ran == ["1", "1", "1", "2"]


def test_a_running_job_holds_up_its_line(app):
    enqueue("1", line="lin")
    enqueue("2", line="lin")
    taken = jobs.claim("long", "first")
    assert jobs.claim("long", "second") is None
    jobs.run(taken)
    assert jobs.claim("long", "second").args == ["2"]


def test_a_failure_is_tried_again_with_growing_waits(app, later):
    troubles[:] = [RuntimeError("no"), RuntimeError("no"), None]
    new = enqueue("a")
    run_all()
    first = one(new)
    assert (first.state, first.tries) == ("queued", 1)
    assert first.run_at - now() == timedelta(seconds=jobs.WAITS[0])
    later(jobs.WAITS[0])
    run_all()
    assert one(new).run_at - now() == timedelta(seconds=jobs.WAITS[1])
    later(jobs.WAITS[1])
    run_all()
    assert one(new).state == "done"
    assert one(new).error is None


def test_what_fails_for_good_stays_visible_with_its_reason(app, later):
    troubles[:] = [RuntimeError("bad\0luck")] * 3
    new = enqueue("a")
    for _wait in range(4):
        run_all()
        later(3600)
    assert ran == ["a"] * 3
    assert one(new).state == "failed"
    assert "badluck" in one(new).error


def test_a_person_gives_a_failed_job_another_round(app, later):
    troubles[:] = [RuntimeError("no")] * 3
    new = enqueue("a")
    for _wait in range(3):
        run_all()
        later(3600)
    jobs.retry(one(new))
    db.session.commit()
    run_all()
    assert one(new).state == "done"


def test_a_failed_job_leaves_nothing_of_its_work(app):
    @job(lane="long", tries=1)
    def half():
        noted.later("never")
        raise RuntimeError

    half.later()
    db.session.commit()
    run_all()
    assert ran == []
    del jobs.tasks[half.name]


def test_work_and_done_are_one(app):
    writes.later("a")
    db.session.commit()
    run_all()
    assert ran == ["a", "child of a"]


def test_a_job_nobody_knows_fails_visibly(app):
    new = noted.later("a")
    one(new).name = "gone.forgotten"
    db.session.commit()
    run_all()
    assert one(new).state == "failed"
    assert "gone.forgotten" in one(new).error


def test_a_job_may_ask_to_come_later_without_failing(app, later):
    troubles[:] = [Later(now() + timedelta(minutes=1)), None]
    new = enqueue("a")
    run_all()
    assert (one(new).state, one(new).tries) == ("queued", 0)
    later(61)
    run_all()
    assert one(new).state == "done"


def test_with_a_key_only_the_first_call_counts(app):
    assert enqueue("a", key="night@1")
    assert enqueue("b", key="night@1") is None
    run_all()
    assert enqueue("c", key="night@1") is None
    run_all()
    assert ran == ["a"]


def test_a_worker_that_lost_its_lease_cannot_finish(app, later):
    new = writes.later("a")
    db.session.commit()
    slow = jobs.claim("long", "slow")
    db.session.expunge(slow)
    later(60)
    assert leases.release_expired() == 1
    quick = jobs.claim("long", "quick")
    db.session.expunge(quick)
    jobs.run(slow)
    assert one(new).state == "running"
    assert db.session.scalars(db.select(Job).where(Job.name == noted.name)).all() == []
    jobs.run(quick)
    assert one(new).state == "done"
    assert len(db.session.scalars(db.select(Job).where(Job.name == noted.name)).all()) == 1


def test_the_jobs_of_a_dead_worker_are_taken_over(app, later):
    enqueue("a")
    jobs.claim("long", "dead")
    later(5)
    assert leases.release_expired() == 0
    later(5)
    assert leases.release_expired() == 1
    run_all()
    assert ran == ["a"]


def test_a_living_worker_keeps_its_jobs(app, later):
    enqueue("a")
    jobs.claim("long", "alive")
    for _turn in range(5):
        later(5)
        leases.renew("alive")
    assert leases.release_expired() == 0


def test_a_job_that_its_living_worker_could_not_settle_is_given_back(app, later):
    troubles[:] = [jobs.LostLease(), None]
    new = enqueue("a")
    run_all()
    assert one(new).state == "running"
    for _turn in range(5):
        later(2)
        leases.renew("test")
        leases.release_expired()
    run_all()
    assert (ran, one(new).state) == (["a", "a"], "done")


def test_a_worker_that_lost_its_lease_asks_for_no_later(app, later):
    troubles[:] = [Later(now()), None]
    new = enqueue("a")
    slow = jobs.claim("long", "slow")
    db.session.expunge(slow)
    later(60)
    leases.release_expired()
    quick = jobs.claim("long", "quick")
    db.session.expunge(quick)
    jobs.run(slow)
    assert (one(new).state, one(new).worker) == ("running", "quick")


def test_finished_jobs_are_forgotten_and_failed_ones_are_not(app, later):
    plain, keyed = enqueue("a"), enqueue("b", key="k")
    troubles[:] = [None, None] + [RuntimeError("no")] * 3
    failed = enqueue("c")
    for _wait in range(4):
        run_all()
        later(3600)
    jobs.sweep()
    db.session.commit()
    left = set(db.session.scalars(db.select(Job.id)))
    assert plain not in left
    assert {keyed, failed} <= left


def test_two_jobs_of_one_name_are_refused():
    with pytest.raises(ValueError, match="noted"):
        job()(noted.run)


def test_looking_for_work_takes_no_writers_lock(app):
    enqueue("a")
    assert jobs.lanes_due() == ["long"]


def die(times, later):
    """Workers that claim the next job and die at it."""
    for _turn in range(times):
        taken = jobs.claim("long", "dies")
        if taken is None:
            return
        db.session.expunge(taken)
        jobs.held.clear()
        later(10)
        leases.release_expired()


def test_a_job_that_ends_its_program_again_and_again_is_failed_and_seen(app, later):
    poison = enqueue("poison")
    die(leases.CRASHES, later)
    good = enqueue("good")
    assert (one(poison).state, one(poison).crashes) == ("failed", leases.CRASHES)
    assert one(poison).error == leases.POISON
    assert one(poison).finished_at
    run_all()
    assert ran == ["good"]
    assert one(good).state == "done"


def test_a_job_that_was_killed_less_often_goes_on(app, later):
    new = enqueue("a")
    die(leases.CRASHES - 1, later)
    assert one(new).state == "queued"
    run_all()
    assert one(new).state == "done"


def test_a_person_gives_a_given_up_job_as_many_chances_again(app, later):
    new = enqueue("a")
    die(leases.CRASHES, later)
    jobs.retry(one(new))
    db.session.commit()
    die(leases.CRASHES - 1, later)
    assert one(new).state == "queued"


@job(lane="long")
def long_work():
    for step in batches.batched(range(3)):
        ran.append(step)


def test_a_job_that_gets_on_is_not_suspected(app, later, monkeypatch):
    monkeypatch.setattr(batches, "LONGEST", 0)
    new = long_work.later()
    db.session.commit()
    die(leases.CRASHES - 1, later)
    assert one(new).crashes == leases.CRASHES - 1
    run_all()
    assert (one(new).state, one(new).crashes, ran) == ("done", 0, [0, 1, 2])


def test_a_worker_that_ends_in_good_order_leaves_no_suspicion(app, later):
    new = enqueue("a")
    slow = jobs.claim("long", "ends")
    db.session.expunge(slow)
    leases.give_back("ends")
    assert (one(new).state, one(new).crashes) == ("queued", 0)
    jobs.run(slow)  # a thread that was still at it comes too late
    assert one(new).state == "queued"
    run_all()
    assert one(new).state == "done"


def test_what_a_clock_that_was_ahead_has_left_behind_is_taken_up(app, later):
    later(86_400)
    queued, running = enqueue("a"), enqueue("b")
    taken = jobs.claim("long", "dies")
    db.session.expunge(taken)
    jobs.held.clear()
    later(-86_400)
    leases.heed_clock()
    leases.release_expired()
    run_all()
    assert {one(queued).state, one(running).state} == {"done"}


def test_what_is_put_off_on_purpose_stays_put_off(app, later):
    noted.later("a", at=now() + timedelta(days=1))
    db.session.commit()
    leases.heed_clock()
    run_all()
    assert ran == []


def test_what_a_dead_worker_left_keeps_its_place(app, later):
    """At the end of the queue it would hold up its line, and every look would pass all of them."""
    first, second = enqueue("a"), enqueue("b")
    due = one(first).run_at
    db.session.expunge(jobs.claim("long", "dies"))
    jobs.held.clear()
    later(10)
    leases.release_expired()
    assert one(first).run_at == due
    run_all()
    assert ran == ["a", "b"]
    assert one(second).state == "done"
