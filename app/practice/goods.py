"""What the demo shop sells, and putting it on the shelf."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.db import Model, db
from app.sales import shelf, stages
from app.sales.basket import Thing
from app.sales.models import CareDate, CareLine, OrderItem, Pair, Product, Stage


@dataclass(frozen=True)
class Good:
    name: str
    cents: int
    category: str
    cycle_days: int = 0  # how long one of it lasts
    stage: str = ""  # of a child, for which it is right


@dataclass(frozen=True)
class Shelf:
    """What the demo shop has: its products in the order of GOODS, and the line of care."""

    products: list[Product]
    line: CareLine


GOODS = (
    Good("奶粉一段 900g", 28800, "奶粉", 12, "满月"),
    Good("奶粉二段 900g", 27800, "奶粉", 14, "二段奶粉"),
    Good("奶粉三段 900g", 26800, "奶粉", 18, "三段奶粉"),
    Good("纸尿裤 M 48 片", 9900, "尿裤", 8, "满月"),
    Good("纸尿裤 L 42 片", 10900, "尿裤", 8, "三个月"),
    Good("拉拉裤 XL 36 片", 11900, "尿裤", 9, "学爬"),
    Good("婴儿湿巾 10 包", 5900, "洗护", 30),
    Good("奶瓶 240ml", 8900, "用品", 90),
    Good("辅食米粉", 6800, "辅食", 20, "二段奶粉"),
    Good("果泥 12 袋", 9600, "辅食", 12),
    Good("连体衣 2 件", 15800, "衣物"),
    Good("爬行垫", 29900, "用品", 0, "学爬"),
    Good("安抚奶嘴", 4500, "用品", 60),
    Good("宝宝面条", 2900, "辅食", 10, "三段奶粉"),
    Good("洗衣液 2L", 4900, "洗护", 45),
    Good("护臀膏", 3800, "洗护", 60),
    Good("学步鞋", 12800, "衣物", 0, "学步"),
    Good("腰凳", 32900, "用品"),
    Good("储奶袋 60 片", 5200, "用品", 30),
    Good("维生素 D 滴剂", 7600, "辅食", 30),
)


def stock() -> Shelf:
    """Every good on the shelf, and a child's stages; what is there already stays."""
    line = _line()
    points = {one.name: one for one in stages.stages_of(line)}
    known = {one.name: one for one in db.session.scalars(select(Product))}
    return Shelf([known.get(one.name) or _shelved(one, points) for one in GOODS], line)


def _line() -> CareLine:
    ready = stages.READY["baby"]
    for line in stages.lines():
        if line.name == ready.name:
            return line
    line = stages.add_line(ready.name, basis=ready.basis)
    for name, after, unit, ahead, says in ready.stages:
        stages.put_stage(line, None, name=name, after=after, unit=unit, ahead=ahead, says=says)
    return line


def _shelved(one: Good, points: dict[str, Stage]) -> Product:
    return shelf.add(
        one.name, category=one.category, cents=one.cents, cycle_days=one.cycle_days,
        stage=points.get(one.stage),
    )  # fmt: skip


def things(bought: tuple[tuple[int, int], ...], shelved: list[Product]) -> list[Thing]:
    """(place in GOODS, how many) of a purchase as things."""
    return [
        Thing(GOODS[place].name, count, GOODS[place].cents, shelved[place].id)
        for place, count in bought
    ]


def clear() -> None:
    """After the demo customers are gone: what nobody uses and nobody has changed."""
    bought = select(OrderItem.id).where(OrderItem.product_id == Product.id).exists()
    for one in GOODS:
        same = (Product.cents == one.cents, Product.cycle_days == one.cycle_days, ~bought)
        gone = list(db.session.scalars(select(Product.id).where(Product.name == one.name, *same)))
        _delete(Pair, Pair.product_id.in_(gone) | Pair.other_id.in_(gone))
        _delete(Product, Product.id.in_(gone))
    ready = stages.READY["baby"]
    fitting = select(Product.id).where(Product.stage_id == Stage.id).exists()
    for name, _after, _unit, _ahead, says in ready.stages:
        _delete(Stage, Stage.name == name, Stage.says == says, ~fitting)
    dated = select(CareDate.id).where(CareDate.line_id == CareLine.id).exists()
    staged = select(Stage.id).where(Stage.line_id == CareLine.id).exists()
    _delete(CareLine, CareLine.name == ready.name, ~dated, ~staged)


def _delete(model: type[Model], *where: Any) -> None:
    gone = db.delete(model).where(*where)
    db.session.execute(gone.execution_options(synchronize_session=False))
