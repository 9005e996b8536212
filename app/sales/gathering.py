"""What the traits of one customer are held against: gathered from the whole shop once a week."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations
from typing import Any

from sqlalchemy import func, select

from app.core.batches import batched
from app.core.clock import now, today
from app.core.db import db, insert_once
from app.core.errors import N_
from app.core.jobs import job
from app.core.settings import setting
from app.customers import dating, odds, rhythm, shop_rhythm, silences
from app.customers.models import Customer, Moment
from app.sales import traits
from app.sales.models import Order, OrderItem, Pair, Product, ShopFigures

SEEN, ITEMS = 20_000, 200_000  # customers and bought things that are looked at, the newest
THINGS, BESIDE = 1000, 10  # products with pairs, and pairs of each
MOST_OWNED = 60  # products of one customer that are paired: a dealer's list says nothing
FEW_ORDERS = 200  # a younger shop shows what sells best
TALK = timedelta(days=180)
NAME = "traits"

BELOW = setting(
    "traits.upgrade_below", 40, group="customers", least=1, most=90,
    label=N_("还可升级：平常买的价位低于本店百分之几"),
    hint=N_("客户在一类里平常买的价位，低于本店这一类的这个百分位，就提示可升级"),
)  # fmt: skip
MANY_BACK = setting(
    "traits.refund_share", 25, group="customers", least=1, most=100,
    label=N_("退货偏多：每百笔退多少笔起"),
    hint=N_("笔数少的客户按本店平常的比例折算，一年前的退货只算一半"),
)  # fmt: skip
LATE_FROM = setting(
    "traits.late_days", 30, group="customers", least=1, most=999,
    label=N_("欠款逾期：超过几天起提示"),
    hint=N_("从说好的还款日算起；没说好日子的欠款不算逾期"),
)  # fmt: skip
TOP_VALUE = setting(
    "traits.super_value", 5, group="customers", least=1, most=50,
    label=N_("超级用户：12 个月预计价值在前百分之几"),
    hint=N_("和下面一条都符合的客户，才算超级用户"),
)  # fmt: skip
TOP_TALK = setting(
    "traits.super_talk", 20, group="customers", least=1, most=100,
    label=N_("超级用户：半年里主动来往的天数在前百分之几"),
    hint=N_("两条都符合的客户，客户页会写上「超级用户」"),
)  # fmt: skip
BROUGHT = setting(
    "traits.super_brought", 3, group="customers", least=0, most=99,
    label=N_("超级用户：介绍来几位买过东西的朋友"),
    hint=N_("自己买过，又介绍来这么多位，也算超级用户；填 0 就不看这一条"),
)  # fmt: skip


@job()
def gather() -> None:
    """Gather the shop's figures anew. What is shown meanwhile is last week's."""
    facts = {
        "values": traits.percentiles(list(_values())),
        "talk": traits.percentiles(_talk()),
        "back": _back_share(),
        "prices": _prices(),
        "best": _best(),
    }
    pairs = _pairs()
    keep(NAME, facts)
    db.session.execute(db.delete(Pair))
    for pair in batched(pairs):
        db.session.add(Pair(**pair))
    db.session.commit()


def keep(name: str, facts: dict[str, Any]) -> None:
    """Keep a result under its name, in the place of the one before."""
    insert_once(ShopFigures, name=name, facts=facts, computed_at=now())
    row = db.session.scalars(select(ShopFigures).where(ShopFigures.name == name)).one()
    row.facts, row.computed_at = facts, now()
    db.session.commit()


def kept(name: str) -> ShopFigures | None:
    return db.session.scalar(select(ShopFigures).where(ShopFigures.name == name))


def year_of(c: Any, pace: shop_rhythm.Pace) -> tuple[int, float]:
    """(分 that a visit is worth, visits that twelve months may bring)."""
    gap = rhythm.silence(c.last_visit_on, today())
    span = (c.last_visit_on - c.first_visit_on).days
    return dating.worth(c, pace), odds.visits_ahead(c.visits - 1, span, gap, pace.unit)


def _values() -> Iterator[float]:
    pace = shop_rhythm.current()
    columns = (*silences.SUMMARY, Customer.id)
    newest = select(*columns).where(Customer.visits > 0).order_by(Customer.id.desc()).limit(SEEN)
    for row in silences.read(newest):
        worth, visits = year_of(row, pace)
        yield worth * visits


def _talk() -> list[float]:
    """Days of contact of their own in half a year, of those who had any."""
    since = today() - TALK
    days = (
        select(func.count(Moment.on.distinct()))
        .where(Moment.effect == "in", ~Moment.voided, Moment.on >= since)
        .where(Moment.customer_id.in_(_lately_heard()))
        .group_by(Moment.customer_id)
    )
    return [float(count) for (count,) in silences.read(days)]


def _lately_heard() -> Any:
    heard = select(Customer.id).where(Customer.last_inbound_on >= today() - TALK)
    return heard.order_by(Customer.id.desc()).limit(SEEN)


def _back_share() -> float:
    newest = select(Order.refunded_cents).where(Order.voided_at.is_(None))
    rows = silences.read(newest.order_by(Order.id.desc()).limit(SEEN))
    return sum(cents > 0 for (cents,) in rows) / len(rows) if rows else 0.0


def _prices() -> dict[str, list[float]]:
    bought = (
        select(Product.category, OrderItem.cents)
        .join(Product, Product.id == OrderItem.product_id)
        .where(Product.category != "", OrderItem.cents > 0)
        .order_by(OrderItem.id.desc()).limit(ITEMS)
    )  # fmt: skip
    found: dict[str, list[float]] = defaultdict(list)
    for category, cents in silences.read(bought):
        found[category].append(cents)
    return {category: traits.percentiles(cents) for category, cents in found.items()}


def _bought() -> Any:
    """(customer, product), the newest things first."""
    return (
        select(Order.customer_id, OrderItem.product_id)
        .join(Order, Order.id == OrderItem.order_id)
        .where(OrderItem.product_id.is_not(None), Order.voided_at.is_(None))
        .order_by(OrderItem.id.desc()).limit(ITEMS)
    )  # fmt: skip


def _best() -> list[int]:
    """What sells best, where there are too few purchases to tell what goes with what."""
    if len(silences.read(select(Order.id).limit(FEW_ORDERS))) == FEW_ORDERS:
        return []
    counted = Counter(product for _customer, product in silences.read(_bought()))
    return [product for product, _count in counted.most_common(5)]


def _pairs() -> list[dict[str, Any]]:
    owned: dict[int, set[int]] = defaultdict(set)
    for customer, product in silences.read(_bought()):
        owned[customer].add(product)
    alone = Counter(product for things in owned.values() for product in things)
    known = {product for product, _count in alone.most_common(THINGS)}
    both: Counter[tuple[int, int]] = Counter()
    for things in owned.values():
        both.update(combinations(sorted(things & known)[:MOST_OWNED], 2))
    beside: dict[int, list[tuple[float, int, int]]] = defaultdict(list)
    for (one, other), count in both.items():
        weight = traits.likeness(count, alone[one], alone[other])
        beside[one].append((weight, count, other))
        beside[other].append((weight, count, one))
    return [
        {"product_id": product, "other_id": other, "weight": weight, "both": count}
        for product, rows in beside.items()
        for weight, count, other in sorted(rows, reverse=True)[:BESIDE]
    ]
