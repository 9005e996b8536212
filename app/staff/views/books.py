"""The two books: what colleagues did, and whom they looked at."""

from datetime import date
from typing import Any

from flask import Blueprint, abort, url_for
from flask_babel import gettext as _

from app.core import paging
from app.core.doors import door
from app.core.forms import YEARS
from app.core.web import arg, page
from app.staff import accounts, books, chain
from app.staff.signing_in import me

bp = Blueprint("books", __name__)

# What stands in a line's «about», and the page that shows it.
LINKS = {"customer": ("people.show", "customer_id"), "import": ("imports.show", "run_id")}
FILTERS = ("who", "kind", "about", "address", "since", "until")


@bp.get("/settings/books/<name>")
@door("books.read")
def show(name):
    if name not in chain.BOOKS:
        abort(404)
    people = books.team(me(), accounts.everybody())
    typed = {one: arg(one, most=64) for one in FILTERS}
    after = paging.read(arg("after"), books.order_of(name))
    found = books.page(name, me(), _asked(name, typed, people), after)
    narrowed: dict[str, Any] = {key: text for key, text in typed.items() if text}
    last = paging.write(found.next)
    return page(
        "staff/books/show.html",
        part="staff/books/_lines.html",
        name=name,
        books=books.NAMES,
        rows=found.rows,
        link_of=_link_of,
        names={one.id: one.display for one in people},
        people=people,
        kinds=books.KINDS[name],
        labels=books.LABELS,
        said_of=_said_of,
        typed=typed,
        narrowed=bool(narrowed),
        next_url=url_for(".show", name=name, **narrowed, after=last) if last else None,
    )


def _asked(name, typed, people):
    """The filters; what is none narrows nothing."""
    known = {str(one.id): one.id for one in people}
    return books.Asked(
        who=known.get(typed["who"]),
        kind=typed["kind"] if typed["kind"] in books.KINDS[name] else "",
        about=_about(typed["about"]),
        address=typed["address"],
        since=_day(typed["since"]),
        until=_day(typed["until"]),
    )


def _about(text):
    """A bare number means a customer."""
    number = text.lstrip("#＃")
    return f"customer:{number}" if number.isascii() and number.isdigit() else text


def _day(text):
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _said_of(about):
    """«客户 12» for customer:12."""
    kind, _colon, number = about.partition(":")
    return _(books.ABOUT[kind], id=number) if kind in books.ABOUT else about


def _link_of(about):
    """The address of what a line is about, where it has a page."""
    kind, _colon, number = about.partition(":")
    if kind not in LINKS or not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    endpoint, argument = LINKS[kind]
    values: dict[str, Any] = {argument: int(number)}
    return url_for(endpoint, **values)
