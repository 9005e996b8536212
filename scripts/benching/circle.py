"""The community of customers of a shop that is measured: run as a program of its own, before.

Makes what a busy shop has: everybody in their communities, TOPICS needs on the board of one, and
a member's browser. Prints JSON: `group`, the number of the community; `token`, of the browser.
"""

import json
import subprocess
import sys

from sqlalchemy import select

from app.community import community, groups, terms, topics
from app.community.models import Membership, Topic
from app.core.db import db
from app.customers.models import Customer
from app.portal import browsers
from app.staff import accounts
from scripts.benching.shop import ROOT, Shop
from wsgi import app

TOPICS = 300


def prepare(shop: Shop) -> dict[str, str]:
    """The pages of a community and of a member, and the cookie that opens the second."""
    command = [sys.executable, "-m", "scripts.benching.circle"]
    said = subprocess.run(command, cwd=ROOT, env=shop.environ, check=True, capture_output=True)
    return dict(json.loads(said.stdout))


def _fill() -> None:
    groups.open_first()
    db.session.commit()
    if not db.session.scalar(select(Membership.id).limit(1)):
        for _reached in community.looking_at_everybody():
            pass
        db.session.commit()


def _raise_topics(group_id: int) -> None:
    owner = accounts.by_name("owner")
    if owner is None or db.session.scalar(select(Topic.id).limit(1)):
        return
    group = next(one for one in groups.every() if one.id == group_id)
    for customer in db.session.scalars(select(Customer).limit(TOPICS)).all():
        topics.raise_topic(
            customer, kind=terms.QUESTION, text="这款奶粉还有没有货，想要两罐", by=owner, group=group
        )  # fmt: skip
    db.session.commit()


def _token() -> str:
    """Of a customer with purchases and a chat."""
    known = select(Customer).where(Customer.visits > 2).order_by(Customer.id)
    token = browsers.begin(db.session.scalars(known.limit(1)).one(), device="bench")
    db.session.commit()
    return token


if __name__ == "__main__":
    with app.app_context():
        _fill()
        number = groups.first_of("customers").id
        _raise_topics(number)
        print(json.dumps({"group": str(number), "token": _token()}))
