"""My day: whom to contact, who waits for an answer, who is going cold."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Integer, bindparam, func, or_, select

from app.community import codes
from app.core import pulses
from app.core.clock import FAR_OFF, end_of, local, now, start_of, today
from app.core.db import ask
from app.core.errors import N_
from app.customers import finding, listing
from app.customers.models import PHONE, Customer, Identity
from app.inbox import listing as talks
from app.inbox.models import OPEN, Conversation
from app.reminders import escalating
from app.reminders import listing as planned
from app.reminders.quiet import REASONS
from app.sales.models import Order
from app.staff.models import Staff

SHOWN = 5
MOST_ORDERS = 500  # purchases of one day that are added up; of more it says «over»
MOST_LOOKED_UP = 200  # the same where each is asked whether this colleague may see its customer
HOURS = ((5, N_("夜深了")), (9, N_("早上好")), (12, N_("上午好")), (14, N_("中午好")),
         (18, N_("下午好")), (24, N_("晚上好")))  # fmt: skip

IDS: Any = bindparam("ids", expanding=True)
CHATS = (
    select(Conversation.id, Conversation.customer_id, Conversation.last_text,
           Conversation.last_kind, Conversation.last_at, Conversation.state,
           Conversation.waiting_since)
    .where(Conversation.customer_id.in_(IDS))
)  # fmt: skip
OWN_PHONE = select(Identity.id).where(Identity.customer_id == Customer.id, Identity.kind == PHONE)
SILENCES = select(
    Customer.id, Customer.name, Customer.quiet_on, Customer.warm_until, Customer.at_risk_cents,
    *REASONS,
    or_(Customer.contact_phone != "", OWN_PHONE.exists()).label("has_phone"),
).where(Customer.id.in_(IDS))  # fmt: skip


@dataclass(frozen=True)
class Lot:
    """One of the three lists: what is shown of it, how many it has, and whether even more."""

    rows: list[Any]
    count: int
    more: bool

    @property
    def rest(self) -> int:
        return self.count - len(self.rows)


def to_contact(staff: Staff) -> Lot:
    """Customers with something due by tonight, as their most pressing follow-ups."""
    found = listing.page(staff, listing.Choice(view="today"), brief=True)
    ids = [row.id for row in found.rows[:SHOWN]]
    return Lot(planned.next_of(ids), len(found.rows), found.next is not None)


def waiting(staff: Staff) -> Lot:
    """Customers who wait for an answer, the longest first, with the chat that they wait in."""
    found = listing.page(staff, listing.Choice(view="waiting"), brief=True)
    shown = found.rows[:SHOWN]
    chats = _chats([row.id for row in shown])
    rows = [(row, chats.get(row.id)) for row in shown]
    return Lot(rows, len(found.rows), found.next is not None)


def _chats(customer_ids: list[int]) -> dict[int, Any]:
    # Asked for more, the database would walk over everybody who waits.
    found = ask(CHATS, {"ids": customer_ids})
    here = [row for row in found if row.state == OPEN and row.waiting_since < FAR_OFF]
    return {row.customer_id: row for row in sorted(here, key=attrgetter("last_at"))}


def cooling(staff: Staff) -> Lot:
    """Customers who went quiet, the newest silence first, but those who are due today anyway."""
    found = listing.page(staff, listing.Choice(view="quiet"), brief=True)
    tonight = end_of(today())
    ids = [row.id for row in found.rows if row.next_due_at >= tonight][:SHOWN]
    silences = {row.id: row for row in ask(SILENCES, {"ids": ids})}
    return Lot([silences[i] for i in ids], len(found.rows), found.next is not None)


def most_orders(staff: Staff) -> int:
    return MOST_ORDERS if staff.may("customers.all") else MOST_LOOKED_UP


@dataclass(frozen=True)
class Figures:
    """Purchases of today that this colleague may see, and their 分; open conversations of nobody;
    my own follow-ups that are late; when the reminder service ran last; whether a QR code ends
    soon, and whether a follow-up has come to the managers: of both there is hardly ever any."""

    orders: int
    cents: int
    free: int
    overdue: int
    pulse: datetime | None
    codes: bool
    lying: bool


def figures(staff: Staff) -> Figures:
    asked = {
        "start": start_of(today()), "end": end_of(today()), "most": most_orders(staff),
        "pulse": pulses.REMINDERS, **planned.edges("overdue"), **codes.soon(),
    }  # fmt: skip
    count, cents, *others = ask(_figures(staff.id, staff.may("customers.all")), asked).one()
    return Figures(count, int(cents), *others)


@lru_cache(maxsize=256)
def _figures(staff_id: int, sees_all: bool) -> Any:
    """One look for all: five by themselves cost a clerk a tenth of the page."""
    sold = _sales(staff_id, sees_all)
    return select(
        func.count(), func.coalesce(func.sum(sold.c.cents), 0),
        talks.unassigned(staff_id, sees_all), planned.counted(staff_id, sees_all, "mine"),
        pulses.LAST.scalar_subquery(), codes.SOME_END, escalating.ANY,
    ).select_from(sold)  # fmt: skip


def _sales(staff_id: int, sees_all: bool) -> Any:
    statement = select((Order.cents - Order.refunded_cents).label("cents")).where(
        Order.at >= bindparam("start", type_=Order.at.type),
        Order.at < bindparam("end", type_=Order.at.type),
        Order.voided_at.is_(None),
    )
    if not sees_all:
        statement = statement.join(Customer, Customer.id == Order.customer_id)
        statement = statement.where(finding.within_sight_of(staff_id))
    return statement.limit(bindparam("most", type_=Integer)).subquery()


def greeting(moment: datetime | None = None) -> str:
    hour = local(moment or now()).hour
    return next(words for end, words in HOURS if hour < end)
