"""Which purchase a row gives back: found by its number, its sum and its words, or refused."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from app.core.db import db
from app.core.errors import N_, Refused
from app.core.formats import money
from app.exchange.lines import Line
from app.sales.models import Order

NOT_FOUND = N_("退款 %(amount)s 找不到那笔消费；请先导入那笔消费，再导这一行")
TOO_MUCH = N_("退款 %(amount)s 比这位客户那时的哪一笔消费都多；请核对，或到客户页按笔退")
NOT_CLEAR = N_(
    "退款 %(amount)s 分不清是哪一笔消费的，可能是 %(orders)s；"
    "请写上那笔的商品或单号，或到客户页按笔退"
)
NAMED = 3  # purchases in these words
LOOKED_AT = 500  # the newest purchases of a customer up to the day of the refund


def purchase_digest(who: int | str, line: Line) -> str:
    """One purchase of one customer, however often and from whichever file it comes."""
    parts = (str(who), str(line.day), str(line.cents), line.text, line.order_no)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def purchase_key(digest: str, nth: int) -> str:
    return f"import:{digest}:{nth}"


def purchase_of(customer_id: int, line: Line) -> Order:
    """The purchase of which a row gives something back, imported or written by hand: that of its
    number, else the newest of the very sum and words, of the sum, of the words, else the only one
    of that day, else the only one that can be."""
    before = _before(customer_id, line)
    if not before:
        raise Refused(NOT_FOUND, amount=money(-line.cents))
    named = [one for one in before if _is_named(one, line)]
    able = [one for one in before if one.net_cents >= -line.cents]
    if not (named or able):
        raise Refused(TOO_MUCH, amount=money(-line.cents))
    sums = [one for one in able if one.net_cents == -line.cents]
    words = [one for one in able if line.text and one.text == line.text]
    likely = named or [one for one in sums if one in words] or sums or words
    return likely[0] if likely else _only(able, line)


def _only(able: Sequence[Order], line: Line) -> Order:
    """The one purchase that is meant; of several the row must say which."""
    that_day = [one for one in able if one.on == line.day]
    if len(likely := that_day or able) > 1:
        orders = "、".join(_called(one) for one in likely[:NAMED])
        raise Refused(NOT_CLEAR, amount=money(-line.cents), orders=orders)
    return likely[0]


def _called(order: Order) -> str:
    return " ".join(filter(None, (order.on.isoformat(), money(order.net_cents), order.text)))


def _before(customer_id: int, line: Line) -> Sequence[Order]:
    mine = select(Order).where(Order.customer_id == customer_id, Order.voided_at.is_(None))
    newest = mine.where(Order.on <= line.day).order_by(Order.at.desc(), Order.id.desc())
    return db.session.scalars(newest.limit(LOOKED_AT)).all()


def _is_named(one: Order, line: Line) -> bool:
    """Whether an import brought this purchase under the number of the row: its key says so."""
    if not line.order_no or not one.key:
        return False
    bought = replace(line, day=one.on, cents=one.cents, text=one.text)
    return one.key == purchase_key(purchase_digest(one.customer_id, bought), 1)
