"""The things of a purchase: what somebody typed, what it comes to, and how it is said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.core.errors import N_, Refused
from app.sales.models import Order, OrderItem, Product
from app.sales.shelf import MOST_CENTS

MOST = 20  # things of one purchase
MOST_PIECES = 9999


@dataclass(frozen=True)
class Thing:
    """A product, or something that is only named; `cents` of one."""

    name: str
    quantity: int = 1
    cents: int = 0
    product_id: int | None = None

    @property
    def sum_cents(self) -> int:
        return self.quantity * self.cents


@dataclass(frozen=True)
class Typed:
    """A line of the form. Without a price the product's own counts."""

    name: str
    quantity: int | None = None
    cents: int | None = None


def understood(typed: Iterable[Typed], picked: Sequence[Product] = ()) -> list[Thing]:
    """The things that were picked and typed; a name that the shelf knows is the product."""
    lines = [one for one in typed if one.name]
    names = [one.name for one in lines]
    known = {
        one.name: one for one in db.session.scalars(select(Product).where(Product.name.in_(names)))
    }
    things = [Thing(one.name, 1, one.cents, one.id) for one in picked]
    things += [_thing(one, known.get(one.name)) for one in lines]
    if len(things) > MOST:
        raise Refused(N_("一笔最多记 %(most)s 样商品，其余的另记一笔"), most=MOST)
    return things


def _thing(one: Typed, product: Product | None) -> Thing:
    quantity = 1 if one.quantity is None else one.quantity
    if not 1 <= quantity <= MOST_PIECES:
        raise Refused(
            N_("「%(name)s」的数量不对，请填 1 到 %(most)s 的整数"), name=one.name, most=MOST_PIECES
        )
    own = product.cents if product else 0
    cents = own if one.cents is None else one.cents
    if cents > MOST_CENTS:
        raise Refused(N_("「%(name)s」的单价太大，请检查位数"), name=one.name)
    return Thing(one.name, quantity, cents, product.id if product else None)


def amount_of(things: Sequence[Thing]) -> int:
    """What they come to. Refused where a price is missing, or there is nothing at all."""
    if not things:
        raise Refused(N_("请填金额，或者填买了哪些商品"), field="amount")
    without = next((one for one in things if not one.cents), None)
    if without:
        raise Refused(
            N_("「%(name)s」没有单价，算不出合计；请填金额"), field="amount", name=without.name
        )
    return sum(one.sum_cents for one in things)


def said(things: Sequence[Thing]) -> str:
    """«奶粉二段 × 2、湿巾»: what was bought, in one line."""
    words = [f"{one.name} × {one.quantity}" if one.quantity > 1 else one.name for one in things]
    text = "、".join(words)
    return text if len(text) <= 200 else f"{text[:199]}…"


def put(order: Order, things: Sequence[Thing]) -> None:
    """These and no others are the things of a purchase."""
    for old in of(order):
        db.session.delete(old)
    add(order, things)


def add(order: Order, things: Sequence[Thing]) -> None:
    for one in things:
        db.session.add(
            OrderItem(
                order_id=order.id, product_id=one.product_id, name=one.name,
                quantity=one.quantity, cents=one.cents,
            )
        )  # fmt: skip
    db.session.flush()


def of(order: Order) -> list[OrderItem]:
    """In the order in which they were typed."""
    mine = select(OrderItem).where(OrderItem.order_id == order.id)
    return list(db.session.scalars(mine.order_by(OrderItem.id)))


def things_of(order: Order) -> list[Thing]:
    return [Thing(one.name, one.quantity, one.cents, one.product_id) for one in of(order)]
