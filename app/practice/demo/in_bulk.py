"""Write the demo shop down by the hundred thousand: the rows that the verbs would leave behind.

What is computed is computed by the product's own pure functions; that the rows are equal to those
of the verbs, a test shows. The database holds no customers yet, so ids are given out here.
"""

from collections.abc import Callable, Iterable

from app.core.clock import FAR_OFF, LONG_AGO
from app.core.outbox import Letter
from app.customers.models import OPENID
from app.customers.shop_rhythm import Pace
from app.inbox import closing, meter, receiving, replying
from app.inbox.models import OPEN, RESOLVED, Conversation, Message
from app.practice import goods
from app.practice import phone as phones
from app.practice.demo import facts
from app.practice.demo.ledger import Ledger, Row
from app.practice.demo.page_rows import Page
from app.practice.demo.told import Fact, Person
from app.practice.models import Bubble, Phone
from app.staff.models import Staff
from app.wechat.allowances import STANDARD
from app.wechat.kinds import CHANNEL, FOLLOWED, UNFOLLOWED
from app.wechat.models import Allowance, Follower

BATCH = 1000  # people in one transaction


def write(
    told: Iterable[Person], colleagues: list[Staff], account: str, pace: Pace,
    tick: Callable[[int], None],
) -> None:  # fmt: skip
    shelved = goods.stock()
    ledger, count = Ledger(), 0
    for person in told:
        Rows(ledger, person, colleagues, account, shelved).write(pace)
        count += 1
        if count % BATCH == 0:
            ledger.write_out()
            tick(BATCH)
    ledger.close()
    tick(count % BATCH)


class Rows(Page):
    """All rows of one person: the card, and the talk over it."""

    def __init__(
        self, ledger: Ledger, person: Person, colleagues: list[Staff], account: str,
        shelved: goods.Shelf,
    ) -> None:  # fmt: skip
        super().__init__(ledger, person, colleagues, account, shelved)
        self.chat: Row = {}
        self.follower: Row = {}
        self.allowance: Row = {}
        self.given: list[Row] = []
        self.said = 0

    def write(self, pace: Pace) -> None:
        for fact in self.person.facts:
            ACTS[fact.kind](self, fact)
        self.sum_up(pace)
        self.index()
        self.phone()

    def followed(self, fact: Fact) -> None:
        self.attach(OPENID, self.person.openid, fact, None)
        self.follower = {
            "account": self.account, "openid": self.person.openid, "customer_id": self.row["id"],
            "following": True, "changed_at": fact.at, "scene": fact.text, "cleared_at": None,
        }  # fmt: skip
        self.ledger.add(Follower, fact.at, self.follower)
        self.moment(FOLLOWED, fact, {"scene": fact.text})
        self._grant("follow", fact)

    def _grant(self, trigger: str, fact: Fact) -> Row:
        rule = STANDARD[trigger]
        given = {
            "follower_id": self.follower["id"], "trigger": trigger,
            "until": fact.at + rule.lasting, "left": rule.most,
        }  # fmt: skip
        self.ledger.add(Allowance, fact.at, given)
        self.given.append(given)
        return given

    def _show(self, fact: Fact) -> None:
        """What the conversation says of all that."""
        if self.chat:
            windows = [(one["until"], one["left"]) for one in self.given]
            follows = self.follower["following"]
            self.chat.update(meter.summed(windows, follows=follows, at=fact.at))

    def left(self, fact: Fact) -> None:
        self.follower["following"], self.follower["changed_at"] = False, fact.at
        self.row["left_at"] = fact.at
        self.moment(UNFOLLOWED, fact, {})
        self._show(fact)

    def hears(self, fact: Fact) -> None:
        self._granted(fact)
        chat = self._chat(fact)
        self._show(fact)
        key = f"{self.person.openid}:{self.said}"
        self.said += 1
        message = self._message(fact, inbound=True, key=key)
        chat["state"], chat["unread"] = OPEN, chat["unread"] + 1
        chat["waiting_since"] = min(chat["waiting_since"], fact.at)
        chat["assignee_id"] = chat["assignee_id"] or self.owner
        details = {"text": fact.text[: receiving.PREVIEW], "message": "text"}
        self.moment(receiving.RECEIVED, fact, details, subject=f"message:{message}")
        self.sums.waiting_since = min(self.sums.waiting_since, fact.at)
        self.heard(fact)

    def _granted(self, fact: Fact) -> None:
        rule = STANDARD["message"]
        if self.allowance:
            self.allowance["until"], self.allowance["left"] = fact.at + rule.lasting, rule.most
        else:
            self.allowance = self._grant("message", fact)

    def _chat(self, fact: Fact) -> Row:
        if not self.chat:
            self.chat = {
                "customer_id": self.row["id"], "channel": CHANNEL, "account": self.account,
                "address": self.person.openid, "state": OPEN, "assignee_id": None,
                "owner_key": self.owner or 0,
                "waiting_since": FAR_OFF, "last_at": LONG_AGO, "last_text": "",
                "last_kind": "text", "last_inbound": True, "unread": 0, "undelivered": 0,
                "snoozed_until": FAR_OFF,
                "window_until": meter.UNMETERED, "window_left": 0, "touch_until": LONG_AGO,
                "touch_left": 0, "alarm": 0,
            }  # fmt: skip
            self.ledger.add(Conversation, fact.at, self.chat)
        return self.chat

    def _message(
        self, fact: Fact, *, inbound: bool, key: str | None = None, letter: int | None = None
    ) -> int:
        chat = self.chat
        chat["last_at"], chat["last_inbound"] = fact.at, inbound
        chat["last_text"] = fact.text[: receiving.PREVIEW]
        values = {
            "conversation_id": chat["id"], "inbound": inbound, "kind": "text", "text": fact.text,
            "details": {}, "at": fact.at, "by_id": self.id_of(fact.by), "letter_id": letter,
            "key": key, "attached": "", "gist": "",
        }  # fmt: skip
        return self.ledger.add(Message, fact.at, values)

    def answered(self, fact: Fact) -> None:
        chat, by = self._chat(fact), self.id_of(fact.by)
        letter = {
            "channel": CHANNEL, "account": self.account, "to": self.person.openid,
            "body": {"text": fact.text}, "key": None, "state": "sent", "attempts": 1,
            "reason": "", "code": "", "receipt": "", "settled_at": fact.at,
        }  # fmt: skip
        posted = self.ledger.add(Letter, fact.at, letter)
        message = self._message(fact, inbound=False, letter=posted)
        chat["state"], chat["waiting_since"], chat["unread"] = OPEN, FAR_OFF, 0
        chat["assignee_id"] = chat["assignee_id"] or by
        details = {"text": fact.text[: receiving.PREVIEW]}
        self.moment(replying.REPLIED, fact, details, by=by, subject=f"message:{message}")
        self.sums.waiting_since = FAR_OFF
        if self.allowance and self.allowance["until"] > fact.at:
            self.allowance["left"] = max(0, self.allowance["left"] - 1)
        self._show(fact)

    def resolved(self, fact: Fact) -> None:
        chat = self._chat(fact)
        chat["state"], chat["waiting_since"], chat["unread"] = RESOLVED, FAR_OFF, 0
        by, subject = self.id_of(fact.by), f"conversation:{chat['id']}"
        self.moment(closing.CLOSED, fact, {}, by=by, subject=subject)
        self.sums.waiting_since = FAR_OFF

    def phone(self) -> None:
        who, given = self.person, self.allowance
        if not who.openid:
            return
        values = {
            "openid": who.openid, "label": who.name[:40],
            "following": self.follower["following"],
            "window_until": given.get("until", LONG_AGO),
            "window_left": phones.MESSAGE_COUNT if given else 0, "touch_until": LONG_AGO,
            "touch_left": 0, "failure": 0,
        }  # fmt: skip
        phone = self.ledger.add(Phone, who.facts[0].at, values)
        for fact in who.lately:
            ours = fact.kind == facts.ANSWERED
            bubble = {
                "phone_id": phone, "from_shop": ours, "kind": "text", "text": fact.text,
                "details": {}, "at": fact.at, "answer": "" if ours else phones.TAKEN,
            }  # fmt: skip
            self.ledger.add(Bubble, who.facts[0].at, bubble)


ACTS: dict[str, Callable[[Rows, Fact], None]] = {
    facts.CREATED: Rows.created,
    facts.FOLLOWED: Rows.followed,
    facts.LEFT: Rows.left,
    facts.BOUGHT: Rows.bought,
    facts.REFUNDED: Rows.refunded,
    facts.PAID: Rows.paid,
    facts.BORN: Rows.born,
    facts.HEARD: Rows.hears,
    facts.ANSWERED: Rows.answered,
    facts.RESOLVED: Rows.resolved,
    facts.NOTED: Rows.noted,
    facts.PLANNED: Rows.planned,
}
