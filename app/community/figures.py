"""The figures of a community: who is in it, who came and went today, and how its topics stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Integer, bindparam, func, select

from app.community import memberships, terms
from app.community.models import Group, Membership, Topic
from app.core.clock import FAR_OFF, now, start_of, today
from app.core.db import ask, how_many

MOST = 999  # counted so far
LATELY, LOOKED_AT = timedelta(days=30), 200  # first answers of which the middle is told
HERE = bindparam("group_id", type_=Integer)
NOW = select(
    how_many(
        select(Membership.id)
        .where(Membership.group_id == HERE)
        .where(Membership.since >= bindparam("day", type_=Membership.since.type))
        .limit(MOST + 1)
    ).label("joined"),
    how_many(
        select(Topic.id).where(Topic.group_id == HERE, Topic.state.in_(terms.OPEN)).limit(MOST + 1)
    ).label("topics"),
    select(func.min(Topic.waiting_since))
    .where(Topic.group_id == HERE, Topic.waiting_since < FAR_OFF)
    .scalar_subquery()
    .label("waits"),
)
ANSWERS = (
    select(Topic.answered_after)
    .where(Topic.group_id == HERE, Topic.answered_after.is_not(None))
    .where(Topic.answered_at > bindparam("since", type_=Topic.due_at.type))
    .order_by(Topic.answered_at.desc())
    .limit(LOOKED_AT)
)


@dataclass(frozen=True)
class Figures:
    """`answer` is the middle of the first answers, in minutes of opening time; None: none yet."""

    members: int
    joined: int
    left: int
    topics: int
    answer: int | None
    waits_since: datetime | None


def of(group: Group) -> Figures:
    asked = {"group_id": group.id, "day": start_of(today()), "since": now() - LATELY}
    row: Any = ask(NOW, asked).one()
    answers = ask(ANSWERS, asked).scalars().all()
    return Figures(
        group.members, row.joined, memberships.left_today(group), row.topics,
        round(median(answers)) if answers else None, row.waits,
    )  # fmt: skip


def of_all(found: Sequence[Group]) -> dict[int, Figures]:
    return {group.id: of(group) for group in found}
