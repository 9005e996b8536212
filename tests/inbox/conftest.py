"""A customer who writes: what most tests of the inbox begin with."""

import pytest

from app.core import clock
from app.core.db import db
from app.inbox import receiving


@pytest.fixture
def told(app):
    """told(customer, "在吗"): the customer says something; their conversation."""
    count = iter(range(10_000))

    def tell(customer, text="在吗", kind="text"):
        message = receiving.receive(
            customer, channel="wechat", account="wxshop", address=f"o-{customer.id}", kind=kind,
            text=text, details={}, at=clock.now(), key=f"t{next(count)}",
        )  # fmt: skip
        db.session.commit()
        return message.conversation

    return tell
