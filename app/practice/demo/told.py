"""What the demo shop is told in: the plan, its people, and what happened to each."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for: how many of each, the seed, and the minute it is told for."""

    customers: int
    orders: int
    messages: int
    seed: int
    asof: datetime


@dataclass(slots=True)
class Fact:
    """One thing that happened; `by` is the place in (owner, manager, agent)."""

    at: datetime
    kind: str
    text: str = ""
    cents: int = 0
    by: int | None = None
    method: str = ""
    result: str = ""
    due: datetime | None = None
    goods: tuple[tuple[int, int], ...] = ()  # (place in GOODS, how many)
    owed: int = 0  # of the amount
    of: "Fact | None" = None  # the purchase that is refunded or paid off


@dataclass(slots=True)
class Person:
    index: int
    name: str = ""
    remark: str = ""
    phone: str = ""
    contact_phone: str = ""
    owner: int | None = None
    openid: str = ""
    facts: list[Fact] = field(default_factory=list)
    lately: list[Fact] = field(default_factory=list)  # said in the last days
