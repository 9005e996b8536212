"""Write the demo shop down by the hundred thousand: the rows that the verbs would leave behind.

What is computed is computed by the product's own pure functions; that the rows are equal to those
of the verbs, a test shows. The database holds no customers yet, so ids are given out here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import lru_cache
from typing import cast

from app.core.clock import FAR_OFF, LONG_AGO, day_of, local
from app.core.outbox import Letter
from app.customers import finding, identities, notes, people, summary, timeline
from app.customers.models import OPENID, PHONE, Customer, Identity, Moment, Note, Words
from app.inbox import receiving, replying
from app.inbox.models import OPEN, Conversation, Message
from app.practice import phone as phones
from app.practice.demo import facts, spelling
from app.practice.demo.by_verbs import SOURCE
from app.practice.demo.facts import Fact, Person
from app.practice.demo.ledger import Ledger, Row, Summary
from app.practice.models import Phone
from app.reminders import followups
from app.reminders.models import PLANNED, FollowUp
from app.sales import ordering
from app.sales.models import Order
from app.staff.models import Staff
from app.wechat.allowances import RULES
from app.wechat.arriving import CHANNEL
from app.wechat.kinds import FOLLOWED, UNFOLLOWED
from app.wechat.models import Allowance, Follower

_day = lru_cache(maxsize=1024)(day_of)
BATCH = 1000  # people in one transaction


SUMMARY = tuple(one.name for one in fields(Summary))


def write(
    told: Iterable[Person], colleagues: list[Staff], account: str, rhythm: tuple[str, float],
    tick: Callable[[int], None],
) -> None:  # fmt: skip
    ledger, count = Ledger(), 0
    for person in told:
        Page(ledger, person, colleagues, account).write(rhythm)
        count += 1
        if count % BATCH == 0:
            ledger.write_out()
            tick(BATCH)
    ledger.close()
    tick(count % BATCH)


@dataclass(slots=True)
class Talk:
    """A conversation, its follower, and what may still be sent."""

    chat: Row = field(default_factory=dict)
    follower: Row = field(default_factory=dict)
    allowance: Row = field(default_factory=dict)


class Page:
    """One person's rows."""

    def __init__(
        self, ledger: Ledger, person: Person, colleagues: list[Staff], account: str
    ) -> None:
        self.ledger, self.person, self.account = ledger, person, account
        self.staff = [one.id for one in colleagues]
        self.sums, self.talk = Summary(), Talk()
        self.lines: list[tuple[date, int]] = []
        self.days: list[date] = []
        self.notes: list[str] = []
        self.heard = 0
        self.owner = self._id_of(person.owner)
        self.row: Row = {}
        self.words: Row = {}

    def write(self, rhythm: tuple[str, float]) -> None:
        for fact in self.person.facts:
            ACTS[fact.kind](self, fact)
        self._sum_up(rhythm)
        self._index()
        self._phone()

    def _id_of(self, place: int | None) -> int | None:
        return None if place is None else self.staff[place]

    def _moment(
        self, kind: timeline.Kind, fact: Fact, details: Row, *, by: int | None = None,
        subject: str = "", cents: int = 0,
    ) -> None:  # fmt: skip
        values = {
            "customer_id": self.row["id"], "kind": kind.name, "at": fact.at,
            "on": _day(fact.at), "effect": kind.effect, "cents": cents, "voided": False,
            "by_id": by, "subject": subject, "details": details,
        }  # fmt: skip
        self.ledger.add(Moment, fact.at, values)
        if kind.stirs:
            self.sums.last_activity_at = max(self.sums.last_activity_at, fact.at)
        if kind.effect == timeline.OUTBOUND:
            self.sums.last_outbound_at = max(self.sums.last_outbound_at, fact.at)

    def created(self, fact: Fact) -> None:
        who, by = self.person, self._id_of(fact.by)
        self.row = {
            "name": who.name, "name_key": spelling.sort_key(who.name), "remark": who.remark,
            "contact_phone": who.contact_phone, "source": SOURCE, "owner_id": self.owner,
            "unnamed": not who.name, "do_not_disturb": False, "left_at": None,
            "archived_at": None, "version": 1,
        }  # fmt: skip
        self.ledger.add(Customer, fact.at, self.row)
        self._moment(people.CREATED, fact, {"source": SOURCE}, by=by)
        if who.phone:
            self._attach(PHONE, spelling.international(who.phone), fact, by)
        self.words = {"customer_id": self.row["id"], "tokens": ""}
        self.ledger.add(Words, fact.at, self.words)

    def _attach(self, kind: str, value: str, fact: Fact, by: int | None) -> None:
        values = {
            "customer_id": self.row["id"], "kind": kind, "value": value, "source": SOURCE,
            "account": self.account if kind == OPENID else "",
        }  # fmt: skip
        self.ledger.add(Identity, fact.at, values)
        self._moment(identities.ATTACHED, fact, {"what": kind}, by=by)

    def followed(self, fact: Fact) -> None:
        self._attach(OPENID, self.person.openid, fact, None)
        self.talk.follower = {
            "account": self.account, "openid": self.person.openid, "customer_id": self.row["id"],
            "following": True, "changed_at": fact.at, "scene": fact.text,
        }  # fmt: skip
        self.ledger.add(Follower, fact.at, self.talk.follower)
        self._moment(FOLLOWED, fact, {"scene": fact.text})
        self._grant("follow", fact)

    def _grant(self, trigger: str, fact: Fact) -> Row:
        count, lasting = RULES[trigger]
        given = {
            "follower_id": self.talk.follower["id"], "trigger": trigger,
            "until": fact.at + lasting, "left": count,
        }  # fmt: skip
        self.ledger.add(Allowance, fact.at, given)
        return given

    def left(self, fact: Fact) -> None:
        self.talk.follower["following"], self.talk.follower["changed_at"] = False, fact.at
        self.row["left_at"] = fact.at
        self._moment(UNFOLLOWED, fact, {})

    def bought(self, fact: Fact) -> None:
        by = self._id_of(fact.by)
        values = {
            "customer_id": self.row["id"], "at": fact.at, "on": _day(fact.at),
            "cents": fact.cents, "text": fact.text, "key": None, "by_id": by, "voided_at": None,
            "voided_by_id": None, "void_reason": "",
        }  # fmt: skip
        order = self.ledger.add(Order, fact.at, values)
        subject = f"order:{order}"
        self._moment(
            ordering.PLACED, fact, {"text": fact.text}, by=by, subject=subject, cents=fact.cents
        )
        self.lines.append((values["on"], fact.cents))

    def hears(self, fact: Fact) -> None:
        self._granted(fact)
        chat = self._chat(fact)
        key = f"{self.person.openid}:{self.heard}"
        self.heard += 1
        message = self._message(fact, inbound=True, key=key)
        chat["unread"] += 1
        chat["waiting_since"] = min(chat["waiting_since"], fact.at)
        chat["assignee_id"] = chat["assignee_id"] or self.owner
        details = {"text": fact.text[: receiving.PREVIEW], "message": "text"}
        self._moment(receiving.RECEIVED, fact, details, subject=f"message:{message}")
        self.sums.waiting_since = min(self.sums.waiting_since, fact.at)
        self.sums.last_inbound_at = fact.at
        day = _day(fact.at)
        if day not in self.days[-1:]:
            self.days.append(day)

    def _granted(self, fact: Fact) -> None:
        count, lasting = RULES["message"]
        if self.talk.allowance:
            self.talk.allowance["until"], self.talk.allowance["left"] = fact.at + lasting, count
        else:
            self.talk.allowance = self._grant("message", fact)

    def _chat(self, fact: Fact) -> Row:
        if not self.talk.chat:
            self.talk.chat = {
                "customer_id": self.row["id"], "channel": CHANNEL, "account": self.account,
                "address": self.person.openid, "state": OPEN, "assignee_id": None,
                "waiting_since": FAR_OFF, "last_at": LONG_AGO, "last_text": "",
                "last_kind": "text", "last_inbound": True, "unread": 0,
            }  # fmt: skip
            self.ledger.add(Conversation, fact.at, self.talk.chat)
        return self.talk.chat

    def _message(
        self, fact: Fact, *, inbound: bool, key: str | None = None, letter: int | None = None
    ) -> int:
        chat = self.talk.chat
        chat["last_at"], chat["last_inbound"] = fact.at, inbound
        chat["last_text"] = fact.text[: receiving.PREVIEW]
        values = {
            "conversation_id": chat["id"], "inbound": inbound, "kind": "text", "text": fact.text,
            "details": {}, "at": fact.at, "by_id": self._id_of(fact.by), "letter_id": letter,
            "key": key,
        }  # fmt: skip
        return self.ledger.add(Message, fact.at, values)

    def answered(self, fact: Fact) -> None:
        chat, by = self._chat(fact), self._id_of(fact.by)
        letter = {
            "channel": CHANNEL, "account": self.account, "to": self.person.openid,
            "body": {"text": fact.text}, "key": None, "state": "sent", "attempts": 1,
            "reason": "", "code": "", "receipt": "", "settled_at": fact.at,
        }  # fmt: skip
        posted = self.ledger.add(Letter, fact.at, letter)
        message = self._message(fact, inbound=False, letter=posted)
        chat["waiting_since"], chat["unread"] = FAR_OFF, 0
        chat["assignee_id"] = chat["assignee_id"] or by
        details = {"text": fact.text[: receiving.PREVIEW]}
        self._moment(replying.REPLIED, fact, details, by=by, subject=f"message:{message}")
        self.sums.waiting_since = FAR_OFF
        if self.talk.allowance and self.talk.allowance["until"] > fact.at:
            self.talk.allowance["left"] = max(0, self.talk.allowance["left"] - 1)

    def noted(self, fact: Fact) -> None:
        by = self._id_of(fact.by)
        values = {
            "customer_id": self.row["id"], "by_id": by, "text": fact.text, "method": fact.method,
            "result": fact.result,
        }  # fmt: skip
        note = self.ledger.add(Note, fact.at, values)
        reached = fact.method and fact.result != "unreached"
        details = {"text": fact.text[: notes.SHOWN], "method": fact.method, "result": fact.result}
        kind = notes.CONTACTED if reached else notes.NOTED
        self._moment(kind, fact, details, by=by, subject=f"note:{note}")
        self.notes.append(fact.text)

    def planned(self, fact: Fact) -> None:
        by, due = self._id_of(fact.by), cast(datetime, fact.due)
        values = {
            "customer_id": self.row["id"], "staff_id": by, "kind": PLANNED, "what": fact.text,
            "why": {}, "due_at": due, "state": "open", "lapse_on": None, "responded_at": None,
            "result": "", "outcome": "", "done_at": None, "by_id": by,
        }  # fmt: skip
        one = self.ledger.add(FollowUp, fact.at, values)
        details = {"what": fact.text, "due": local(due).isoformat(timespec="minutes")}
        self._moment(followups.PLAN, fact, details, by=by, subject=f"followup:{one}")
        self.sums.next_due_at = min(self.sums.next_due_at, due)

    def _sum_up(self, rhythm: tuple[str, float]) -> None:
        sums = cast(Customer, self.sums)  # the same columns, without the weight of a mapped row
        summary.put_visits(sums, summary.visits_of(self.lines))
        summary.put_inbound(sums, self.days, self.sums.last_inbound_at)
        found = summary.dates_of(sums, *rhythm)
        sums.quiet_on, sums.dormant_on, sums.lost_on, sums.warm_until = found
        for name in SUMMARY:
            self.row[name] = getattr(sums, name)

    def _index(self) -> None:
        who = self.person
        numbers = (who.phone and spelling.international(who.phone), who.contact_phone)
        found = spelling.tokens(who.name, numbers, (who.remark, *self.notes))
        self.words["tokens"] = " ".join(found + finding.scope_tokens(self.owner))

    def _phone(self) -> None:
        who, given = self.person, self.talk.allowance
        if not who.openid:
            return
        values = {
            "openid": who.openid, "label": who.name[:40],
            "following": self.talk.follower["following"],
            "window_until": given.get("until", LONG_AGO),
            "window_left": phones.MESSAGE_COUNT if given else 0, "touch_until": LONG_AGO,
            "touch_left": 0, "failure": 0,
        }  # fmt: skip
        self.ledger.add(Phone, who.facts[0].at, values)


ACTS: dict[str, Callable[[Page, Fact], None]] = {
    facts.CREATED: Page.created,
    facts.FOLLOWED: Page.followed,
    facts.LEFT: Page.left,
    facts.BOUGHT: Page.bought,
    facts.HEARD: Page.hears,
    facts.ANSWERED: Page.answered,
    facts.NOTED: Page.noted,
    facts.PLANNED: Page.planned,
}
