"""The list of customers from constant rows for a constant colleague: no session, no database.

The very same template as the product's list; the limit that its figures are measured against.
"""

from dataclasses import make_dataclass
from datetime import date, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

from flask import render_template

from app.core.clock import FAR_OFF, FAR_OFF_DAY, now, today
from app.customers import listing
from app.customers.views.people import NARROWED

FIELDS: list[str] = [column.key for column in listing.COLUMNS]
Row: Any = make_dataclass("Row", FIELDS, slots=True)


def _row(number: int) -> Any:
    day: date = today() - timedelta(days=number)
    known: dict[str, Any] = {
        "id": number, "name": f"王小芳{number}", "name_key": "wang", "unnamed": False,
        "owner_id": 1, "visits": 5, "spent_cents": 123450 + number, "last_visit_on": day,
        "last_activity_at": now(), "waiting_since": FAR_OFF, "next_due_at": FAR_OFF,
        "quiet_on": FAR_OFF_DAY, "dormant_on": FAR_OFF_DAY, "lost_on": FAR_OFF_DAY,
        "warm_until": day, "at_risk_cents": None, "archived_at": None, "do_not_disturb": False, "contact_phone": "",
    }  # fmt: skip
    return Row(**{name: known[name] for name in FIELDS})


ROWS = [_row(number) for number in range(1, 51)]
SHELL = {
    "current_user": SimpleNamespace(display="小周", role="owner", sound=False, notices=False, may=lambda _what: True),
    "messages": [], "banners": [], "unread": 5, "practice_on": True,
}  # fmt: skip


def draw() -> str:
    return render_template(
        "customers/people/index.html", **SHELL, rows=ROWS, tails=dict.fromkeys(range(51), "8821"),
        owners={1: "小周"}, states=listing.STATES, state_of=listing.state_of, is_late=listing.is_late,
        choice=listing.Choice(), q="", views=listing.VIEWS,
        sorts={key: label for key, (label, _by) in listing.SORTS.items()},
        owner_chips=listing.OWNERS, narrowed=NARROWED, address=partial(str),
        next_url="/customers?after=1~2", tag_names={}, source_names={}, row_tags={},
    )  # fmt: skip
