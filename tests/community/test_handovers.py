"""From one community to another: offered, accepted, declined, back; the customer told once."""

from datetime import timedelta
from functools import partial

import pytest

from app.community import handovers, moving, topics
from app.community.models import Group, Handover, Topic
from app.core.clock import now
from app.core.db import db
from app.core.errors import Refused
from app.core.outbox import Letter
from app.customers import finding
from app.customers.models import Moment
from app.staff import leaving
from app.staff.models import Staff
from tests import make
from tests.crowd import at_once


@pytest.fixture
def topic(three, amy, lin):
    made = topics.raise_topic(lin, kind="question", text="奶瓶裂了", by=amy)
    db.session.commit()
    return made


def letters():
    return [one.body["text"] for one in db.session.scalars(db.select(Letter).order_by(Letter.id))]


def test_an_accepted_handover_keeps_the_thread_and_tells_the_customer_once(
    three, topic, amy, ben, lin
):
    presale, _customers, aftersale = three
    make.conversation(lin, assignee=amy)
    before = len(topics.lines(topic))
    offer = handovers.offer(topic, aftersale, reason="要换货", by=amy)
    assert (topic.owner, topic.group, offer.to) == (amy, presale, ben)
    assert finding.sees(ben, lin)
    assert letters() == []
    handovers.accept(offer, by=ben)
    assert (topic.owner, topic.group, topic.state) == (ben, aftersale, "doing")
    assert letters() == ["您的「奶瓶裂了」已转给售后，由小本接着办"]
    assert len(topics.lines(topic)) > before
    handovers.accept(handovers.offer(topic, presale, reason="问别的", by=ben), by=amy)
    handovers.accept(handovers.offer(topic, aftersale, reason="还是换", by=amy), by=ben)
    assert len([text for text in letters() if "售后" in text]) == 1
    assert db.session.scalars(db.select(Moment).where(Moment.kind == "topic.handed")).all()


def test_a_declined_one_stays_and_says_why(three, topic, amy, ben):
    offer = handovers.offer(topic, three[2], reason="要换货", by=amy)
    with pytest.raises(Refused, match="为什么"):
        handovers.decline(offer, reason=" ", by=ben)
    with pytest.raises(Refused, match="小本"):
        handovers.accept(offer, by=amy)
    handovers.decline(offer, reason="不归我们", by=ben)
    assert (topic.owner, topic.group, offer.answer) == (amy, three[0], "不归我们")
    assert topic.unseen == 1
    with pytest.raises(Refused, match="已经有人说接不了"):
        handovers.accept(offer, by=ben)


def test_what_nobody_answers_goes_back_after_so_many_opening_hours(three, topic, amy, ben, at):
    offer = handovers.offer(topic, three[2], reason="要换货", by=amy)
    assert offer.until == now() + timedelta(hours=4) or offer.until > now()
    handovers.send_back()
    assert offer.is_pending
    at(offer.until.isoformat())
    handovers.send_back()
    handovers.send_back()
    assert (offer.state, topic.owner, topic.unseen) == ("back", amy, 1)


def test_two_who_hand_it_over_at_once(three, topic, amy, chief):
    seen = topic.version
    handovers.offer(topic, three[2], reason="要换货", by=amy, version=seen)
    with pytest.raises(moving.ChangedMeanwhile, match="小艾"):
        handovers.offer(topic, three[1], reason="老客", by=chief, version=seen)
    with pytest.raises(Refused, match="先收回"):
        handovers.offer(topic, three[1], reason="老客", by=chief)


def test_it_is_taken_back_by_who_asked_or_decides(three, topic, amy, ben, chief):
    offer = handovers.offer(topic, three[2], reason="要换货", by=amy)
    with pytest.raises(Refused, match="小艾"):
        handovers.withdraw(offer, by=make.staff("cara", "agent"))
    handovers.withdraw(offer, by=chief)
    assert offer.state == "withdrawn"
    assert handovers.pending_of(topic) is None


def test_ones_own_other_community_takes_it_at_once(three, topic, amy, chief):
    offer = handovers.offer(topic, three[1], reason="买过了", by=chief)
    assert (offer.state, topic.owner, topic.group) == ("accepted", chief, three[1])


@pytest.mark.parametrize("why", ["same", "blank", "gone", "solved", "stranger"])
def test_an_offer_that_makes_no_sense_is_refused(three, topic, amy, ben, chief, why):
    presale, customers, aftersale = three
    to, reason, by = aftersale, "要换货", amy
    moving.claim(topic, by=amy)
    if why == "same":
        to = presale
    elif why == "blank":
        reason = "  "
    elif why == "gone":
        aftersale.gone_at = now()
    elif why == "solved":
        moving.move(topic, "solved", by=amy)
    else:
        by = ben
    with pytest.raises(Refused):
        handovers.offer(topic, to, reason=reason, by=by)
    assert topic.group == presale


def test_what_was_offered_to_a_leaver_is_back_at_once(three, topic, amy, ben, chief):
    offer = handovers.offer(topic, three[2], reason="要换货", by=amy)
    db.session.commit()
    leaving.leave(ben, {}, by=chief)
    assert (offer.state, topic.owner) == ("back", amy)


# Two at the same instant -------------------------------------------------------------------------


def both(app, offer, topic, *runs):
    """(name, verb of an own Handover and Staff) at once; who won, and the words for who did not."""
    number = offer.id if offer else None

    def act(who, verb):
        one = db.session.get_one(Handover, number) if number else db.session.get_one(Topic, topic)
        by = db.session.get_one(Staff, who)
        verb(one, by)
        db.session.commit()
        return by.display

    answers = at_once(app, *(partial(act, who, verb) for who, verb in runs))
    won = [one for one in answers if isinstance(one, str)]
    lost = [one for one in answers if isinstance(one, Refused)]
    assert (len(won), len(lost)) == (1, 1), answers
    return won[0], lost[0].message % lost[0].params


def test_of_two_hands_that_pass_it_on_at_once_one_does(app, three, topic, amy, chief):
    """Each saw the same page. The other is told who has it, and one offer is pending."""
    number, seen = topic.id, topic.version
    places = {amy.id: three[2].id, chief.id: three[1].id}

    def pass_on(one, by):
        to = db.session.get_one(Group, places[by.id])
        handovers.offer(one, to, reason="要换货", by=by, version=seen)

    won, said = both(app, None, number, (amy.id, pass_on), (chief.id, pass_on))
    topic = db.session.get_one(Topic, number)
    assert topic.owner.display in said
    asked = db.session.scalars(db.select(Handover)).all()
    assert len(asked) == 1  # the chief's own community takes it at once
    assert (topic.owner.display, asked[0].by.display) == (won, won)
    assert asked[0].is_pending == (won == amy.display)


def test_of_two_offers_without_a_version_the_second_hears_of_the_first(
    app, three, topic, amy, chief, max_
):
    three[1].owner_id = max_.id
    db.session.commit()
    number, places = topic.id, {amy.id: three[2].id, chief.id: three[1].id}

    def pass_on(one, by):
        to = db.session.get_one(Group, places[by.id])
        handovers.offer(one, to, reason="要换货", by=by)

    _won, said = both(app, None, number, (amy.id, pass_on), (chief.id, pass_on))
    pending = handovers.pending_of(db.session.get_one(Topic, number))
    assert pending.topic.owner.is_active
    assert pending.to.display in said or pending.topic.owner.display in said


def test_accepting_and_taking_back_at_once_leaves_one_owner(app, three, topic, amy, ben):
    """Whichever is first stands, wholly; the other hears that it is over."""
    offer = handovers.offer(topic, three[2], reason="要换货", by=amy)
    db.session.commit()
    number, presale, aftersale = topic.id, three[0].id, three[2].id
    won, said = both(
        app, offer, number,
        (ben.id, lambda one, by: handovers.accept(one, by=by)),
        (amy.id, lambda one, by: handovers.withdraw(one, by=by)),
    )  # fmt: skip
    assert ("已经接下了" in said) == (won == ben.display)
    topic = db.session.get_one(Topic, number)
    assert topic.owner.display == won
    assert topic.group_id == (aftersale if won == ben.display else presale)
    assert handovers.pending_of(topic) is None
