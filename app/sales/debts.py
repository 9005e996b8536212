"""What customers owe: kept on each purchase, summed up on the customer, paid what is due first."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, literal_column, select

from app.core.clock import FAR_OFF_DAY, now, today
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.formats import money
from app.customers import finding, summary, timeline
from app.customers.models import Customer
from app.sales.models import Order, Payment, Refund
from app.sales.turns import moment_of, take_turn
from app.staff.models import Staff

PAID = timeline.kind("debt.paid", N_("收到欠款"), "method", "left", group="order")
UNPAID = timeline.kind("debt.unpaid", N_("撤销收款"), "left", group="order")

METHODS = {
    "wechat": N_("微信"), "alipay": N_("支付宝"), "cash": N_("现金"), "card": N_("刷卡"),
    "other": N_("其他"),
}  # fmt: skip
LONGEST = timedelta(days=366 * 3)
# SQLite takes a partial index only for its own literal words
OPEN = literal_column("purchase.owed_cents") > literal_column("0")


def owe(order: Order, cents: int, due_on: date | None) -> None:
    """So much of a purchase has not been paid, and is to be paid on a day."""
    if not 0 <= cents <= order.net_cents:
        raise Refused(N_("欠的比这笔消费还多，请改小"), field="owed")
    if due_on:
        _in_reach(order, cents, due_on)
    order.owed_cents, order.due_on = cents, due_on or FAR_OFF_DAY


def _in_reach(order: Order, cents: int, due_on: date) -> None:
    if not cents:
        raise Refused(N_("约了哪天付，还要填欠多少；没有欠就不用约"), field="owed")
    if due_on < order.on:
        raise Refused(N_("约好付钱的日子在消费之前，请改日期"), field="due_on")
    if today() + LONGEST < due_on < FAR_OFF_DAY:
        raise Refused(N_("约得太远了，请选三年以内的日子"), field="due_on")


def change(order: Order, cents: int, due_on: date | None) -> None:
    """Put right what is owed of a purchase; money that came in for it since is not argued away."""
    owe(order, cents, due_on)
    if received(order) > order.net_cents - cents + _handed_back(order):
        raise Refused(N_("这笔的欠款已经收过钱，金额对不上；请先撤销收款，再改"), field="amount")


def left_after(order: Order, cents: int) -> int:
    """What is owed when the price turns out to be another one, and what was paid stays paid."""
    return max(0, order.owed_cents + cents - order.cents) if order.owed_cents else 0


def received(order: Order) -> int:
    """What came in for it after the day of the purchase, in 分."""
    standing = (Payment.order_id == order.id, Payment.withdrawn_at.is_(None))
    return int(db.session.scalar(select(db.func.sum(Payment.cents)).where(*standing)) or 0)


def _handed_back(order: Order) -> int:
    standing = (Refund.order_id == order.id, Refund.withdrawn_at.is_(None))
    back = db.func.sum(Refund.cents - Refund.off_cents)
    return int(db.session.scalar(select(back).where(*standing)) or 0)


def sum_up(customer: Customer) -> None:
    """Put on the customer's card what is owed in all."""
    db.session.flush()
    whole = select(db.func.sum(Order.owed_cents), db.func.min(Order.on), db.func.min(Order.due_on))
    cents, since, due = db.session.execute(whole.where(*_open_of(customer))).one()
    summary.put_owed(customer, int(cents or 0), since, due)
    db.session.flush()


def _open_of(customer: Customer) -> tuple[Any, ...]:
    return Order.customer_id == customer.id, OPEN


def unpaid(customer: Customer) -> list[Order]:
    """Purchases of which something is owed: what is due first, then the oldest, first."""
    found = select(Order).where(*_open_of(customer))
    return list(db.session.scalars(found.order_by(Order.due_on, Order.at, Order.id)))


def pay(
    customer: Customer, *, cents: int, on: date, method: str = "", by: Staff | None,
    key: str | None = None,
) -> list[Payment]:  # fmt: skip
    """The customer pays debts off, what is due first at first; once per `key`."""
    take_turn(customer)
    known = _by_key(key)
    if known:
        return known
    open_ones = unpaid(customer)
    _fits(open_ones, cents, on)
    paid = [_pay(order, part, on) for order, part in _shared_out(open_ones, cents)]
    for number, one in enumerate(paid):
        one.method, one.by_id = method, by.id if by else None
        one.key = f"{key}:{number}" if key else None
    db.session.add_all(paid)
    sum_up(customer)
    timeline.record(
        PAID, customer, by=by, at=moment_of(on), cents=cents, method=method,
        left=customer.owed_cents,
    )  # fmt: skip
    return paid


def _by_key(key: str | None) -> list[Payment]:
    first = select(Payment).where(Payment.key == f"{key}:0")
    return list(db.session.scalars(first)) if key else []


def _fits(open_ones: list[Order], cents: int, on: date) -> None:
    owed = sum(one.owed_cents for one in open_ones)
    if not owed:
        raise Refused(N_("这位客户没有欠款，不用收"))
    if cents <= 0:
        raise Refused(N_("收款金额要大于 0，请重新填"), field="amount")
    if cents > owed:
        raise Refused(
            N_("一共只欠 %(owed)s，收的比欠的多；请改小"), field="amount", owed=money(owed)
        )
    timeline.no_future(moment_of(on))
    late = max(order.on for order, _part in _shared_out(open_ones, cents))
    if on < late:
        raise Refused(N_("收款不会早于消费那天（%(day)s），请改日期"), field="on", day=late)


def _shared_out(open_ones: list[Order], cents: int) -> list[tuple[Order, int]]:
    """(purchase, how much of the money goes to it), in the order given."""
    found: list[tuple[Order, int]] = []
    for one in open_ones:
        part = min(cents, one.owed_cents)
        if part:
            found.append((one, part))
        cents -= part
    return found


def _pay(order: Order, cents: int, on: date) -> Payment:
    order.owed_cents -= cents
    late = max(0, (on - order.due_on).days)
    return Payment(order_id=order.id, cents=cents, on=on, late_days=late)


def withdraw(one: Payment, *, by: Staff) -> Payment:
    """The money did not come in after all: it is owed again."""
    order = one.order
    take_turn(order.customer, order, one)
    if one.is_withdrawn:
        raise Refused(N_("这笔收款已经撤销了"))
    if order.owed_cents + one.cents > order.net_cents:
        raise Refused(N_("收款以后又退过款，对不上了；请先撤销退款"))
    one.withdrawn_at, one.withdrawn_by_id = now(), by.id
    order.owed_cents += one.cents
    sum_up(order.customer)
    left = order.customer.owed_cents
    timeline.record(UNPAID, order.customer, by=by, cents=one.cents, left=left)
    return one


def payments_of(customer: Customer, *, most: int = 20) -> list[Payment]:
    """What came in from a customer, the newest first, withdrawn ones too."""
    found = select(Payment).join(Order, Order.id == Payment.order_id)
    mine = found.where(Order.customer_id == customer.id)
    return list(db.session.scalars(mine.order_by(Payment.id.desc()).limit(most)))


def paid_for(order: Order) -> list[Payment]:
    """What came in for one purchase, in its order."""
    mine = select(Payment).where(Payment.order_id == order.id)
    return list(db.session.scalars(mine.order_by(Payment.id)))


def visible_to(staff: Staff) -> Select[Payment]:
    """The payments of the customers that a colleague may see."""
    found = select(Payment).join(Order, Order.id == Payment.order_id)
    return found.join(Customer, Customer.id == Order.customer_id).where(finding.seen_by(staff))
