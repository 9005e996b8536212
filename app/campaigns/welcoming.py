"""Listens to the bell: who follows the shop gets the welcome coupon, once in a life."""

from contextlib import suppress

from sqlalchemy import select

from app.campaigns import coupons, offers
from app.campaigns.models import Coupon
from app.core.db import db
from app.core.errors import Refused
from app.core.jobs import job
from app.customers.models import Customer, Moment

HEEDS = ("wechat.followed",)
ONCE = (offers.FOLLOW, offers.INVITED)  # in a life; a friend is thanked for each time


@job()
def heed(moment_id: int) -> None:
    """The owner switches it on by the event of a batch. Who leaves and follows again has had it."""
    customer = db.session.get_one(Moment, moment_id).customer
    give(customer, offers.FOLLOW, f"follow:{customer.id}")


def give(customer: Customer, event: str, key: str) -> None:
    """What an event gives, once for its key; nothing where the batch is ended or used up."""
    batch = offers.of_event(event)
    if batch is None or coupons.of_key(key) or _had(customer, event):
        return
    with suppress(Refused):  # used up, or they have their share: it has written nothing
        coupons.grant(batch, customer, by=None, why=event, key=key)


def _had(customer: Customer, event: str) -> bool:
    """Whether they had the one of their life, perhaps on a card that has gone into this one."""
    mine = select(Coupon.id).where(Coupon.customer_id == customer.id, Coupon.why == event)
    return event in ONCE and db.session.scalar(mine.limit(1)) is not None
