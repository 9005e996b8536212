"""Membership of everybody, each night: read without a lock, written in short transactions, and
only where something changes. The bell brings whoever acted at once."""

import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from sqlalchemy import Integer, bindparam, func, select

from app.community import groups, joining, rules, signs
from app.community.models import Group
from app.community.rules import Line
from app.core.clock import today
from app.core.db import ask, db, looking
from app.core.jobs import job
from app.core.leases import got_on
from app.customers.models import Customer, Moment
from app.customers.silences import Writer
from app.sales import shelf
from app.sales.models import Supply

READ = 8000  # customers looked at in one statement
LINE = "community.rules"  # what a new rule listens for is read before everybody is looked at
AIM = 0.02  # seconds of a write: parts differ more than those of the summary
TURN = 5.0  # seconds after which whoever waits in the lane comes first
NEXT = select(
    func.max(
        select(Customer.id)
        .where(Customer.id > bindparam("low", type_=Integer))
        .order_by(Customer.id)
        .limit(READ)
        .subquery()
        .c.id
    )
)
# What may move a membership. Kinds of upper floors by their names: no import goes up.
HEEDS = (
    "message.received", "wechat.scanned", "wechat.followed",
    "order.placed", "order.edited", "order.voided", "order.refunded", "refund.withdrawn",
    "topic.raised", "topic.asked", "topic.handed", "topic.solved", "topic.reopened",
    "customer.tagged", "customer.untagged", "customer.sourced",
    "customer.archived", "customer.restored",
)  # fmt: skip


@job()
def heed(moment_id: int) -> None:
    """Listens to the bell: notes down what was said, and looks at this one customer anew.

    It looks at how things stand now, so that jobs that come late or twice end the same way.
    """
    moment = db.session.get(Moment, moment_id)
    if moment is not None:
        groups.open_first()
        signs.note(moment)
        joining.refresh(moment.customer)


@job()
def cover(product_id: int, days: int, after: int = 0) -> None:
    """A product's warranty has changed: whoever bought it within the longer of both is looked at
    anew, not only at night."""
    groups.open_first()
    writers, began = _writers(), time.monotonic()
    while ids := _buyers(product_id, days, after):
        open_ones = joining.every()
        lines = rules.lines_of(open_ones)
        for group in open_ones:
            with looking():
                moved = joining.differing_among(group, lines[group.id], ids)
            _put(group, lines[group.id], moved, writers[group.id])
        after = ids[-1]
        got_on()
        if time.monotonic() - began > TURN:
            cover.later(product_id, days, after, line=shelf.LINE)
            return


def _buyers(product_id: int, days: int, after: int) -> list[int]:
    since = today() - timedelta(days=days)
    mine = select(Supply.customer_id).where(
        Supply.product_id == product_id, Supply.last_on >= since, Supply.customer_id > after
    )
    with looking():
        return list(ask(mine.order_by(Supply.customer_id).limit(READ)).scalars())


@job()
def refresh(after: int = 0) -> None:
    """Look at everybody from here on; after a while let others of the lane go first."""
    groups.open_first()
    began = time.monotonic()
    for reached in looking_at_everybody(after):
        if time.monotonic() - began > TURN:
            refresh.later(reached, line=LINE)
            return
    joining.recount()


def looking_at_everybody(after: int = 0) -> Iterator[int]:
    """Range by range; each answers the last customer that it reached."""
    writers = _writers()
    while (end := _end(after)) is not None:
        open_ones = joining.every()
        lines = rules.lines_of(open_ones)
        for group in open_ones:
            with looking():
                moved = joining.differing(group, lines[group.id], after, end)
            _put(group, lines[group.id], moved, writers[group.id])
        after = end
        got_on()
        yield after


def _end(low: int) -> int | None:
    with looking():
        found: int | None = ask(NEXT, {"low": low}).scalar()
    return found


def _writers() -> defaultdict[int, Writer[int]]:
    """One for each community: rules cost differently, and a part is as long as the last was."""
    return defaultdict(partial(Writer[int], AIM))


def _put(group: Group, lines: tuple[Line, ...], ids: list[int], writer: Writer[int]) -> None:
    for part in writer.parts(ids):
        joining.settle(group, lines, part)
