"""The traits of one customer, worked out when somebody looks."""

from collections import defaultdict
from collections.abc import Callable
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.core.clock import FAR_OFF_DAY, today
from app.core.db import ask, db
from app.customers import shop_rhythm
from app.customers.models import Customer, Moment
from app.sales import gathering, traits
from app.sales.models import Order, OrderItem, Pair, Product, Refund
from app.sales.traits import Trait

# Handed over in wiring.py: how many customers who have bought somebody brought.
brought: list[Callable[[Customer], int]] = []

NOTHING: dict[str, Any] = {"values": [], "talk": [], "back": 0.0, "prices": {}, "best": []}


def of(customer: Customer) -> list[Trait]:
    """What there is to suggest about a customer; nothing before the first purchase."""
    if not customer.visits:
        return []
    shop = _shop()
    orders, refunds = _orders(customer), _refunds(customer)
    found = [
        _potential(customer, shop, orders, len(refunds)),
        traits.cross_sell(_suggested(customer, shop), today(), customer.last_visit_on),
        *_upgrades(customer, shop),
        _credit(customer, shop, orders, refunds),
    ]
    return [one for one in found if one]


def is_super(customer: Customer) -> bool:
    """超级用户: has bought, and is among the first in value and in contact of their own, or has
    brought others who bought."""
    if not customer.visits:
        return False
    return _brings_others(customer) or _is_first(customer)


def _brings_others(customer: Customer) -> bool:
    least = gathering.BROUGHT()
    return least > 0 and any(count(customer) >= least for count in brought)


def _is_first(customer: Customer) -> bool:
    if not customer.inbound_days:
        return False
    shop = _shop()
    worth, visits = gathering.year_of(customer, shop_rhythm.current())
    valued = traits.place(worth * visits, shop["values"]) >= 100 - gathering.TOP_VALUE()
    talks = traits.place(_talk(customer), shop["talk"]) >= 100 - gathering.TOP_TALK()
    return bool(shop["values"]) and valued and talks


def _shop() -> dict[str, Any]:
    row = gathering.kept(gathering.NAME)
    return {**NOTHING, **row.facts} if row else NOTHING


def _talk(customer: Customer) -> int:
    days = select(func.count(Moment.on.distinct())).where(
        Moment.customer_id == customer.id, Moment.effect == "in", ~Moment.voided,
        Moment.on >= today() - gathering.TALK,
    )  # fmt: skip
    return int(ask(days).scalar())


def _orders(customer: Customer) -> int:
    own = (Order.customer_id == customer.id, Order.voided_at.is_(None))
    return int(ask(select(func.count()).select_from(Order).where(*own)).scalar())


def _refunds(customer: Customer) -> list[Any]:
    """The days on which something was given back, once for each purchase."""
    days = (
        select(func.max(Refund.on))
        .join(Order, Order.id == Refund.order_id)
        .where(Order.customer_id == customer.id, Order.voided_at.is_(None))
        .where(Refund.withdrawn_at.is_(None))
        .group_by(Order.id)
    )
    return list(ask(days).scalars())


def _potential(customer: Customer, shop: dict[str, Any], orders: int, refunds: int) -> Trait:
    worth, visits = gathering.year_of(customer, shop_rhythm.current())
    share = (refunds + traits.USUAL_SHARE * shop["back"]) / (orders + traits.USUAL_SHARE)
    return traits.potential(worth, visits, share, shop["values"], customer.last_visit_on)


def _suggested(customer: Customer, shop: dict[str, Any]) -> list[tuple[str, str, float, int]]:
    """(what they have, what goes with it, how much, by how many), of what is still sold."""
    owned = _owned(customer)
    has, goes = aliased(Product), aliased(Product)
    rows = ask(
        select(has.name, goes.name, Pair.weight, Pair.both, Pair.other_id)
        .join(has, has.id == Pair.product_id)
        .join(goes, goes.id == Pair.other_id)
        .where(Pair.product_id.in_(owned), Pair.other_id.not_in(owned), goes.gone_at.is_(None))
        .order_by(Pair.weight.desc())
        .limit(200)
    ).all()
    summed: dict[int, list[Any]] = {}
    for had, thing, weight, both, other in rows:
        line = summed.setdefault(other, [had, thing, 0.0, both])
        line[2] += weight
    ranked = sorted(summed.values(), key=lambda line: -line[2])[:5]
    return [(had, thing, weight, both) for had, thing, weight, both in ranked]


def _owned(customer: Customer) -> list[int]:
    return list(
        ask(
            select(OrderItem.product_id)
            .join(Order, Order.id == OrderItem.order_id)
            .where(Order.customer_id == customer.id, Order.voided_at.is_(None))
            .where(OrderItem.product_id.is_not(None))
            .distinct()
            .limit(gathering.MOST_OWNED)
        ).scalars()
    )


def bestsellers() -> list[Product]:
    """What a young shop may offer everybody; nothing once it knows what goes with what."""
    ids = _shop()["best"]
    found = {one.id: one for one in db.session.scalars(select(Product).where(Product.id.in_(ids)))}
    return [found[one] for one in ids if one in found and found[one].gone_at is None]


def _upgrades(customer: Customer, shop: dict[str, Any]) -> list[Trait | None]:
    rows = ask(
        select(Product.category, OrderItem.cents)
        .join(Product, Product.id == OrderItem.product_id)
        .join(Order, Order.id == OrderItem.order_id)
        .where(Order.customer_id == customer.id, Order.voided_at.is_(None))
        .where(Product.category != "", OrderItem.cents > 0)
        .limit(500)
    )
    paid: dict[str, list[int]] = defaultdict(list)
    for category, cents in rows:
        paid[category].append(cents)
    below, day, last = gathering.BELOW(), today(), customer.last_visit_on
    return [
        traits.value_add(category, int(median(cents)), len(cents), shop["prices"].get(category, []),
                         below, day, last)
        for category, cents in sorted(paid.items())
    ]  # fmt: skip


def _credit(
    customer: Customer, shop: dict[str, Any], orders: int, refunds: list[Any]
) -> Trait | None:
    late = 0
    if customer.owed_cents and customer.owed_due_on < FAR_OFF_DAY:
        late = (today() - customer.owed_due_on).days
    return traits.credit(
        orders, refunds, shop["back"], late, customer.owed_cents, today(),
        many=gathering.MANY_BACK(), late=gathering.LATE_FROM(),
    )  # fmt: skip
