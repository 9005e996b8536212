"""Load the demo shop into an empty database."""

from collections.abc import Callable

from app.community import community, groups, signs
from app.community.models import AFTERSALE, CUSTOMERS, PRESALE
from app.core.clock import now, today
from app.core.db import db
from app.core.errors import N_, Refused
from app.core.jobs import Job
from app.customers import dating, rhythm, shop_rhythm, silences
from app.customers.models import Customer
from app.customers.shop_rhythm import Pace
from app.inbox import indexing
from app.inbox.models import Message
from app.practice import dressing, going_live, perks, removing
from app.practice.demo import by_verbs, facts, in_bulk, matters
from app.practice.demo.told import Plan
from app.practice.travelling import travelling
from app.reminders import caring, quiet
from app.staff import accounts
from app.staff.models import Staff
from app.staff.roles import AGENT, MANAGER, OWNER
from app.wechat import accounts as wechat_accounts

PASSWORD = "shuke-demo"  # noqa: S105 - public on purpose, and for SHUKE_ENV=demo alone
COLLEAGUES = (("owner", OWNER, "禾姐"), ("manager", MANAGER, "陈店长"), ("agent", AGENT, "小周"))
BY_VERBS = 2000  # customers; more are written in bulk
NEWS = (
    "outbox.deliver",
    "silences.move_dates",
    "silences.move_values",
)  # what the verbs left to do is done

Tick = Callable[[int], None]


def plan(customers: int, orders: int | None, messages: int | None, seed: int) -> Plan:
    """The facts of this minute; six purchases and five messages for each customer by default."""
    asof = now().replace(second=0, microsecond=0)
    orders = customers * 6 if orders is None else orders
    return Plan(customers, orders, customers * 5 if messages is None else messages, seed, asof)


def load(asked: Plan, *, demo: bool, tick: Tick, bulk: bool | None = None) -> None:
    """Fill an empty database. With `demo` the demo colleagues come along."""
    account = wechat_accounts.practice()
    if account is None:
        raise Refused(N_("演示数据要用练习公众号：请先打开练习（SHUKE_PRACTICE=1，本机地址）"))
    _must_be_empty()
    people = _demo_colleagues() if demo else _own_colleagues()
    db.session.commit()
    if bulk if bulk is not None else asked.customers > BY_VERBS:
        said = _last_message()
        in_bulk.write(facts.people(asked), people, account.app_id, _rhythm_of(asked), tick)
        indexing.leave_gap(said, _last_message())
    else:
        by_verbs.write(facts.people(asked), people, account.app_id, tick)
    dressing.put_on(people[0])
    perks.put_on(people[0])
    db.session.commit()
    with travelling() as to:
        matters.live(people, asked.asof, to)
        db.session.commit()
    _settle()
    _gather(people)


def _last_message() -> int:
    return db.session.scalar(db.select(db.func.max(Message.id))) or 0


def is_empty() -> bool:
    """Whether there is no customer at all, in a shop that has not opened yet."""
    return not going_live.is_open() and db.session.scalar(db.select(Customer.id).limit(1)) is None


def _must_be_empty() -> None:
    if db.session.scalar(db.select(Customer.id).where(Customer.source == removing.DEMO).limit(1)):
        raise Refused(N_("演示数据已经在了。要重来，先运行 flask demo remove"))
    if not is_empty():
        raise Refused(N_("这个数据库里已经有客户，演示数据只装进空的数据库"))


def _demo_colleagues() -> list[Staff]:
    found = []
    for name, role, display in COLLEAGUES:
        known = accounts.by_name(name)
        found.append(
            known or accounts.add(name, role=role, password=PASSWORD, display=display, demo=True)
        )
    return found


def _own_colleagues() -> list[Staff]:
    known = accounts.active()
    if not known:
        raise Refused(N_("还没有同事：先运行 flask staff add 添加一位"))
    return [known[place % len(known)] for place in range(len(COLLEAGUES))]


def _rhythm_of(asked: Plan) -> Pace:
    """The shop's unit as it will be measured, so that each date is written once."""
    gaps: list[int] = []
    for index in range(asked.customers):
        days = sorted(set(facts.visit_days(asked, index)), reverse=True)
        gaps.extend(a - b for a, b in zip(days, days[1:], strict=False))
    prior = float(shop_rhythm.TRADES[shop_rhythm.TRADE()])
    return Pace(shop_rhythm.VISIT, rhythm.unit(gaps, prior))


def _settle() -> None:
    """Measure the shop's rhythm, put the dates by it, and raise today's reminders."""
    if db.session.scalar(db.select(Customer.id).where(Customer.visits > 0).limit(1)):
        shop_rhythm.first_purchase()
        db.session.commit()
        shop_rhythm.measure()
        db.session.commit()
    if not _dates_hold():
        silences.move_dates()
    else:
        silences.move_values()
    silences.mark()
    db.session.execute(db.delete(Job).where(Job.name.in_(NEWS)))
    db.session.commit()
    quiet.detect()
    caring.remind()
    db.session.commit()


def _gather(people: list[Staff]) -> None:
    """Everybody into the communities where they belong, by the product's own rules."""
    owner, manager, agent = people
    groups.open_first()
    answering = {PRESALE: agent, CUSTOMERS: manager, AFTERSALE: agent}
    for group in groups.every():
        if group.owner_id is None:
            groups.edit(
                group, name=group.name, purpose=group.purpose, owner=answering[group.kind],
                deputies=[manager], by=owner,
            )  # fmt: skip
    db.session.commit()
    for rule in signs.listening():
        signs.read_back(rule.id)
    for _reached in community.looking_at_everybody():
        db.session.commit()


def _dates_hold() -> bool:
    """Of some customers, whether their dates are those of the shop's unit."""
    some = db.select(Customer).where(Customer.visits > 0).order_by(Customer.id).limit(50)
    for one in db.session.scalars(some):
        dates = (one.quiet_on, one.dormant_on, one.lost_on, one.warm_until)
        if dates != dating.dates_of(one, shop_rhythm.current(), today())[:4]:
            return False
    return True
