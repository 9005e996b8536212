"""Write the demo shop down as a shop would: through the product's own verbs, at their time."""

from collections.abc import Callable, Iterable
from datetime import datetime

from app.core import clock
from app.core.batches import batched
from app.core.db import db
from app.customers import identities, notes, people
from app.customers.models import OPENID, Customer, Rhythm
from app.inbox import closing, receiving, replying
from app.inbox.models import Conversation
from app.practice import goods
from app.practice import phone as phones
from app.practice.demo import facts
from app.practice.demo.told import Fact, Person
from app.practice.models import Bubble, Phone
from app.practice.travelling import travelling
from app.reminders import followups
from app.sales import ages, debts, ordering, refunding
from app.sales.models import Order
from app.staff.models import Staff
from app.wechat import allowances, followers
from app.wechat.kinds import CHANNEL
from app.wechat.models import Allowance, Follower

SOURCE = "demo"


def write(
    told: Iterable[Person], colleagues: list[Staff], account: str, tick: Callable[[int], None]
) -> None:
    shelved = goods.stock()
    with travelling() as to:
        # the session holds rows weakly: what every verb asks for is held here
        held = db.session.get(Rhythm, 1)
        for person in batched(told):
            Story(person, colleagues, account, shelved).live(to)
            held = held or db.session.get(Rhythm, 1)
            tick(1)
        db.session.commit()


class Story:
    """One person's facts, lived through in order."""

    def __init__(
        self, person: Person, colleagues: list[Staff], account: str, shelved: goods.Shelf
    ) -> None:
        self.person, self.colleagues, self.account = person, colleagues, account
        self.shelved = shelved
        self.customer: Customer
        self.follower: Follower
        self.heard = 0
        self.orders: dict[int, Order] = {}

    def live(self, to: Callable[[datetime], None]) -> None:
        for fact in self.person.facts:
            to(fact.at)
            ACTS[fact.kind](self, fact)
        to(self.person.facts[0].at)
        self._phone()
        db.session.flush()

    def _by(self, place: int | None) -> Staff | None:
        return None if place is None else self.colleagues[place]

    def created(self, fact: Fact) -> None:
        who = self.person
        self.customer = people.create(
            who.name, source=SOURCE, by=self._by(fact.by), owner=self._by(who.owner),
            phone=who.phone, contact_phone=who.contact_phone, remark=who.remark,
        )  # fmt: skip

    def followed(self, fact: Fact) -> None:
        openid = self.person.openid
        identities.attach(
            self.customer, OPENID, openid, source=SOURCE, account=self.account, by=None
        )
        self.follower = followers.meet(self.account, openid, fact.at)
        followers.follow(self.follower, fact.at, scene=fact.text)
        allowances.grant(self.follower, "follow", fact.at)

    def left(self, fact: Fact) -> None:
        followers.unfollow(self.follower, fact.at)
        allowances.show(self.follower)

    def bought(self, fact: Fact) -> None:
        on, by = clock.day_of(fact.at), self._by(fact.by)
        things = goods.things(fact.goods, self.shelved.products)
        due = clock.day_of(fact.due) if fact.due else None
        self.orders[id(fact)] = ordering.place(
            self.customer, on=on, cents=fact.cents, by=by, things=things, owed=fact.owed,
            due_on=due,
        )  # fmt: skip

    def born(self, fact: Fact) -> None:
        if fact.due is None:
            raise ValueError("born when?")
        on, by = clock.day_of(fact.due), self._by(fact.by)
        ages.put(self.customer, self.shelved.line, name=fact.text, on=on, by=by)

    def refunded(self, fact: Fact) -> None:
        order, on = self.orders[id(fact.of)], clock.day_of(fact.at)
        by = self._by(fact.by)
        refunding.refund(order, cents=fact.cents, on=on, reason=fact.text, by=by)

    def paid(self, fact: Fact) -> None:
        on, by = clock.day_of(fact.at), self._by(fact.by)
        debts.pay(self.customer, cents=fact.cents, on=on, method=fact.method, by=by)

    def answered(self, fact: Fact) -> None:
        """The letter went out at once, long ago: it is settled here, and no job is left to do."""
        by = self._by(fact.by)
        if by is None:
            raise ValueError("nobody answers")
        letter = replying.write_down(self._chat(), fact.text, by=by).letter
        if letter is None:
            raise ValueError("no letter")
        letter.state, letter.attempts, letter.settled_at = "sent", 1, fact.at
        allowances.spent(self.follower)

    def _chat(self) -> Conversation:
        return receiving.conversation_with(
            self.customer, channel=CHANNEL, account=self.account, address=self.person.openid
        )

    def hears(self, fact: Fact) -> None:
        openid = self.person.openid
        allowances.grant(self.follower, "message", fact.at)
        receiving.receive(
            self.customer, channel=CHANNEL, account=self.account, address=openid, kind="text",
            text=fact.text, details={}, at=fact.at, key=f"{openid}:{self.heard}",
        )  # fmt: skip
        allowances.show(self.follower)
        self.heard += 1

    def resolved(self, fact: Fact) -> None:
        by = self._by(fact.by)
        if by is None:
            raise ValueError("nobody resolves")
        closing.resolve(self._chat(), by=by)

    def noted(self, fact: Fact) -> None:
        by = self._by(fact.by)
        notes.write(self.customer, fact.text, by=by, method=fact.method, result=fact.result)

    def planned(self, fact: Fact) -> None:
        if fact.due is None:
            raise ValueError("due when?")
        by = self._by(fact.by)
        followups.plan(self.customer, what=fact.text, due_at=fact.due, staff=by, by=by)

    def _phone(self) -> None:
        """The platform knows this follower too, so that answers arrive."""
        if not self.person.openid:
            return
        phone = Phone(
            openid=self.person.openid, label=self.person.name[:40],
            following=self.follower.following,
            window_left=0, touch_left=0, failure=0,
        )  # fmt: skip
        given = db.session.scalar(
            db.select(Allowance).where(
                Allowance.follower_id == self.follower.id,
                Allowance.trigger == "message",
            )
        )
        if given:
            phone.window_until, phone.window_left = given.until, phones.MESSAGE_COUNT
        db.session.add(phone)
        db.session.flush()
        for fact in self.person.lately:
            ours = fact.kind == facts.ANSWERED
            bubble = Bubble(
                phone_id=phone.id, from_shop=ours, kind="text", text=fact.text, details={},
                at=fact.at, answer="" if ours else phones.TAKEN,
            )  # fmt: skip
            db.session.add(bubble)


ACTS: dict[str, Callable[[Story, Fact], None]] = {
    facts.CREATED: Story.created,
    facts.FOLLOWED: Story.followed,
    facts.LEFT: Story.left,
    facts.BOUGHT: Story.bought,
    facts.REFUNDED: Story.refunded,
    facts.PAID: Story.paid,
    facts.BORN: Story.born,
    facts.HEARD: Story.hears,
    facts.ANSWERED: Story.answered,
    facts.RESOLVED: Story.resolved,
    facts.NOTED: Story.noted,
    facts.PLANNED: Story.planned,
}
