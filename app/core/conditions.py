"""How the machine is doing: each room says it of its own part; the status page shows what is said,
and an alarm is raised for what is ill."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from app.core.db import db
from app.core.errors import N_

log = logging.getLogger(__name__)

WELL, POOR, ILL = "well", "poor", "ill"


@dataclass(frozen=True)
class Condition:
    """The state of one part: a source sentence with 原因 + 怎么办 where it is not well."""

    name: str
    label: str
    level: str
    says: str
    params: Mapping[str, object] = field(default_factory=dict)


# Handed over in wiring.py: every room's own look at itself.
watched: list[Callable[[], list[Condition]]] = []


def all_of_them() -> list[Condition]:
    """Every room's answer; a room that cannot answer is ill itself."""
    found: list[Condition] = []
    for look in watched:
        try:
            found += look()
        except (SQLAlchemyError, OSError) as error:
            db.session.rollback()
            log.error("a condition cannot be told", exc_info=error)
            found.append(
                Condition(
                    look.__module__, N_("检查"), ILL, N_("这一项查不出来，请看日志（%(name)s）"),
                    {"name": look.__module__},
                )
            )  # fmt: skip
    return found
