"""Makers of rows with sensible defaults, through the same verbs as the product."""

from datetime import timedelta

from app.campaigns import coupons, offers
from app.campaigns.offers import Gives, Rules
from app.core.clock import now, today
from app.core.db import db
from app.customers import people
from app.inbox.receiving import conversation_with
from app.reminders import followups
from app.sales import ordering
from app.staff import accounts

PASSWORD = "a good password"


def staff(name="amy", role="agent", display=""):
    person = accounts.add(name, role=role, password=PASSWORD, display=display)
    db.session.commit()
    return person


def customer(name="王芳", *, owner=None, phone="", source="staff", by=None, **more):
    person = people.create(name, source=source, owner=owner, phone=phone, by=by, **more)
    db.session.commit()
    return person


def order(of, *, days_ago=0, cents=10_000, text="奶粉", by=None):
    one = ordering.place(of, on=today() - timedelta(days=days_ago), cents=cents, text=text, by=by)
    db.session.commit()
    return one


def followup(of, *, staff=None, what="回访", hours=24, by=None):
    due = now() + timedelta(hours=hours)
    one = followups.plan(of, what=what, due_at=max(due, now()), staff=staff, by=by or staff)
    if due < now():
        one.due_at = due
        followups.refresh_due(of)
    db.session.commit()
    return one


def conversation(of, *, account="wxshop", address="o-lin-0001", assignee=None):
    chat = conversation_with(of, channel="wechat", account=account, address=address)
    chat.assignee_id = assignee.id if assignee else None
    db.session.commit()
    return chat


def batch(name="满 100 减 20", *, rules=None, **gives):
    """A batch of coupons: 20 元 off 100 within 30 days, unless told otherwise."""
    gives = {"kind": "off", "cents": 2_000, "least_cents": 10_000, "days": 30, **gives}
    one = offers.draw_up(name, Gives(**gives), Rules(**(rules or {})))
    db.session.commit()
    return one


def coupon(of, *, of_batch=None, by=None):
    one = coupons.grant(of_batch or batch(), of, by=by)
    db.session.commit()
    return one
