"""The figures of a community: who is in it, who came and went today."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.community import memberships
from app.community.models import Group


@dataclass(frozen=True)
class Figures:
    members: int
    joined: int
    left: int


def of(group: Group) -> Figures:
    return Figures(group.members, memberships.joined_today(group), memberships.left_today(group))


def of_all(found: Sequence[Group]) -> dict[int, Figures]:
    return {group.id: of(group) for group in found}
