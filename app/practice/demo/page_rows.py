"""The rows of one person's card: who they are, what they bought, and how they are looked after."""

from dataclasses import asdict, fields
from datetime import date, datetime
from functools import lru_cache
from typing import cast

from app.core.clock import FAR_OFF_DAY, day_of, local, today
from app.customers import dating, finding, identities, notes, people, summary, timeline
from app.customers.models import OPENID, PHONE, Customer, Identity, Moment, Note, Words
from app.customers.shop_rhythm import Pace
from app.practice import goods
from app.practice.demo import spelling
from app.practice.demo.by_verbs import SOURCE
from app.practice.demo.ledger import Ledger, Row, Summary
from app.practice.demo.told import Fact, Person
from app.reminders import followups
from app.reminders.models import PLANNED, FollowUp
from app.sales import ages, basket, debts, ordering, refunding, supplies
from app.sales.basket import Thing
from app.sales.models import CareDate, Order, OrderItem, Payment, Refund, Supply
from app.staff.models import Staff

day_on = lru_cache(maxsize=1024)(day_of)
SUMMARY = tuple(one.name for one in fields(Summary))


class Page:
    """One person's rows."""

    def __init__(
        self, ledger: Ledger, person: Person, colleagues: list[Staff], account: str,
        shelved: goods.Shelf,
    ) -> None:  # fmt: skip
        self.ledger, self.person, self.account = ledger, person, account
        self.shelved = shelved
        self.staff = [one.id for one in colleagues]
        self.sums = Summary()
        self.orders: dict[int, Row] = {}
        self.supplies: dict[int, tuple[Row, dict[date, int]]] = {}
        self.lines: list[tuple[date, int]] = []
        self.days: list[date] = []
        self.notes: list[str] = []
        self.owner = self.id_of(person.owner)
        self.row: Row = {}
        self.words: Row = {}

    def id_of(self, place: int | None) -> int | None:
        return None if place is None else self.staff[place]

    def moment(
        self, kind: timeline.Kind, fact: Fact, details: Row, *, by: int | None = None,
        subject: str = "", cents: int = 0, counts_on: date | None = None,
    ) -> None:  # fmt: skip
        values = {
            "customer_id": self.row["id"], "kind": kind.name, "at": fact.at,
            "on": counts_on or day_on(fact.at), "effect": kind.effect, "cents": cents,
            "voided": False, "by_id": by, "subject": subject, "details": details,
        }  # fmt: skip
        self.ledger.add(Moment, fact.at, values)
        if kind.stirs:
            self.sums.last_activity_at = max(self.sums.last_activity_at, fact.at)
        if kind.effect == timeline.OUTBOUND:
            self.sums.last_outbound_at = max(self.sums.last_outbound_at, fact.at)

    def created(self, fact: Fact) -> None:
        who, by = self.person, self.id_of(fact.by)
        self.row = {
            "name": who.name, "name_key": spelling.sort_key(who.name), "remark": who.remark,
            "contact_phone": who.contact_phone, "source": SOURCE, "owner_id": self.owner,
            "unnamed": not who.name, "do_not_disturb": False, "left_at": None,
            "archived_at": None, "version": 1,
        }  # fmt: skip
        self.ledger.add(Customer, fact.at, self.row)
        self.moment(people.CREATED, fact, {"source": SOURCE}, by=by)
        if who.phone:
            self.attach(PHONE, spelling.international(who.phone), fact, by)
        self.words = {"customer_id": self.row["id"], "tokens": ""}
        self.ledger.add(Words, fact.at, self.words)

    def attach(self, kind: str, value: str, fact: Fact, by: int | None) -> None:
        values = {
            "customer_id": self.row["id"], "kind": kind, "value": value, "source": SOURCE,
            "account": self.account if kind == OPENID else "",
        }  # fmt: skip
        self.ledger.add(Identity, fact.at, values)
        self.moment(identities.ATTACHED, fact, {"what": kind}, by=by)

    def bought(self, fact: Fact) -> None:
        by, things = self.id_of(fact.by), goods.things(fact.goods, self.shelved.products)
        text = basket.said(things)
        row = {
            "customer_id": self.row["id"], "at": fact.at, "on": day_on(fact.at),
            "cents": fact.cents, "refunded_cents": 0, "owed_cents": fact.owed,
            "due_on": day_on(fact.due) if fact.due else FAR_OFF_DAY, "text": text, "version": 1,
            "key": None, "by_id": by, "voided_at": None, "voided_by_id": None, "void_reason": "",
        }  # fmt: skip
        order = self.ledger.add(Order, fact.at, row)
        self.orders[id(fact)] = row
        subject = f"order:{order}"
        self.moment(ordering.PLACED, fact, {"text": text}, by=by, subject=subject, cents=fact.cents)
        for thing in things:
            self.ledger.add(OrderItem, fact.at, {"order_id": order, **asdict(thing)})
            self._supplied(fact, thing)
        self.lines.append((row["on"], fact.cents))

    def _supplied(self, fact: Fact, thing: Thing) -> None:
        product_id, on = thing.product_id or 0, day_on(fact.at)
        if product_id not in self.supplies:
            row: Row = {"customer_id": self.row["id"], "product_id": product_id}
            self.ledger.add(Supply, fact.at, row)
            self.supplies[product_id] = (row, {})
        days = self.supplies[product_id][1]
        days[on] = days.get(on, 0) + thing.quantity

    def born(self, fact: Fact) -> None:
        line, on = self.shelved.line, day_on(cast(datetime, fact.due))
        values = {"customer_id": self.row["id"], "line_id": line.id, "name": fact.text, "on": on}
        self.ledger.add(CareDate, fact.at, values)
        details = {"line": line.name, "name": fact.text, "on": on.isoformat()}
        self.moment(ages.DATED, fact, details, by=self.id_of(fact.by))

    def refunded(self, fact: Fact) -> None:
        order, by = self.orders[id(fact.of)], self.id_of(fact.by)
        order["refunded_cents"] += fact.cents
        values = {
            "order_id": order["id"], "on": day_on(fact.at), "cents": fact.cents, "off_cents": 0,
            "reason": fact.text, "key": None, "by_id": by, "withdrawn_at": None,
            "withdrawn_by_id": None,
        }  # fmt: skip
        subject = f"refund:{self.ledger.add(Refund, fact.at, values)}"
        self.moment(refunding.ASKED, fact, {}, subject=subject)
        self.heard(fact)
        self.moment(
            ordering.REFUNDED, fact, {"text": order["text"], "reason": fact.text}, by=by,
            subject=subject, cents=-fact.cents, counts_on=order["on"],
        )  # fmt: skip
        self.lines.append((order["on"], -fact.cents))

    def heard(self, fact: Fact) -> None:
        """A contact of their own."""
        self.sums.last_inbound_at = fact.at
        day = day_on(fact.at)
        if day not in self.days[-1:]:
            self.days.append(day)

    def paid(self, fact: Fact) -> None:
        by, on, left = self.id_of(fact.by), day_on(fact.at), fact.cents
        for order in self.owed():
            part = min(left, order["owed_cents"])
            if part:
                order["owed_cents"] -= part
                values = {
                    "order_id": order["id"], "on": on, "cents": part, "method": fact.method,
                    "late_days": max(0, (on - order["due_on"]).days), "key": None, "by_id": by,
                    "withdrawn_at": None, "withdrawn_by_id": None,
                }  # fmt: skip
                self.ledger.add(Payment, fact.at, values)
            left -= part
        still = sum(order["owed_cents"] for order in self.owed())
        details = {"method": fact.method, "left": still}
        self.moment(debts.PAID, fact, details, by=by, cents=fact.cents)

    def owed(self) -> list[Row]:
        """Purchases of which something is owed, as debts.unpaid() has them."""
        some = [row for row in self.orders.values() if row["owed_cents"]]
        return sorted(some, key=lambda row: (row["due_on"], row["at"], row["id"]))

    def noted(self, fact: Fact) -> None:
        by = self.id_of(fact.by)
        values = {
            "customer_id": self.row["id"], "by_id": by, "text": fact.text, "method": fact.method,
            "result": fact.result,
        }  # fmt: skip
        note = self.ledger.add(Note, fact.at, values)
        reached = fact.method and fact.result != "unreached"
        details = {
            "text": fact.text[: notes.SHOWN], "method": fact.method, "result": fact.result,
            "files": 0,
        }  # fmt: skip
        kind = notes.CONTACTED if reached else notes.NOTED
        self.moment(kind, fact, details, by=by, subject=f"note:{note}")
        self.notes.append(fact.text)

    def planned(self, fact: Fact) -> None:
        by, due = self.id_of(fact.by), cast(datetime, fact.due)
        values = {
            "customer_id": self.row["id"], "staff_id": by, "kind": PLANNED, "what": fact.text,
            "why": {}, "repeat": {}, "raised": 0, "due_at": due, "state": "open",
            "lapse_on": None, "responded_at": None, "rest_until": None, "key": None,
            "result": "", "outcome": "", "done_at": None, "by_id": by,
        }  # fmt: skip
        one = self.ledger.add(FollowUp, fact.at, values)
        details = {"what": fact.text, "due": local(due).isoformat(timespec="minutes")}
        self.moment(followups.PLAN, fact, details, by=by, subject=f"followup:{one}")
        self.sums.next_due_at = min(self.sums.next_due_at, due)

    def sum_up(self, pace: Pace) -> None:
        sums = cast(Customer, self.sums)  # the same columns, without the weight of a mapped row
        summary.put_visits(sums, summary.visits_of(self.lines))
        cycles = {one.id: one.cycle_days for one in self.shelved.products}
        for product_id, (row, days) in self.supplies.items():
            row.update(supplies.summed(days, cycles[product_id]))
        owed = self.owed()
        summary.put_owed(
            sums, sum(row["owed_cents"] for row in owed),
            min((row["on"] for row in owed), default=None),
            min((row["due_on"] for row in owed), default=None),
        )  # fmt: skip
        summary.put_inbound(sums, self.days, self.sums.last_inbound_at)
        dating.put(sums, dating.dates_of(sums, pace, today()))
        for name in SUMMARY:
            self.row[name] = getattr(sums, name)

    def index(self) -> None:
        who = self.person
        numbers = (who.phone and spelling.international(who.phone), who.contact_phone)
        found = spelling.tokens(who.name, numbers, (who.remark, *self.notes))
        self.words["tokens"] = " ".join(found + finding.scope_tokens(self.owner))
