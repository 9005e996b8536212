"""What the demo shop sells, and putting it on the shelf."""

from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.sales import shelf
from app.sales.basket import Thing
from app.sales.models import OrderItem, Product


@dataclass(frozen=True)
class Good:
    name: str
    cents: int
    category: str
    cycle_days: int = 0  # how long one of it lasts


GOODS = (
    Good("奶粉一段 900g", 28800, "奶粉", 12),
    Good("奶粉二段 900g", 27800, "奶粉", 14),
    Good("奶粉三段 900g", 26800, "奶粉", 18),
    Good("纸尿裤 M 48 片", 9900, "尿裤", 8),
    Good("纸尿裤 L 42 片", 10900, "尿裤", 8),
    Good("拉拉裤 XL 36 片", 11900, "尿裤", 9),
    Good("婴儿湿巾 10 包", 5900, "洗护", 30),
    Good("奶瓶 240ml", 8900, "用品", 90),
    Good("辅食米粉", 6800, "辅食", 20),
    Good("果泥 12 袋", 9600, "辅食", 12),
    Good("连体衣 2 件", 15800, "衣物"),
    Good("爬行垫", 29900, "用品"),
    Good("安抚奶嘴", 4500, "用品", 60),
    Good("宝宝面条", 2900, "辅食", 10),
    Good("洗衣液 2L", 4900, "洗护", 45),
    Good("护臀膏", 3800, "洗护", 60),
    Good("学步鞋", 12800, "衣物"),
    Good("腰凳", 32900, "用品"),
    Good("储奶袋 60 片", 5200, "用品", 30),
    Good("维生素 D 滴剂", 7600, "辅食", 30),
)


def stock() -> list[Product]:
    """Every good on the shelf, in the order of GOODS; those that are there already stay."""
    known = {one.name: one for one in db.session.scalars(select(Product))}
    return [known.get(one.name) or _shelved(one) for one in GOODS]


def _shelved(one: Good) -> Product:
    return shelf.add(one.name, category=one.category, cents=one.cents, cycle_days=one.cycle_days)


def things(bought: tuple[tuple[int, int], ...], shelved: list[Product]) -> list[Thing]:
    """(place in GOODS, how many) of a purchase as things."""
    return [
        Thing(GOODS[place].name, count, GOODS[place].cents, shelved[place].id)
        for place, count in bought
    ]


def clear() -> None:
    """After the demo customers are gone: what nobody bought and nobody has changed."""
    bought = select(OrderItem.id).where(OrderItem.product_id == Product.id).exists()
    for one in GOODS:
        same = (Product.name == one.name, Product.cents == one.cents)
        db.session.execute(
            db.delete(Product)
            .where(*same, Product.cycle_days == one.cycle_days, ~bought)
            .execution_options(synchronize_session=False)
        )
