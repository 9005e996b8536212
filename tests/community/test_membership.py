"""Membership is computed: for one as for all, as a plain reading of the facts would have it."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.community import (
    community,
    figures,
    groups,
    joining,
    memberships,
    moving,
    rules,
    ruling,
    signs,
    topics,
)
from app.community.models import Membership, Rule
from app.core.clock import now, today
from app.core.db import db
from app.customers import people, tags
from app.customers.models import Moment
from app.inbox import receiving
from app.sales import ordering, refunding, shelf
from app.sales.basket import Thing
from tests import make


def says(customer, text, *, days_ago=0):
    address = f"o-{customer.id}"
    heard = receiving.receive(
        customer, channel="wechat", account="wx", address=address, kind="text", text=text,
        details={}, at=now() - timedelta(days=days_ago), key=f"{address}:{now()}:{text}{days_ago}",
    )  # fmt: skip
    mine = db.select(Moment).where(Moment.subject == f"message:{heard.id}")
    signs.note(db.session.scalars(mine).one())


def buys(customer, product=None, *, days_ago=0):
    things = [Thing(product.name, 1, 100, product.id)] if product else []
    return ordering.place(
        customer, on=today() - timedelta(days=days_ago), cents=100, things=things, by=None
    )


def standing(*customers):
    """{(customer, community): (why, rule)}."""
    db.session.expire_all()
    ids = [one.id for one in customers]
    rows = db.session.scalars(db.select(Membership).where(Membership.customer_id.in_(ids)))
    return {(one.customer_id, one.group_id): (one.why, one.rule_id) for one in rows}


def stories(customer):
    mine = db.select(Moment).where(Moment.customer_id == customer.id)
    mine = mine.where(Moment.kind.in_(("group.joined", "group.left"))).order_by(Moment.id)
    return [(m.kind, m.details["group"], m.details["why"]) for m in db.session.scalars(mine)]


@pytest.fixture
def milk(app):
    groups.open_first()
    return shelf.add("奶粉二段 900g", category="奶粉", cents=27_800)


def test_a_way_through_the_three_communities(app, work, lin, amy, milk):
    """Asks, buys, gives back: each at once, with since when and why."""
    presale, customers, aftersale = groups.every()
    says(lin, "还有奶粉吗？")
    work()
    mine = db.session.scalars(db.select(Membership)).one()
    assert (mine.group, mine.why, mine.what) == (presale, "asked", "奶粉")
    order, _kept = buys(lin, milk), buys(lin)
    work()
    assert {group for _who, group in standing(lin)} == {customers.id}, "bought: no longer asks"
    refunding.refund(order, cents=100, on=today(), by=amy)
    work()
    assert standing(lin)[lin.id, aftersale.id][0] == "refunded"
    assert stories(lin) == [
        ("group.joined", "售前", "asked"), ("group.left", "售前", "asked"),
        ("group.joined", "客户", "bought"), ("group.joined", "售后", "refunded"),
    ]  # fmt: skip
    db.session.expire_all()
    assert [group.members for group in groups.every()] == [0, 1, 1]
    assert [memberships.left_today(group) for group in groups.every()] == [1, 0, 0]
    assert figures.of(aftersale).joined == 1


def test_what_was_asked_fades_by_the_calendar(app, work, lin, milk, at):
    at("2026-08-01 10:00")
    says(lin, "奶粉怎么卖")
    work()
    at("2026-08-30 02:40")
    community.refresh()
    assert len(standing(lin)) == 1
    at("2026-09-01 02:40")
    community.refresh()
    assert standing(lin) == {}
    assert stories(lin)[-1][0] == "group.left"


def test_a_new_rule_reads_what_was_said_before_it(app, work, lin, chief, milk):
    says(lin, "什么时候有尿不湿拉拉裤到货呀")
    work()
    assert standing(lin) == {}
    group = groups.first_of("presale")
    line = rules.Line(group.id, 0, "asked", "尿不湿", 30, True)
    assert ruling.preview(line) == (1, True)
    rule = ruling.put(
        group, None, kind="asked", value="纸尿裤、尿不湿", days=30, fresh=True, by=chief
    )
    work()
    assert standing(lin) == {(lin.id, group.id): ("asked", rule.id)}
    ruling.put(group, rule, kind="asked", value="纸尿裤", days=30, fresh=True, by=chief)
    work()
    assert standing(lin) == {}
    ruling.remove(rule, by=chief)
    work()
    assert db.session.scalar(db.select(db.func.count(Rule.id))) == 10


def test_warranty_counts_from_the_day_of_purchase(app, work, lin, at):
    at("2026-08-01 10:00")
    groups.open_first()
    pram = shelf.add("推车", category="出行", cents=99_900, warranty_days=30)
    buys(lin, pram, days_ago=29)
    work()
    aftersale = groups.first_of("aftersale")
    assert standing(lin)[lin.id, aftersale.id][0] == "warranty"
    at("2026-08-03 02:40")
    community.refresh()
    assert (lin.id, aftersale.id) not in standing(lin)


def test_another_warranty_or_day_of_purchase_counts_at_once(app, work, lin, at, chief):
    """Not only the next night; and only for who bought it."""
    at("2026-08-01 10:00")
    groups.open_first()
    pram, other = shelf.add("推车", cents=99_900), make.customer("陈")
    bought = buys(lin, pram, days_ago=29)
    make.order(other, days_ago=3)
    work()
    here = (lin.id, groups.first_of("aftersale").id)

    def warranty(days):
        shelf.change(pram, name="推车", category="", cents=99_900, cycle_days=0, warranty_days=days)
        db.session.commit()
        work()
        return standing(lin).get(here)

    assert here not in standing(lin)
    assert warranty(30)[0] == "warranty"
    assert warranty(20) is None
    assert warranty(30)[0] == "warranty"
    assert standing(other).get((other.id, here[1])) is None
    ordering.edit(
        bought, version=bought.version, on=bought.on - timedelta(days=9), cents=100, text="",
        by=chief, things=[Thing("推车", 1, 100, pram.id)],
    )  # fmt: skip
    db.session.commit()
    work()
    assert here not in standing(lin)


def test_the_night_goes_on_in_turns_and_mends_the_number(app, work, lin, milk, monkeypatch):
    buys(lin)
    monkeypatch.setattr(community, "TURN", -1.0)  # others of the lane come first after each range
    work()
    community.refresh()
    db.session.commit()
    work()
    customers = groups.first_of("customers")
    assert customers.members == 1
    db.session.execute(db.delete(Membership))  # as when somebody is forgotten
    db.session.execute(db.delete(Moment))
    people.archive(lin, by=None)
    db.session.commit()
    monkeypatch.setattr(community, "TURN", 5.0)
    community.refresh()
    db.session.refresh(customers)
    assert customers.members == 0


def test_a_scene_that_was_scanned(app, work, phone, milk):
    phone.does("subscribe", "qrscene_milk2")
    work()
    mine = db.session.scalars(db.select(Membership)).one()
    assert (mine.why, mine.what) == ("scanned", "milk2")


def test_a_word_above_the_rules(app, work, lin, amy, milk):
    customers = groups.first_of("customers")
    memberships.pin(lin, customers, by=amy)
    assert standing(lin) == {(lin.id, customers.id): ("pinned", 0)}
    buys(lin)
    memberships.exclude(lin, customers, by=amy)
    work()
    assert standing(lin) == {}
    assert stories(lin) == [
        ("group.joined", "客户", "pinned"), ("group.left", "客户", "pinned")
    ]  # fmt: skip
    memberships.let_go(lin, customers, by=amy)
    assert standing(lin)[lin.id, customers.id][0] == "bought"


# All facts against a plain reading of them --------------------------------------------------------

DAYS = st.sampled_from([0, 3, 20, 40])
EVENTS = st.one_of(
    st.tuples(st.just("says"), st.sampled_from(["还有奶粉吗", "多少钱", "谢谢"]), DAYS),
    st.tuples(st.just("buys"), st.sampled_from(["", "milk", "pram"]), DAYS),
    st.tuples(st.just("back"), st.just(""), st.just(0)),
    st.tuples(st.just("tag"), st.just(""), st.just(0)),
    st.tuples(st.sampled_from(["pin", "exclude", "let_go"]), st.integers(0, 2), st.just(0)),
    st.tuples(st.just("archive"), st.just(""), st.just(0)),
)
PEOPLE = st.lists(st.lists(EVENTS, max_size=7), min_size=1, max_size=3)


class World:
    """One customer's facts, kept a second time as plain values."""

    def __init__(self, shop):
        self.shop, self.customer = shop, make.customer("客户")
        self.said, self.orders, self.tagged, self.archived = [], [], False, False
        self.holds = {}

    def live(self, what, value, days):
        if what == "says":
            says(self.customer, value, days_ago=days)
            self.said.append((value, days))
        elif what == "buys":
            order = buys(self.customer, self.shop.get(value), days_ago=days)
            self.orders.append([value, days, order, False])
        elif what == "back":
            self._give_back()
        elif what == "tag":
            tags.put_on(self.customer, self.shop["tag"], by=None)
            self.tagged = True
        elif what == "archive":
            if not self.archived:
                people.archive(self.customer, by=None)
            self.archived = True
        else:
            getattr(memberships, what)(
                self.customer, self.shop["groups"][value], by=self.shop["by"]
            )
            self.holds[value] = None if what == "let_go" else what

    def _give_back(self):
        kept = [one for one in self.orders if not one[3]]
        if kept:
            refunding.refund(kept[0][2], cents=100, on=today(), by=None)
            kept[0][3] = True

    def should(self):
        """{place of the community: why}, read off the facts by hand."""
        kept = [(what, days) for what, days, _order, back in self.orders if not back]
        # a day on which something was given back counts for what is left of it
        last = min((days for _what, days in kept), default=999)
        asked = any(d < 30 and d < last for text, d in self.said if "奶粉" in text)
        cost = any(d < 30 and d < last for text, d in self.said if "多少钱" in text)
        rules_of = [
            [("asked", asked or cost), ("tagged", self.tagged)],
            [("bought", bool(kept))],
            [("refunded", any(back for *_rest, back in self.orders)),
             ("warranty", any(w == "pram" and d <= 30 for w, d in kept))],
        ]  # fmt: skip
        found = {}
        for place, conditions in enumerate(rules_of):
            hold = self.holds.get(place)
            if hold == "pin":
                found[place] = "pinned"
            elif hold != "exclude" and not self.archived:
                fits = [why for why, holds in conditions if holds]
                found |= {place: fits[0]} if fits else {}
        return found


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=PEOPLE)
def test_one_all_and_a_plain_reading_agree(app, chief, told):
    groups.open_first()
    shop = db.session.info.get("shop") or _shop(chief)
    db.session.info["shop"] = shop
    worlds = [World(shop) for _person in told]
    for world, events in zip(worlds, told, strict=True):
        for event in events:
            world.live(*event)
    db.session.flush()
    for world in worlds:
        joining.refresh(world.customer)
    db.session.commit()
    whom = [world.customer for world in worlds]
    one_by_one = standing(*whom)
    places = {group.id: place for place, group in enumerate(shop["groups"])}
    for world in worlds:
        mine = {places[g]: why for (who, g), (why, _r) in one_by_one.items()
                if who == world.customer.id}  # fmt: skip
        assert mine == world.should()
    told_before = [stories(one) for one in whom]
    community.refresh()
    assert standing(*whom) == one_by_one
    assert [stories(one) for one in whom] == told_before, "doing it twice does it once"
    db.session.execute(db.delete(Membership))
    db.session.commit()
    community.refresh()
    assert standing(*whom) == one_by_one


def _shop(chief):
    tag = tags.add(tags.TAG, "团购")
    group = groups.first_of("presale")
    ruling.put(group, None, kind="tagged", value=str(tag.id), days=0, fresh=False, by=chief)
    return {
        "by": chief, "tag": tag, "groups": groups.every(),
        "milk": shelf.add("奶粉二段 900g", category="奶粉", cents=27_800),
        "pram": shelf.add("推车", cents=99_900, warranty_days=30),
    }  # fmt: skip


def test_a_topic_that_lies_here(app, work, lin, amy, chief):
    aftersale = groups.first_of("aftersale")
    topic = topics.raise_topic(lin, kind="service", text="轮子坏了", by=amy)
    work()
    assert standing(lin)[lin.id, aftersale.id][0] == "topic"
    moving.settle(topic, by=amy)
    work()
    assert standing(lin) == {}
