"""What a kind of rule asks of a customer, and since when it has held: conditions for statements."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, false, func, or_, select

from app.community import terms
from app.community.models import Sign, Topic
from app.community.rules import (
    ASKED,
    BOUGHT,
    CATEGORY,
    PRODUCT,
    REFUNDED,
    SCANNED,
    SIGNS,
    TAGGED,
    TOPIC,
    WARRANTY,
    Line,
)
from app.core.clock import LONG_AGO, now, today
from app.customers.models import Customer, Moment, Tagging
from app.sales.models import Product, Supply

C = Customer
SOME = (C.id.in_(bindparam("ids", expanding=True)),)


def _signs(line: Line) -> Any:
    mine = (Sign.customer_id == C.id, Sign.rule_id == line.id)
    lately = (Sign.at > _since(line),) if line.days else ()
    fresh = (Sign.on > C.last_visit_on,) if line.fresh else ()
    return and_(*mine, *lately, *fresh)


def _since(line: Line) -> Any:
    return bindparam(f"at_{line.days}", type_=Sign.at.type)


def _day(line: Line) -> Any:
    return bindparam(f"day_{line.days}", type_=C.last_visit_on.type)


def _signed(line: Line) -> Any:
    return select(Sign.id).where(_signs(line)).exists()


def _tagged(line: Line) -> Any:
    mine = (Tagging.customer_id == C.id, Tagging.tag_id == int(line.value))
    fresh = (Tagging.created_at > _visit_ended(),) if line.fresh else ()
    return select(Tagging.id).where(*mine, *fresh).exists()


def _visit_ended() -> Any:
    """The last purchase's moment: a tag has one, and no day."""
    return (
        select(func.coalesce(func.max(Moment.at), LONG_AGO))
        .where(Moment.customer_id == C.id, Moment.effect == "visit", Moment.cents >= 0)
        .where(~Moment.voided)
        .scalar_subquery()
    )


def _bought(line: Line) -> Any:
    if not line.value:
        return and_(C.visits > 0, C.last_visit_on >= _day(line)) if line.days else C.visits > 0
    return _supplies(line).exists()


def _supplies(line: Line) -> Any:
    found = select(Supply.id).where(Supply.customer_id == C.id)
    if line.days:
        found = found.where(Supply.last_on >= _day(line))
    if line.value.startswith(PRODUCT):
        return found.where(Supply.product_id == int(line.value.removeprefix(PRODUCT)))
    of = select(Product.id).where(Product.category == line.value.removeprefix(CATEGORY))
    return found.where(Supply.product_id.in_(of))


def _back(line: Line) -> Any:
    """What was given back, read from the moments: an index of them begins so."""
    lately = (Moment.at > _since(line),) if line.days else ()
    mine = (Moment.customer_id == C.id, Moment.effect == "visit", Moment.cents < 0)
    return select(Moment.id).where(*mine, ~Moment.voided, *lately)


def _refunded(line: Line) -> Any:
    return _back(line).exists()


def _covered(line: Line) -> Any:
    still = [
        and_(Product.warranty_days == days, Supply.last_on >= bindparam(
            f"day_{days}", type_=Supply.last_on.type
        ))
        for days in line.lasting
    ]  # fmt: skip
    found = select(Supply.id).join(Product, Product.id == Supply.product_id)
    return found.where(Supply.customer_id == C.id, or_(false(), *still))


def _under_warranty(line: Line) -> Any:
    return _covered(line).exists() if line.lasting else false()


def _topics(line: Line) -> Any:
    mine = select(Topic.id).where(Topic.customer_id == C.id, Topic.state.in_(terms.OPEN))
    here = Topic.kind == line.value if line.value else Topic.group_id == line.group_id
    return mine.where(here)


def _raised(line: Line) -> Any:
    return _topics(line).exists()


CONDITIONS: dict[str, Callable[[Line], Any]] = {
    ASKED: _signed, SCANNED: _signed, TAGGED: _tagged, BOUGHT: _bought,
    REFUNDED: _refunded, WARRANTY: _under_warranty,
    TOPIC: _raised,
}  # fmt: skip


def fits(line: Line) -> Any:
    """The condition on `Customer` that a rule stands for."""
    return CONDITIONS[line.kind](line)


# When it began, and what it was about -------------------------------------------------------------


def _began(line: Line) -> Any:
    """The moment or day from which on a rule has held, for the customers who come in by it."""
    if line.kind in SIGNS:
        return select(Sign.at).where(_signs(line)).scalar_subquery()
    if line.kind == TAGGED:
        mine = (Tagging.customer_id == C.id, Tagging.tag_id == int(line.value))
        return select(Tagging.created_at).where(*mine).scalar_subquery()
    if line.kind == TOPIC:
        return _topics(line).with_only_columns(func.min(Topic.created_at)).scalar_subquery()
    if line.kind == REFUNDED:
        return _back(line).with_only_columns(func.min(Moment.at)).scalar_subquery()
    if line.kind == BOUGHT and not line.value:
        return C.last_visit_on if line.days else C.first_visit_on
    found = _covered(line) if line.kind == WARRANTY else _supplies(line)
    return found.with_only_columns(func.min(Supply.last_on)).scalar_subquery()


@lru_cache(maxsize=256)
def beginnings(line: Line) -> Any:
    """(id, began, what) of some customers."""
    said = select(Sign.what).where(_signs(line)).scalar_subquery()
    what = said if line.kind in SIGNS else select(bindparam("what")).scalar_subquery()
    return select(C.id, _began(line).label("began"), what.label("what")).where(*SOME)


def edges(lines: Iterable[Line]) -> dict[str, Any]:
    """The days and moments from which on something counts, for the statements above."""
    found: dict[str, Any] = {}
    for line in lines:
        for days in {line.days, *line.lasting} - {0}:
            found[f"at_{days}"] = now() - timedelta(days=days)
            found[f"day_{days}"] = today() - timedelta(days=days)
    return found
