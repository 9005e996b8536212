"""Being a member: joining, the number on the card, leaving."""

import secrets

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db, insert_once
from app.core.errors import N_
from app.customers import identities, people, timeline
from app.customers.models import OPENID, Customer
from app.portal import consents
from app.portal.models import MemberCard

JOINED = timeline.kind("member.joined", N_("成为会员"), group="card", stirs=True)
LEFT = timeline.kind("member.left", N_("退出会员"), group="card")

DIGITS = 12
TRIES = 5


def join(customer: Customer, *, service: bool, marketing: bool) -> MemberCard:
    """A customer becomes a member, or comes back. Doing it twice does it once."""
    card = of(customer)
    if card is None:
        card = _draw(customer)
        timeline.record(JOINED, customer)
    elif card.left_at:
        card.left_at = None
        people.edit(customer, version=customer.version, by=None, do_not_disturb=False)
        timeline.record(JOINED, customer)
    consents.put(customer, consents.MEMBER, True)
    consents.put(customer, consents.SERVICE, service)
    consents.put(customer, consents.MARKETING, marketing)
    return card


def _draw(customer: Customer) -> MemberCard:
    """A number by chance: who knows one knows nothing of the next."""
    for _try in range(TRIES):
        number = str(secrets.randbelow(9 * 10 ** (DIGITS - 1)) + 10 ** (DIGITS - 1))
        insert_once(MemberCard, customer_id=customer.id, number=number)
        card = of(customer)
        if card:
            return card
    raise RuntimeError("no number is free")  # a billion draws would not see this


def meet(account: str, openid: str, *, source: str) -> Customer:
    """Who says yes and was unknown is a customer from now on, in the public pool."""
    known = identities.find(OPENID, openid, account=account)
    if known:
        return known
    customer = people.create("", source=source)
    identities.attach(customer, OPENID, openid, source=source, account=account)
    return customer


def of(customer: Customer) -> MemberCard | None:
    return db.session.scalar(select(MemberCard).where(MemberCard.customer_id == customer.id))


def by_number(typed: str) -> MemberCard | None:
    """Whose number that is, as a till scans it (with the address before it) or types it."""
    number = "".join(typed.split()).rpartition("/")[2]
    if len(number) != DIGITS or not (number.isascii() and number.isdigit()):
        return None
    return db.session.scalar(select(MemberCard).where(MemberCard.number == number))


def leave(customer: Customer) -> None:
    """They want no more of it: nothing is agreed to any more, and nobody writes to them."""
    card = of(customer)
    if card is not None and card.left_at is None:
        card.left_at = now()
    for purpose in consents.PURPOSES:
        consents.put(customer, purpose, False)
    people.edit(customer, version=customer.version, by=None, do_not_disturb=True)
    timeline.record(LEFT, customer)


def grouped(number: str) -> str:
    """«8301 2245 9917»: in fours, to be read out."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))
