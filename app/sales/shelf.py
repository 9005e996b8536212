"""What the shop sells: put a product on the shelf, change it, take it down."""

from typing import Any

from sqlalchemy import Select, select

from app.core import paging
from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.jobs import Task
from app.core.paging import Arm, By
from app.customers import words
from app.customers.models import Customer
from app.sales import supplies
from app.sales.models import Order, OrderItem, Product, Stage

MOST = 5000  # more is another kind of shop
OFFERED = 300  # names that a form suggests
USUAL = 4  # chips of what one customer buys
LOOKED_AT = 30  # items back
LONGEST_CYCLE = 3 * 366  # days
LONGEST_WARRANTY = 10 * 366
MOST_CENTS = 1_000_000_000  # of one piece
# Handed over in wiring.py: jobs that take a product and the days whose buyers it concerns.
covering: list[Task[...]] = []
LINE = "shelf.covering"  # of two changes the second is looked at after the first, never beside it
BY_NAME = By(Product.id, Product.name_key, descending=False)
COLUMNS = (
    Product.id, Product.name, Product.name_key, Product.category, Product.cents,
    Product.cycle_days, Product.gone_at,
)  # fmt: skip


def add(
    name: str, *, category: str = "", cents: int = 0, cycle_days: int = 0,
    stage: Stage | None = None, warranty_days: int = 0,
) -> Product:  # fmt: skip
    """A new product; one of that name that was taken down comes back."""
    _in_reason(cents, cycle_days, warranty_days)
    if len(db.session.scalars(select(Product.id).limit(MOST)).all()) >= MOST:
        raise Refused(N_("商品已经有 %(n)s 种了，请先下架不卖的"), field="name", n=MOST)
    known = db.session.scalar(select(Product).where(Product.name == name))
    if known and known.gone_at is None:
        raise Refused(N_("已经有「%(name)s」了，请改用别的名字"), field="name", name=name)
    product = known or Product(
        name=name, name_key=words.sort_key(name), warranty_days=warranty_days
    )
    db.session.add(product)
    product.category, product.cents, product.cycle_days = category, cents, cycle_days
    product.gone_at, product.stage_id = None, stage.id if stage else None
    db.session.flush()
    _covers(product, warranty_days)
    return product


def change(
    product: Product, *, name: str, category: str, cents: int, cycle_days: int,
    stage: Stage | None = None, warranty_days: int = 0,
) -> Product:  # fmt: skip
    """Another name or price, for purchases from now on; another cycle counts at once."""
    _in_reason(cents, cycle_days, warranty_days)
    other = select(Product.id).where(Product.name == name, Product.id != product.id)
    if db.session.scalar(other):
        raise Refused(N_("已经有「%(name)s」了，请改用别的名字"), field="name", name=name)
    product.name, product.name_key = name, words.sort_key(name)
    if product.cycle_days != cycle_days:
        supplies.count_again.later(product.id)
    product.category, product.cents, product.cycle_days = category, cents, cycle_days
    product.stage_id = stage.id if stage else None
    _covers(product, warranty_days)
    return product


def _covers(product: Product, days: int) -> None:
    """Another warranty: whoever goes by it hears of the product once the change is durable."""
    was, product.warranty_days = product.warranty_days, days
    db.session.flush()
    for task in covering if was != days else ():
        task.later(product.id, max(was, days), line=LINE)


def _in_reason(cents: int, cycle_days: int, warranty_days: int) -> None:
    if not 0 <= cents <= MOST_CENTS:
        raise Refused(N_("价格不对，请填 0 到 1000 万元之间的数"), field="price")
    if not 0 <= cycle_days <= LONGEST_CYCLE:
        raise Refused(
            N_("天数不对，请填 0 到 %(most)s 之间的数"), field="cycle_days", most=LONGEST_CYCLE
        )
    if not 0 <= warranty_days <= LONGEST_WARRANTY:
        raise Refused(
            N_("天数不对，请填 0 到 %(most)s 之间的数"), field="warranty_days",
            most=LONGEST_WARRANTY,
        )  # fmt: skip


def remove(product: Product) -> None:
    """No longer sold: no form suggests it, and old purchases still name it."""
    product.gone_at = product.gone_at or now()


def restore(product: Product) -> None:
    product.gone_at = None


def page(q: str = "", *, gone: bool = False, after: paging.Key | None = None) -> paging.Page:
    """The shelf by name, or what was taken down from it."""
    fits: list[Any] = [Product.gone_at.is_not(None) if gone else Product.gone_at.is_(None)]
    if q:
        fits.append(
            Product.name.contains(q, autoescape=True)
            | Product.category.contains(q, autoescape=True)
        )
    return paging.fetch(COLUMNS, [Arm((), tuple(fits))], BY_NAME, after=after)


def on_sale() -> Select[Product]:
    return select(Product).where(Product.gone_at.is_(None))


def offered() -> list[Product]:
    """What a form suggests while somebody types."""
    return list(db.session.scalars(on_sale().order_by(Product.name_key, Product.id).limit(OFFERED)))


def categories() -> list[str]:
    """The words for kinds of products that the shop uses, for a form to suggest."""
    used = select(Product.category).where(Product.category != "", Product.gone_at.is_(None))
    return list(db.session.scalars(used.distinct().order_by(Product.category).limit(50)))


def usual_of(customer: Customer) -> list[Product]:
    """What this customer bought lately, the newest first."""
    items = (
        select(OrderItem.product_id)
        .join(Order, Order.id == OrderItem.order_id)
        .where(Order.customer_id == customer.id, Order.voided_at.is_(None))
        .where(OrderItem.product_id.is_not(None))
        .order_by(Order.at.desc(), OrderItem.id)
        .limit(LOOKED_AT)
    )
    ids = list(dict.fromkeys(db.session.scalars(items)))[: 2 * USUAL]
    known = {one.id: one for one in db.session.scalars(on_sale().where(Product.id.in_(ids)))}
    return [known[one] for one in ids if one in known][:USUAL]
