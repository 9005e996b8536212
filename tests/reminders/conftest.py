"""A shop that moves through days: purchases are written down on the day they happen."""

from datetime import timedelta

import pytest

from app.core.clock import local, now
from app.core.db import db
from app.reminders import quiet
from app.reminders.models import QUIET, FollowUp
from tests import make


@pytest.fixture
def reminders(app):
    """All reminders of silences, oldest first."""

    def read(**where):
        db.session.commit()
        found = db.select(FollowUp).filter_by(kind=QUIET, **where).order_by(FollowUp.id)
        return db.session.scalars(found).all()

    return read


@pytest.fixture
def pass_days(at):
    """pass_days(n): n days later, at half past six in the morning."""

    def move(days):
        later = local(now()) + timedelta(days=days)
        at(later.strftime("%Y-%m-%d 06:30"))

    return move


@pytest.fixture
def detect(outside):
    """The morning's job."""
    return lambda: outside(quiet.detect)


@pytest.fixture
def buyers(at, amy):
    """buyers(n): n customers of amy who bought once, on 1 March 2026, as it was written down."""

    def create(n):
        at("2026-03-01 12:00")
        found = [make.customer(f"客人{i}", owner=amy) for i in range(n)]
        for one in found:
            make.order(one)
        return found

    return create
