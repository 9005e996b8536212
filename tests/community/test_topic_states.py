"""Whatever colleagues, the member and the clock do to a topic, in any order, it stays sound."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from app.community import groups, handovers, moving, overdue, talking, terms, topics
from app.community.models import OFFERED, Handover, Topic
from app.core import clock
from app.core.clock import FAR_OFF
from app.core.db import db
from app.core.errors import Refused
from tests import make

BEGAN = clock.datetime(2026, 3, 2, 2, tzinfo=clock.UTC)


class Life(RuleBasedStateMachine):
    """One topic; whoever is refused has changed nothing."""

    people: tuple = ()
    lin = None

    def __init__(self):
        super().__init__()
        clock.source = lambda: BEGAN
        self.moment, self.said, self.version = BEGAN, 0, 0
        topic = topics.ask(self.lin, kind="service", text="奶瓶裂了")
        db.session.commit()
        self.topic_id = topic.id

    @property
    def topic(self):
        return db.session.get_one(Topic, self.topic_id, populate_existing=True)

    def attempt(self, act, *args, **more):
        try:
            act(*args, **more)
        except Refused:
            db.session.rollback()
            return False
        db.session.commit()
        return True

    people_ = st.integers(0, 2)

    @rule(who=people_)
    def claim(self, who):
        self.attempt(moving.claim, self.topic, by=self.people[who])

    @rule(who=people_, state=st.sampled_from([*terms.STATES]), stale=st.booleans())
    def move(self, who, state, stale):
        version = self.topic.version - stale
        moved = self.attempt(moving.move, self.topic, state, by=self.people[who], version=version)
        assert not (moved and stale)

    @rule(who=people_, to=people_)
    def give(self, who, to):
        self.attempt(moving.give, self.topic, self.people[to], by=self.people[who])

    @rule(who=people_)
    def answer(self, who):
        self.said += self.attempt(talking.answer, self.topic, "好的", by=self.people[who])

    @rule()
    def hear(self):
        self.said += self.attempt(talking.hear, self.topic, "还在吗")

    @rule(stars=st.integers(0, 6))
    def rate(self, stars):
        self.attempt(moving.rate, self.topic, stars)

    @rule(who=st.none() | people_)
    def reopen(self, who):
        self.attempt(moving.reopen, self.topic, by=None if who is None else self.people[who])

    @rule(who=people_, to=st.integers(0, 2))
    def offer(self, who, to):
        group = groups.every()[to]
        self.attempt(handovers.offer, self.topic, group, reason="换人", by=self.people[who])

    @rule(who=people_, act=st.sampled_from(["accept", "decline", "withdraw"]))
    def respond(self, who, act):
        pending = handovers.pending_of(self.topic)
        if pending:
            more = {"reason": "忙"} if act == "decline" else {}
            self.attempt(getattr(handovers, act), pending, by=self.people[who], **more)

    @rule(hours=st.sampled_from([1, 5, 50, 200]))
    def wait(self, hours):
        self.moment += timedelta(hours=hours)
        clock.source = lambda: self.moment
        overdue.watch()
        handovers.send_back()
        db.session.commit()

    @invariant()
    def it_is_sound(self):
        topic = self.topic
        assert topic.owner.is_active
        assert topic.state in terms.STATES
        assert (topic.state == "solved") == (topic.solved_at is not None)
        waits_for_customer = topic.state == "waiting" or (
            topic.state == "solved" and topic.closed_at is None
        )
        assert (topic.ends_at < FAR_OFF) == waits_for_customer
        assert topic.state in terms.OURS or topic.alarm_at == FAR_OFF
        assert topic.closed_at is None or topic.state == "solved"
        assert topic.rating == 0 or topic.closed_at
        assert topic.unsolved <= topic.reopened
        assert topic.version >= self.version
        self.version = topic.version

    @invariant()
    def nothing_said_is_lost_and_at_most_one_is_asked(self):
        lines = topics.lines(self.topic)
        assert len([one for one in lines if one.kind == "said"]) == self.said
        pending = db.select(Handover).where(
            Handover.topic_id == self.topic_id, Handover.state == OFFERED
        )
        found = db.session.scalars(pending).all()
        assert len(found) <= (self.topic.state != "solved")

    def teardown(self):
        topic = self.topic
        if topic.is_open:
            topic.state, topic.solved_at = "solved", clock.now()
        db.session.commit()


def test_a_topic_stays_sound_whatever_happens(three, amy, ben, chief):
    Life.people, Life.lin = (amy, ben, chief), make.customer("林小满", owner=amy)
    run_state_machine_as_test(
        Life, settings=settings(max_examples=25, stateful_step_count=14, deadline=None)
    )
