"""What a member bought, and what is still owed."""

from flask import Blueprint, url_for

from app.core import paging
from app.core.doors import member
from app.core.web import arg, page
from app.portal import sessions
from app.sales import book, debts

bp = Blueprint("purchases", __name__)


@bp.get("/m/purchases")
@member
def index():
    customer = sessions.member()
    after = paging.read(arg("after", most=200), book.NEWEST)
    found = book.of(customer, after)
    return page(
        "portal/purchases/index.html",
        rows=found.rows,
        unpaid=debts.unpaid(customer) if customer.owed_cents and not after else [],
        owed=customer.owed_cents,
        next_url=url_for(".index", after=paging.write(found.next)) if found.next else None,
    )
