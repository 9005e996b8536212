"""The owner's rules of points: how many for what, from which day on."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.core.clock import today
from app.core.db import ask, db, put_row
from app.core.errors import N_, Refused
from app.portal.models import PointEntry, PointRule

YUAN, VISIT, REFERRAL = "yuan", "visit", "referral"
RULES = {
    YUAN: N_("消费：每多少元得多少积分"), VISIT: N_("到店：每来消费一天得多少积分"),
    REFERRAL: N_("介绍：每带来一位朋友得多少积分"),
}  # fmt: skip
MOST_POINTS, MOST_CENTS = 100_000, 10_000_000


@dataclass(frozen=True)
class Rate:
    """So many points, once or for each so many 分."""

    points: int
    per_cents: int = 0

    def of(self, cents: int) -> int:
        """Points of what is left of a purchase: only whole steps count."""
        return max(0, cents) // self.per_cents * self.points if self.per_cents else self.points


def rules() -> dict[str, PointRule]:
    return {one.kind: one for one in db.session.scalars(select(PointRule))}


def put(kind: str, *, points: int, per_cents: int = 0) -> None:
    """Another rule, for what comes from now on; 0 points switch it off."""
    if kind not in RULES:
        raise Refused(N_("没有这条规则，请刷新页面再试"))
    if not 0 <= points <= MOST_POINTS:
        raise Refused(N_("积分不对，请填 0 到 %(n)s 的整数"), field="points", n=MOST_POINTS)
    if kind == YUAN and not 100 <= per_cents <= MOST_CENTS:
        raise Refused(N_("每多少元不对，请填 1 元到 10 万元"), field="per")
    known = rules().get(kind)
    since = known.since if known and known.points else today()
    per_cents = per_cents if kind == YUAN else 0
    put_row(PointRule, {"kind": kind}, points=points, per_cents=per_cents, since=since)


def is_on() -> bool:
    """Whether the shop gives points at all."""
    return any(rule.points for rule in rules().values())


def rate_of(kind: str, subject: str, on: date) -> Rate | None:
    """By what this subject is counted: as it was first counted, else by the rule of today."""
    first = (
        select(PointEntry.rate, PointEntry.per_cents)
        .where(PointEntry.subject == subject, PointEntry.kind == kind)
        .order_by(PointEntry.id)
        .limit(1)
    )
    found = ask(first).first()
    if found:
        return Rate(found.rate, found.per_cents)
    rule = rules().get(kind)
    fits = rule is not None and rule.points > 0 and on >= rule.since
    return Rate(rule.points, rule.per_cents) if rule and fits else None
