"""Listens to the bell: who follows the shop gets the welcome coupon, once in a life."""

from contextlib import suppress

from app.campaigns import coupons, offers
from app.core.db import db
from app.core.errors import Refused
from app.core.jobs import job
from app.customers.models import Customer, Moment

HEEDS = ("wechat.followed",)


@job()
def heed(moment_id: int) -> None:
    """The owner switches it on by the event of a batch. Who leaves and follows again has had it."""
    customer = db.session.get_one(Moment, moment_id).customer
    give(customer, offers.FOLLOW, f"follow:{customer.id}")


def give(customer: Customer, event: str, key: str) -> None:
    """What an event gives, once for its key; nothing where the batch is ended or used up."""
    batch = offers.of_event(event)
    if batch is None or coupons.of_key(key):
        return
    with suppress(Refused):  # used up, or they have their share: it has written nothing
        coupons.grant(batch, customer, by=None, why=event, key=key)
