"""The quarter's needs and returns: topics that go from hand to hand, and purchases given back.

A plain book beside the shop says what must be true of them each evening: whose each topic is, which
silence ended it, what was asked after a complaint, and what a purchase is still worth.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.community import groups, handovers, moving, terms, topics
from app.community.models import DOING, OFFERED, SOLVED, WAITING, Handover, Topic
from app.core.clock import now
from app.core.db import db
from app.customers import rebuilding
from app.customers.models import Customer
from app.reminders.models import OPEN, REVISIT, FollowUp
from app.sales import refunding
from app.sales.models import Order
from app.staff.models import Staff

WATCH = ("overdue.watch", "handovers.send_back")  # what the clock does to topics
RETURNS_WITHIN = 20  # days
chance = random.Random(91)  # noqa: S311 - a repeatable shop

Must = Callable[[date, str, object, object], None]


class Needs:
    """What customers want besides buying, and what must have become of it."""

    def __init__(self, must: Must, figures: Counter[str]) -> None:
        self.must, self.figures = must, figures
        self.asked_back: dict[int, date] = {}  # customer: the day of their last refund

    def open(self, owner: Staff, colleagues: list[Staff]) -> None:
        """Each community has somebody of its own."""
        groups.open_first()
        for group, person in zip(groups.every(), [*colleagues, owner], strict=False):
            groups.edit(
                group, name=group.name, purpose="", owner=person, deputies=[], by=owner
            )  # fmt: skip

    # A day ------------------------------------------------------------------------------------------

    def live(self, day: date) -> None:
        """Some want something, some bring something back, and colleagues see to their topics."""
        customers = list(db.session.scalars(select(Customer.id).order_by(Customer.id)))
        for _need in range(chance.choice((0, 1, 1, 2))):
            customer = db.session.get_one(Customer, chance.choice(customers))
            if len(topics.open_of(customer)) < 3:
                topics.ask(customer, kind=chance.choice(list(terms.KINDS)), text=f"{day} 有件事")
                self.figures["topics"] += 1
        for topic in db.session.scalars(select(Topic).order_by(Topic.id)).all():
            self._see_to(topic)
        if chance.random() < 0.3:
            self._give_back(day)
        db.session.commit()

    def _see_to(self, topic: Topic) -> None:
        asked = handovers.pending_of(topic)
        if topic.state == SOLVED:
            self._say_how_it_was(topic)
        elif asked and asked.to.is_active:
            self._answer(asked)
        elif topic.state != WAITING and chance.random() < 0.6:
            self._do_something(topic)

    def _say_how_it_was(self, topic: Topic) -> None:
        happens = chance.random()
        if topic.closed_at is None and happens < 0.2:
            moving.rate(topic, chance.randint(1, 5))
            self.figures["topics rated"] += 1
        elif topic.closed_at is None and happens < 0.3:
            moving.reopen(topic, by=None, text="还没好")
            self.figures["topics opened again"] += 1

    def _answer(self, asked: Handover) -> None:
        """Taken, declined, or left until it goes back by itself."""
        happens = chance.random()
        if happens < 0.5:
            handovers.accept(asked, by=asked.to)
        elif happens < 0.7:
            handovers.decline(asked, reason="不归我们管", by=asked.to)
        self.figures[f"handovers {asked.state}"] += asked.state != OFFERED

    def _do_something(self, topic: Topic) -> None:
        happens, owner = chance.random(), topic.owner
        others = [group for group in groups.every() if group.id != topic.group_id]
        if happens < 0.25:
            handovers.offer(topic, chance.choice(others), reason="请接一下", by=owner)
            self.figures["handovers"] += 1
        elif happens < 0.5:
            moving.move(topic, WAITING, by=owner)
        elif happens < 0.7 and topic.state != DOING:
            moving.move(topic, DOING, by=owner)
        elif happens < 0.9:
            moving.move(topic, SOLVED, by=owner)

    def _give_back(self, day: date) -> None:
        """Part of a purchase of the last weeks, or all of it."""
        since = day - timedelta(days=RETURNS_WITHIN)
        recent = select(Order).where(Order.on >= since, Order.on <= day).order_by(Order.id)
        able = [one for one in db.session.scalars(recent) if one.net_cents]
        if not able:
            return
        order = chance.choice(able)
        whole = chance.random() < 0.5
        cents = order.net_cents if whole else chance.randint(1, order.net_cents)
        one = refunding.refund(order, cents=cents, on=day, by=order.customer.owner)
        self.asked_back[order.customer_id] = day
        self.figures["refunds"] += 1
        if order.customer.owner and chance.random() < 0.1:
            refunding.withdraw(one, by=order.customer.owner)
            self.figures["refunds withdrawn"] += 1

    # What must be true ------------------------------------------------------------------------------

    def check_reminder(self, day: date, one: Any) -> None:
        """Nobody is asked to come back who complains, or was here with a box in hand."""
        here = self.asked_back.get(one.customer_id)
        soon = here is not None and (day - here).days < 3
        self.must(day, f"customer {one.customer_id} reminded just after a return", soon, False)
        angry = [t.id for t in topics.open_of(one.customer) if t.kind == terms.COMPLAINT]
        self.must(day, f"customer {one.customer_id} reminded while complaining", angry, [])

    def check_evening(self, day: date) -> None:
        """After the clock's own tasks have run."""
        every = db.session.scalars(select(Topic)).all()
        self.must(day, "topics of nobody", [t.id for t in every if not t.owner.is_active], [])
        late = [t.id for t in every if t.alarm_at <= now()]
        self.must(day, "late topics that nobody was told of", late, [])
        silent = [t.id for t in every if t.ends_at <= now()]
        self.must(day, "topics that silence should have ended", silent, [])
        waits = select(Handover.id).where(Handover.state == OFFERED, Handover.until <= now())
        self.must(day, "offers left hanging", db.session.scalars(waits).all(), [])
        open_complaints = {t.id for t in every if t.kind == terms.COMPLAINT and t.state != SOLVED}
        visits = select(FollowUp.key).where(FollowUp.kind == REVISIT)
        asked = Counter(str(key).split(":")[1] for key in db.session.scalars(visits))
        wanted = {str(t.id): 2 * self._solved(t) for t in every if t.kind == terms.COMPLAINT}
        self.must(
            day, "visits after complaints", dict(asked), {k: n for k, n in wanted.items() if n}
        )
        still = [
            f.id for f in self._open_visits() if int(str(f.key).split(":")[1]) in open_complaints
        ]
        self.must(day, "visits after what is not solved", still, [])

    @staticmethod
    def _solved(topic: Topic) -> int:
        """How often a complaint was solved: by a colleague, or by the customer's silence."""
        return topic.reopened + (topic.state == SOLVED)

    def _open_visits(self) -> list[FollowUp]:
        mine = select(FollowUp).where(FollowUp.kind == REVISIT, FollowUp.state == OPEN)
        return list(db.session.scalars(mine))

    def check_end(self, day: date) -> None:
        """Sums and visits after all purchases and refunds, counted anew."""
        self.must(
            day,
            "customers whose sums are not their purchases'",
            sum(rebuilding.differing(), []),
            [],
        )
        for state in (*terms.OPEN, SOLVED):
            found = select(db.func.count(Topic.id)).where(Topic.state == state)
            self.figures[f"topics at the end: {state}"] += db.session.scalar(found) or 0
