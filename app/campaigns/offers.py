"""Batches of coupons: drawn up, put right while none is out, and ended."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from app.campaigns.models import GIFT, OFF, OPEN, PERCENT, USED, Coupon, CouponBatch
from app.core.clock import FAR_OFF_DAY, LONG_AGO_DAY, now, today
from app.core.db import ask, db
from app.core.errors import N_, Refused
from app.sales.models import Order

KINDS = {OFF: N_("减钱"), PERCENT: N_("打折"), GIFT: N_("送东西")}
FOLLOW, REFERRAL, INVITED, POINTS = "follow", "referral", "invited", "points"
EVENTS = {
    "": N_("同事手动发"), FOLLOW: N_("关注公众号时自动送一张"),
    REFERRAL: N_("介绍朋友来，送给介绍人"), INVITED: N_("朋友介绍来的，送给新朋友"),
    POINTS: N_("客户用积分换"),
}  # fmt: skip
MOST = 100  # batches
MOST_CENTS = 10_000_000
LONGEST = 730  # days
MOST_STOCK = 100_000


@dataclass(frozen=True)
class Gives:
    """What a coupon gives, and when: no longer to be changed once one is out."""

    kind: str
    cents: int = 0
    percent: int = 0
    gift: str = ""
    least_cents: int = 0
    days: int = 0
    starts_on: date | None = None
    ends_on: date | None = None

    @property
    def columns(self) -> dict[str, object]:
        """The columns of a batch, empty where they belong to another kind or period."""
        fixed = not self.days
        return {
            "kind": self.kind, "least_cents": self.least_cents, "days": self.days,
            "cents": self.cents if self.kind == OFF else 0,
            "percent": self.percent if self.kind == PERCENT else 0,
            "gift": self.gift if self.kind == GIFT else "",
            "starts_on": self.starts_on or LONG_AGO_DAY if fixed else LONG_AGO_DAY,
            "ends_on": self.ends_on or FAR_OFF_DAY if fixed else FAR_OFF_DAY,
        }  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """To how many it goes, to whom, and by what."""

    text: str = ""
    stock: int = 0
    per_person: int = 1
    members_only: bool = False
    event: str = ""
    price: int = 0  # in points


def draw_up(name: str, gives: Gives, rules: Rules) -> CouponBatch:
    """A new batch; nobody has one of it yet."""
    if len(every()) >= MOST:
        raise Refused(N_("最多 %(n)s 批券，请先停掉不用的"), field="name", n=MOST)
    _in_reason(gives)
    _fits(rules, None)
    batch = CouponBatch(name=name, granted=0, **gives.columns, **asdict(rules))
    db.session.add(batch)
    db.session.flush()
    return batch


def change(batch: CouponBatch, *, name: str, gives: Gives, rules: Rules) -> CouponBatch:
    """Put it right. What it gives is what those who have one were promised."""
    db.session.flush()
    db.session.refresh(batch, with_for_update=True)
    changed = {k: v for k, v in gives.columns.items() if getattr(batch, k) != v}
    if changed and batch.granted:
        raise Refused(
            N_("已经发出去 %(n)s 张，给什么、哪天能用不能再改；请停发这批，另建一批"),
            field="kind", n=batch.granted,
        )  # fmt: skip
    if changed:
        _in_reason(gives)
    _fits(rules, batch)
    for field, value in {"name": name, **changed, **asdict(rules)}.items():
        setattr(batch, field, value)
    db.session.flush()
    return batch


def _in_reason(gives: Gives) -> None:
    if gives.kind not in KINDS:
        raise Refused(N_("请选这张券给什么"), field="kind")
    _check_amount(gives)
    if not 0 <= gives.least_cents <= MOST_CENTS:
        raise Refused(N_("门槛不对，请填 0 到 10 万元之间的数"), field="least")
    _check_days(gives)


def _check_amount(gives: Gives) -> None:
    if gives.kind == OFF and not 0 < gives.cents <= MOST_CENTS:
        raise Refused(N_("减多少不对，请填 0.01 到 10 万元之间的数"), field="amount")
    if gives.kind == OFF and 0 < gives.least_cents < gives.cents:
        raise Refused(N_("减的比要花的还多，请改小减多少，或者改大门槛"), field="amount")
    if gives.kind == PERCENT and not 1 <= gives.percent <= 99:
        raise Refused(N_("减百分之几不对，请填 1 到 99 的整数；8 折就填 20"), field="percent")
    if gives.kind == GIFT and not gives.gift:
        raise Refused(N_("写上送什么，客户和店员才知道"), field="gift")


def _check_days(gives: Gives) -> None:
    if not 0 <= gives.days <= LONGEST:
        raise Refused(N_("天数不对，请填 1 到 %(n)s 的整数"), field="days", n=LONGEST)
    if gives.days:
        return
    if gives.ends_on is None:
        raise Refused(N_("写上用到哪天，或者写发出后几天内能用"), field="ends_on")
    if gives.ends_on < today():
        raise Refused(N_("这一天已经过去了，请选今天或以后"), field="ends_on")
    if gives.starts_on and gives.starts_on > gives.ends_on:
        raise Refused(N_("开始的日子在结束之后，请改其中一个"), field="starts_on")


def _fits(rules: Rules, batch: CouponBatch | None) -> None:
    if not 0 <= rules.stock <= MOST_STOCK:
        raise Refused(N_("张数不对，请填 0 到 %(n)s 的整数"), field="stock", n=MOST_STOCK)
    if batch and 0 < rules.stock < batch.granted:
        raise Refused(N_("已经发出去 %(n)s 张，总数不能比它少"), field="stock", n=batch.granted)
    if not 0 <= rules.per_person <= MOST_STOCK:
        raise Refused(N_("每人几张不对，请填 0 到 %(n)s 的整数"), field="per_person", n=MOST_STOCK)
    if rules.event not in EVENTS:
        raise Refused(N_("没有这种发法，请从列表里选一种"), field="event")
    if rules.event == POINTS and not 0 < rules.price <= MOST_STOCK:
        raise Refused(N_("写上要多少积分换，请填 1 到 %(n)s 的整数"), field="price", n=MOST_STOCK)
    other = of_event(rules.event) if rules.event not in ("", POINTS) else None
    if other and (batch is None or other.id != batch.id):
        raise Refused(
            N_("「%(name)s」已经在自动发了，请先停发它，或者把它改成手动发"),
            field="event", name=other.name,
        )  # fmt: skip


def stop(batch: CouponBatch) -> None:
    """Given no more. Those that are out stay good: they were promised."""
    batch.gone_at = batch.gone_at or now()


def resume(batch: CouponBatch) -> None:
    """Given again, unless another one has taken its place meanwhile."""
    other = of_event(batch.event) if batch.event not in ("", POINTS) else None
    if other and other.id != batch.id:
        raise Refused(N_("「%(name)s」已经在自动发了，请先停发它"), name=other.name)
    if batch.ends_on < today():
        raise Refused(N_("这批券已经过了能用的日子，请另建一批"))
    batch.gone_at = None


def of_event(event: str) -> CouponBatch | None:
    """The batch that an event gives from, while it is not ended."""
    mine = select(CouponBatch).where(CouponBatch.event == event, CouponBatch.gone_at.is_(None))
    return db.session.scalar(mine.order_by(CouponBatch.id).limit(1))


def every(*, gone: bool = False) -> list[CouponBatch]:
    """The newest first."""
    ended = CouponBatch.gone_at.is_not(None) if gone else CouponBatch.gone_at.is_(None)
    found = db.session.scalars(
        select(CouponBatch).where(ended).order_by(CouponBatch.id.desc()).limit(MOST)
    )
    return list(found)


def by_hand() -> Sequence[CouponBatch]:
    """What a colleague may give at this moment."""
    return [b for b in every() if not b.event and b.ends_on >= today() and not is_out(b)]


def for_points() -> list[CouponBatch]:
    """What members may exchange points for at this moment, the cheapest first."""
    found = [b for b in every() if b.event == POINTS and b.ends_on >= today() and not is_out(b)]
    return sorted(found, key=lambda batch: batch.price)


def is_out(batch: CouponBatch) -> bool:
    return 0 < batch.stock <= batch.granted


@dataclass(frozen=True)
class Figures:
    """What came of a batch."""

    granted: int
    used: int
    expired: int
    off_cents: int
    orders: int
    order_cents: int


def figures(batch: CouponBatch) -> Figures:
    """How many came back, and what was bought with them. One batch is read, by its index."""
    mine = Coupon.batch_id == batch.id
    used, off_cents = _one(_sum(Coupon.off_cents).where(mine, Coupon.state == USED))
    expired, _none = _one(
        _sum(Coupon.off_cents).where(mine, Coupon.state == OPEN, Coupon.ends_on < today())
    )
    net = Order.cents - Order.refunded_cents
    orders, cents = _one(
        _sum(net)
        .select_from(Coupon)
        .join(Order, Order.id == Coupon.order_id)
        .where(mine, Coupon.state == USED, Order.voided_at.is_(None))
    )
    return Figures(batch.granted, used, expired, off_cents, orders, cents)


def _sum(column: Any) -> Any:
    return select(func.count(), func.coalesce(func.sum(column), 0))


def _one(statement: Any) -> tuple[int, int]:
    count, total = ask(statement).one()
    return int(count), int(total)
